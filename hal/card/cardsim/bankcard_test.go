package cardsim

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const (
	selectDirectory = "00A404000E 315041592E5359532E4444463031 00"
	selectDebit     = "00A4040008 A000000333010101 00"
	openPayment     = "80A800000E 830C 00 000000012850 0156 0156 00 00"
	told            = "000000012850 000000000000 0156 8000040000 0156 261128 00 01020304 140305 0000000000000000000000000000000000000000"
	askARQC         = "80AE800034" + told + "00"
	askTC           = "80AE400036 3030" + told + "00"
)

// bankCard is a card that answers without 61xx, powered.
func bankCard(t *testing.T, id string) (*BankCard, *BankApplication) {
	t.Helper()
	c, ok := BankCards()[id].Processor.(*BankCard)
	if !ok {
		t.Fatalf("%s has no chip", id)
	}
	c.T1 = true
	if c.Reset(false) == nil {
		t.Fatal("mute")
	}

	return c, c.Applications[0]
}

// TestBankCardBytes: the bytes of one payment, written down by hand but for the
// cryptograms, which are openssl's (testdata/bankkeys.sh) for the same data.
func TestBankCardBytes(t *testing.T) {
	c, app := bankCard(t, BankFunds)
	app.ATC, app.OnlineATC = 4, 4
	for _, tt := range [][2]string{
		{selectDirectory, "6F15 840E315041592E5359532E4444463031 A503880101 9000"},
		{"00B2010C00", "7022 6120 4F08A000000333010101 500A50424F43204445424954 870101 5F2D047A68656E 9000"},
		{"00B2020C00", "6A83"},
		{selectDebit, "6F34 8408A000000333010101 A528 500A50424F43204445424954 870101 5F2D047A68656E 9F380F9F7A019F02065F2A029F1A02DF6901 9000"},
		{openPayment, "800A 1C00 08010100 10010201 9000"},
		// 16 digits, D, 35 12, 220 and seven zeros: 31 digits, filled up with F
		{"00B2010C00", "7028 5710 6225880000000019D35122200000000F 5F2009544553542F43415244 9F1F0730303030303030 9000"},
		{askARQC, "8013 80 0005 75860342FF1D1AC7 07010103A0000001 9000"},
	} {
		exchange(t, c, tt[0], tt[1])
	}
	if app.ATC != 5 || app.OnlineATC != 4 {
		t.Errorf("counted %d, %d", app.ATC, app.OnlineATC)
	}
	// ARPC for that ARQC: made by the algorithm that openssl checked
	proof := app.Algorithm.Response(app.Algorithm.SessionKey(app.Key, 5), [8]byte(unhex(t, "75860342FF1D1AC7")), [2]byte{'0', '0'})
	exchange(t, c, fmt.Sprintf("008200000A %X 3030", proof), "9000")
	if got := c.Transmit(unhex(t, askTC)); len(got) != 23 || got[2] != 0x40 || !bytes.Equal(got[13:17], unhex(t, "07010103")) || got[17] != 0x60 {
		t.Errorf("the second cryptogram is % X", got)
	}
	if app.OnlineATC != 5 {
		t.Errorf("last online payment is %d", app.OnlineATC)
	}
}

// TestBankCardIsStrict: a terminal that errs gets a status word, and nothing changes.
func TestBankCardIsStrict(t *testing.T) {
	c, app := bankCard(t, BankFunds)
	for _, tt := range [][2]string{
		{openPayment, "6985"},
		{askARQC, "6985"},
		{"008200000A 00000000000000003030", "6985"},
		{"841E000004 00000000", "6985"},
		{"80CA9F3600", "6985"},
		{"00B2010C00", "6A82"},
		{"00A4000002 3F00", "6A86"},
		{"00A4040004 A0000003 00", "6700"},
		{"00A4040008 A000000003010101 00", "6A82"},
		{"00A4040208 A000000333010101 00", "6F34 8408A000000333010101 A528 500A50424F43204445424954 870101 5F2D047A68656E 9F380F9F7A019F02065F2A029F1A02DF6901 9000"},
		{"00A4040208 A000000333010101 00", "6A82"}, // no further one
		{"9000000000", "6E00"},
		{"0020008008 2612345600000000", "6D00"},
		{"000000", "6700"},
		{selectDebit, "6F34 8408A000000333010101 A528 500A50424F43204445424954 870101 5F2D047A68656E 9F380F9F7A019F02065F2A029F1A02DF6901 9000"},
		{"00B2010C00", "6985"}, // not open
		{"80CA9F1700", "9F170103 9000"},
		{"80CA9F3600", "9F36020000 9000"},
		{"80CA9F5800", "9F580100 9000"},
		{"80CA9F7900", "6A88"},
		{"80A8000002 8300 00", "6700"},
		{"80A8000100", "6A86"},
		{openPayment, "800A 1C00 08010100 10010201 9000"},
		{openPayment, "6985"}, // once
		{"00B2010800", "6A86"},
		{"00B2000C00", "6A86"},
		{"00B2020C00", "6A83"},
		{"00B2012C00", "6A82"},
		{"80AE800002 3030 00", "6700"},
		{"80AEC00034" + told + "00", "6A86"},
		{"80AE800134" + told + "00", "6A86"},
		{"008200000A 00000000000000003030", "6985"}, // before the ARQC
	} {
		exchange(t, c, tt[0], tt[1])
	}

	if got := c.Transmit(unhex(t, askARQC)); got[2] != 0x80 {
		t.Fatalf("the first cryptogram is % X", got)
	}
	for _, tt := range [][2]string{
		{askARQC, "6A86"},                                        // an ARQC twice
		{"80AE400034" + told + "00", "6700"},                     // the length of CDOL1
		{"0082000009 000000000000000030", "6700"},                //
		{"0082000108 0000000000000000", "6A86"},                  //
		{"008200000A 00000000000000003030", "6300"},              // not the issuer
		{"008200000A 00000000000000003030", "6985"},              // once
		{"841E000003 000000", "6700"},                            // shorter than a MAC
		{"041E000004 00000000", "6E00"},                          // the class of PUT DATA
		{"84DA9F5805 00 00000000", "6E00"},                       //
		{"841E000004 00000000", "6988"},                          // wrong MAC
		{"841E000004 " + blockMAC(app, c.session.first), "6988"}, // no script after that
	} {
		exchange(t, c, tt[0], tt[1])
	}
	got := c.Transmit(unhex(t, askTC))
	if got[2] != 0x00 || got[17] != 0x28 { // second AAC, first ARQC, issuer forged
		t.Errorf("after a forged answer: % X", got)
	}
	exchange(t, c, askTC, "6985") // two cryptograms and no more
	if app.Blocked || app.OnlineATC != 0 || app.ATC != 1 {
		t.Errorf("changed: %+v", app)
	}
}

func blockMAC(app *BankApplication, first [8]byte) string {
	return hex.EncodeToString(app.scriptMAC(first, [4]byte{0x84, BankBlockApplication}, nil))
}

// toARQC brings a card to where the bank is asked.
func toARQC(t *testing.T, c *BankCard) {
	t.Helper()
	c.Transmit(unhex(t, selectDebit))
	c.Transmit(unhex(t, openPayment))
	if got := c.Transmit(unhex(t, askARQC)); len(got) < 20 {
		t.Fatalf("GENERATE AC answered % X", got)
	}
}

// TestBankScripts: what each script changes, and what it refuses.
func TestBankScripts(t *testing.T) {
	for name, tt := range map[string]struct {
		header string
		data   string
		want   string
		after  string // blocked card, blocked application, tries, PIN, data
	}{
		"block card":                {"84160000", "", "9000", "true false 1 123456 00"},
		"block application":         {"841E0000", "", "9000", "false true 1 123456 00"},
		"unblock application":       {"84180000", "", "9000", "false false 1 123456 00"},
		"unblock PIN":               {"84240000", "", "9000", "false false 3 123456 00"},
		"change PIN":                {"84240002", "PIN", "9000", "false false 3 654321 00"},
		"put data":                  {"04DA9F58", "07", "9000", "false false 1 123456 07"},
		"put data, longer":          {"04DA9F58", "0007", "6A80", "false false 1 123456 00"},
		"put unknown data":          {"04DA9F7A", "07", "6A88", "false false 1 123456 00"},
		"block with data":           {"84160000", "01", "6A80", "false false 1 123456 00"},
		"block application with P2": {"841E0001", "", "6A80", "false false 1 123456 00"},
		"change PIN, not sealed":    {"84240002", "26123456FFFFFFFF", "6A80", "false false 1 123456 00"},
		"change PIN otherwise":      {"84240001", "", "6A86", "false false 1 123456 00"},
		"change PIN, P1":            {"84240100", "", "6A86", "false false 1 123456 00"},
		"unknown":                   {"84990000", "", "6D00", "false false 1 123456 00"},
	} {
		for _, alg := range []BankAlgorithm{{}, {Common: true}} {
			t.Run(name, func(t *testing.T) {
				c, app := bankCard(t, BankFunds)
				app.Algorithm, app.Tries = alg, 1
				toARQC(t, c)

				data := tt.data
				if data == "PIN" {
					key := alg.ScriptKey(app.Secrecy, app.ATC, c.session.first)
					data = hex.EncodeToString(alg.Seal(key, unhex(t, "26654321FFFFFFFF")))
				}
				mac := app.scriptMAC(c.session.first, [4]byte(unhex(t, tt.header)), unhex(t, data))
				exchange(t, c, fmt.Sprintf("%s%02X%s%X", tt.header, len(data)/2+4, data, mac), tt.want)
				if got := fmt.Sprintf("%v %v %d %s %X", c.Blocked, app.Blocked, app.Tries, app.PIN, []byte(app.Data["9F58"])); got != tt.after {
					t.Errorf("after: %s, want %s", got, tt.after)
				}
			})
		}
	}
}

func TestBankPINBlock(t *testing.T) {
	for block, want := range map[string]string{
		"24 1234 FFFFFFFFFF": "1234", "2C 123456789012 FF": "123456789012", "25 12345F FFFFFFFF": "12345",
		"23 123F FFFFFFFFFF": "", "2D 1234567890123F": "", "24 12A4 FFFFFFFFFF": "", "24 1234 0FFFFFFFFF": "", "14 1234 FFFFFFFFFF": "", "2F 12345678901234": "", "24": "",
	} {
		if got, ok := bankPIN(unhex(t, block)); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %s, %v", block, got, ok)
		}
	}
}

// TestBlockedBankCards: what SELECT says, and that a blocked application declines.
func TestBlockedBankCards(t *testing.T) {
	c, _ := bankCard(t, BankBlocked)
	exchange(t, c, selectDebit, "6283")
	c.Transmit(unhex(t, openPayment))
	if got := c.Transmit(unhex(t, askARQC)); got[2] != 0x00 {
		t.Errorf("a blocked application answered % X", got)
	}
	exchange(t, c, askTC, "6985")

	c, _ = bankCard(t, BankFunds)
	c.Blocked = true
	exchange(t, c, selectDirectory, "6A81")
	exchange(t, c, selectDebit, "6A81")
}

// TestDecisions: which second cryptogram follows.
func TestDecisions(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*BankApplication)
		ask    string // kind and code
		prove  string // "", "good", "bad"
		want   byte
	}{
		"approved":                    {nil, "40 3030", "good", 0x40},
		"asked to decline":            {nil, "00 3030", "good", 0x00},
		"a code that is no approval":  {nil, "40 3531", "bad", 0x00},
		"partly approved":             {nil, "40 3130", "bad", 0x00},
		"no proof":                    {nil, "40 3030", "", 0x00},
		"no proof, none needed":       {func(a *BankApplication) { a.MustProve = false }, "40 3030", "", 0x40},
		"forged, none needed":         {func(a *BankApplication) { a.MustProve = false }, "40 3030", "bad", 0x00},
		"declines after the approval": {func(a *BankApplication) { a.Refuses = RefusesSecond }, "40 3030", "good", 0x00},
		"blocked in between":          {func(a *BankApplication) { a.Blocked = true }, "40 3030", "good", 0x00},
		"in the second, approved":     {func(a *BankApplication) { a.InSecond = true }, "40 3030", "good", 0x40},
		"in the second, forged":       {func(a *BankApplication) { a.InSecond = true }, "40 3030", "bad", 0x00},
		"in the second, none":         {func(a *BankApplication) { a.InSecond = true }, "40 3030", "", 0x00},
	} {
		t.Run(name, func(t *testing.T) {
			c, app := bankCard(t, BankFunds)
			toARQC(t, c)
			if tt.change != nil {
				tt.change(app)
			}
			proof := make([]byte, 10)
			if tt.prove != "" {
				sum := app.Algorithm.Response(app.Algorithm.SessionKey(app.Key, app.ATC), c.session.first, [2]byte{'0', '0'})
				proof = append(sum[:], '0', '0')
			}
			if tt.prove == "bad" {
				proof[0] ^= 1
			}

			ask := strings.Fields(tt.ask)
			said := ask[1]
			if app.InSecond {
				said += hex.EncodeToString(proof)
			} else if tt.prove != "" {
				c.Transmit(append(unhex(t, "008200000A"), proof...))
			}
			data := unhex(t, said+told)
			apdu := append(unhex(t, "80AE"+ask[0]+"00"), byte(len(data)))
			if got := c.Transmit(append(append(apdu, data...), 0)); len(got) < 13 || got[2] != tt.want {
				t.Errorf("answered % X", got)
			}
		})
	}

	c, app := bankCard(t, BankFunds)
	app.Refuses = RefusesFirst
	c.Transmit(unhex(t, selectDebit))
	c.Transmit(unhex(t, openPayment))
	if got := c.Transmit(unhex(t, askARQC)); got[2] != 0x00 {
		t.Errorf("a card that refuses answered % X", got)
	}
}

// TestBankCardT0: answers are fetched, and lengths are told.
func TestBankCardT0(t *testing.T) {
	c, _ := bankCard(t, BankFunds)
	c.T1 = false
	for _, tt := range [][2]string{
		{selectDirectory, "6117"},
		{"00C0000000", "6C17"},
		{"00C0000017", "6F15 840E315041592E5359532E4444463031 A503880101 9000"},
		{"00C0000017", "6985"},
		{"00B2010C00", "6C24"},
		{"00B2010C24", "7022 6120 4F08A000000333010101 500A50424F43204445424954 870101 5F2D047A68656E 9000"},
	} {
		exchange(t, c, tt[0], tt[1])
	}
}

// TestBankCardPower: what is lost with the power, and what is kept.
func TestBankCardPower(t *testing.T) {
	c, app := bankCard(t, BankFunds)
	c.CutAfter(2)
	c.SetTear(TearNew, 0)
	c.Transmit(unhex(t, selectDebit))
	c.Transmit(unhex(t, openPayment))
	if got := c.Transmit(unhex(t, askARQC)); got != nil {
		t.Errorf("without power: % X", got)
	}
	if c.Transmit(unhex(t, selectDebit)) != nil || c.Reset(true) != nil {
		t.Error("a card without power answered")
	}
	c.Reset(false)
	exchange(t, c, askTC, "6985")
	if app.ATC != 1 {
		t.Errorf("counted %d", app.ATC)
	}
	c.PowerOff()
	if c.Transmit(unhex(t, selectDebit)) != nil {
		t.Error("a card that is off answered")
	}
}

// TestBankDrawer: numbers have a valid check digit, stripes agree with their chips, and
// a card comes back from JSON as it was.
func TestBankDrawer(t *testing.T) {
	cards := BankCards()
	if len(cards) != 9 {
		t.Errorf("%d cards", len(cards))
	}
	for id, c := range cards {
		pan, rest, _ := strings.Cut(c.Tracks[1], "=")
		if pan != BankPAN(id) || !luhn(pan) || !strings.HasPrefix(pan, "622588") || len(pan) != map[bool]int{true: 19, false: 16}[id == BankNoFunds] {
			t.Errorf("%s: number %s, stripe %s", id, BankPAN(id), pan)
		}
		chip, _ := c.Processor.(*BankCard)
		if (chip == nil) != (id == BankStripe) || (rest[4] == '2') != (chip != nil) {
			t.Errorf("%s: chip %v, stripe %s", id, chip != nil, rest)
		}

		b, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back Card
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		again, err := json.Marshal(&back)
		if err != nil || !bytes.Equal(again, b) || back.Tracks != c.Tracks {
			t.Errorf("%s came back as %s, %v", id, again, err)
		}
	}
	if !luhn(BankCreditPAN) || BankPAN("meter-1") != "" {
		t.Error("credit, or a number of no card")
	}
	for _, bad := range []string{
		`{"applications":[null]}`, `{"applications":[{"aid":"A0"}]}`,
		`{"applications":[{"aid":"A000000333","pan":"x"}]}`, `{"applications":[{"aid":"A000000333","key":"00"}]}`,
	} {
		var c Card
		if err := json.Unmarshal([]byte(`{"version":1,"id":"x","bank":`+bad+`}`), &c); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

// luhn is ISO/IEC 7812's check: every second digit from the right but one counts twice.
func luhn(pan string) bool {
	sum := 0
	for i := range len(pan) {
		d := int(pan[len(pan)-1-i] - '0')
		if i%2 == 1 {
			d = 2*d/10 + 2*d%10
		}
		sum += d
	}

	return sum%10 == 0
}

// FuzzBankCard: no APDU makes the card fall over, or its count go back.
func FuzzBankCard(f *testing.F) {
	for _, s := range []string{selectDirectory, selectDebit, openPayment, askARQC, askTC, "00C0000017", "84DA9F580500AABBCCDD", "", "80AE"} {
		f.Add(unhex(f, s), unhex(f, askTC), true)
		f.Add(unhex(f, askARQC), unhex(f, s), false)
	}
	f.Fuzz(func(t *testing.T, one, two []byte, t1 bool) {
		c := NewBankCard(NewBankApplication(BankPAN(BankFunds), "01", BankAlgorithm{}))
		c.T1 = t1
		c.Reset(false)
		for _, apdu := range [][]byte{one, unhex(t, selectDebit), two, unhex(t, openPayment), one, two, unhex(t, askARQC), two, one} {
			if got := c.Transmit(apdu); len(got) < 2 || len(got) > 258 {
				t.Fatalf("answered %d bytes", len(got))
			}
		}
		app := c.Applications[0]
		if app.Blocked || c.Blocked || app.ATC > 2 || app.PIN != BankPIN {
			t.Fatalf("changed: %+v", app)
		}
	})
}
