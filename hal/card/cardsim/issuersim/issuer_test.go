package issuersim_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/issuersim"
)

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}

	return b
}

// sale is a field 55 whose cryptogram openssl computed (../testdata/bankkeys.sh,
// arqc-pboc).
const sale = "9F2608 75860342FF1D1AC7 9F270180 9F1008 07010103A0000001 9F3704 01020304 9F3602 0005 9505 8000040000 9A03 261128 9C0100" +
	"9F0206 000000012850 5F2A02 0156 8202 1C00 9F1A02 0156 9F0306 000000000000 9F3303 604020 9F3403 420300"

const (
	pan      = "6225880000000019"
	sequence = "01"
)

func issuer() *issuersim.Issuer { return issuersim.New(cardsim.TestMasters()) }

func TestVerify(t *testing.T) {
	r, err := issuer().Verify(pan, sequence, unhex(t, sale))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%X %d %d %X %X %X %+v", byte(r.Kind), r.Amount, r.Count, r.Cryptogram, r.TVR, r.Results, r.Algorithm)
	if want := "80 12850 5 75860342FF1D1AC7 8000040000 03A00000 {SM4:false Common:false}"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestVerifyRefuses: another card, another amount, another anything.
func TestVerifyRefuses(t *testing.T) {
	good := unhex(t, sale)
	covered := len(good) - len(unhex(t, "9F3303 604020 9F3403 420300")) // what follows is not part of a cryptogram
	for i := range covered {
		bad := append([]byte(nil), good...)
		bad[i] ^= 0x01
		if r, err := issuer().Verify(pan, sequence, bad); err == nil && i != 14 && i != 19 { // low bits of 9F27, key index
			t.Errorf("byte %d changed: %+v", i, r)
		}
	}
	for name, tt := range map[string][2]string{"another card": {"6225880000000027", sequence}, "another sequence": {pan, "02"}} {
		if _, err := issuer().Verify(tt[0], tt[1], good); !errors.Is(err, issuersim.ErrCryptogram) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{"", "9F", "9F26", "9F2608", "9F26087586", sale + "9C0100", sale[:len(sale)-6] + "03"} {
		if r, err := issuer().Verify(pan, sequence, unhex(t, bad)); !errors.Is(err, issuersim.ErrField55) {
			t.Errorf("%s: %+v, %v", bad, r, err)
		}
	}
	if _, err := issuer().Authorize(pan, sequence, unhex(t, sale), "00"); err != nil {
		t.Errorf("a good sale: %v", err)
	}
	tc := strings.Replace(sale, "9F270180", "9F270140", 1) // says TC: nothing to authorize
	if _, err := issuer().Authorize(pan, sequence, unhex(t, tc), "00"); !errors.Is(err, issuersim.ErrCryptogram) {
		t.Errorf("a TC was authorized: %v", err)
	}
}

// TestHost: the bank hears yes for an ARQC of that card, and no for all else; the answer
// proves the issuer to the card whose number and sequence it names.
func TestHost(t *testing.T) {
	host, good := issuersim.Host{Issuer: issuer()}, unhex(t, sale)
	tc := unhex(t, strings.Replace(sale, "9F270180", "9F270140", 1))
	for _, tt := range []struct {
		name, sequence string
		field55        []byte
		want           bool
	}{
		{"three digits", "001", good, true},
		{"two digits", "01", good, true},
		{"another sequence", "002", good, false},
		{"no sequence", "", good, false},
		{"a TC", "001", tc, false},
		{"nothing", "001", nil, false},
	} {
		if got := host.Verify(pan, tt.sequence, tt.field55); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
		if answer := host.Answer(pan, tt.sequence, tt.field55, "00"); (len(answer) == 12 && answer[0] == 0x91) != tt.want {
			t.Errorf("%s: answered % X", tt.name, answer)
		}
	}
}

// asked is a card that gave its ARQC, and the field 55 of that.
func asked(t *testing.T, app *cardsim.BankApplication) (*cardsim.BankCard, []byte) {
	t.Helper()
	c := cardsim.NewBankCard(app)
	c.T1 = true
	c.Reset(false)
	c.Transmit(unhex(t, "00A4040008 A000000333010101 00"))
	c.Transmit(unhex(t, "80A800000E 830C 00 000000012850 0156 0156 01 00"))
	answer := c.Transmit(unhex(t, "80AE800034 000000012850 000000000000 0156 8000040000 0156 261128 00 01020304 140305"+strings.Repeat("00", 20)+"00"))
	if len(answer) < 20 {
		t.Fatalf("the card answered % X", answer)
	}

	return c, unhex(t, fmt.Sprintf("9F2608 %X 9F2701 %X 9F1008 %X 9F3602 %X", answer[5:13], answer[2:3], answer[13:21], answer[3:5])+
		"9F3704 01020304 9505 8000040000 9A03 261128 9C0100 9F0206 000000012850 5F2A02 0156 8202 1C00 9F1A02 0156 9F0306 000000000000")
}

// TestCardTakesTheIssuer: every algorithm, the proof, and all scripts.
func TestCardTakesTheIssuer(t *testing.T) {
	for _, alg := range []cardsim.BankAlgorithm{{}, {Common: true}, {SM4: true}} {
		t.Run(fmt.Sprintf("%+v", alg), func(t *testing.T) {
			app := cardsim.NewBankApplication(pan, sequence, alg)
			app.Tries = 0
			c, field55 := asked(t, app)
			r, err := issuer().Verify(pan, sequence, field55)
			if err != nil {
				t.Fatal(err)
			}
			answer := issuer().Answer(r, "00",
				issuersim.Script{ID: [4]byte{0, 0, 0, 1}, Commands: []issuersim.Command{
					issuersim.UnblockPIN(), issuersim.ChangePIN("65432"), issuersim.PutData(0x9F58, []byte{9}),
				}},
				issuersim.Script{After: true, ID: [4]byte{0, 0, 0, 2}, Commands: []issuersim.Command{
					issuersim.BlockApplication(), issuersim.UnblockApplication(), issuersim.BlockCard(),
				}},
			)

			if answer[0] != 0x91 || answer[1] != 10 {
				t.Fatalf("the answer is % X", answer)
			}
			if got := c.Transmit(append(unhex(t, "008200000A"), answer[2:12]...)); hex.EncodeToString(got) != "9000" {
				t.Errorf("EXTERNAL AUTHENTICATE answered % X", got)
			}
			commands := commandsOf(t, answer[12:])
			if len(commands) != 6 {
				t.Fatalf("%d commands", len(commands))
			}
			for _, apdu := range commands {
				if got := c.Transmit(apdu); hex.EncodeToString(got) != "9000" {
					t.Errorf("% X answered % X", apdu, got)
				}
			}
			if got := fmt.Sprintf("%d %s %v %v %v", app.Tries, app.PIN, app.Data["9F58"], app.Blocked, c.Blocked); got != "3 65432 [9] false true" {
				t.Errorf("after the scripts: %s", got)
			}
		})
	}
}

// commandsOf are the commands in templates 71 and 72, which must be in that order. None
// is longer than 127 bytes.
func commandsOf(t *testing.T, b []byte) (commands [][]byte) {
	t.Helper()
	for _, tag := range []byte{0x71, 0x72} {
		if len(b) < 2 || b[0] != tag {
			t.Fatalf("want template %X in % X", tag, b)
		}
		content := b[2 : 2+int(b[1])]
		b = b[2+int(b[1]):]
		content = content[7:] // 9F18
		for len(content) > 0 {
			commands = append(commands, content[2:2+int(content[1])])
			content = content[2+int(content[1]):]
		}
	}

	return commands
}

// FuzzVerify: no field 55 makes the issuer fall over.
func FuzzVerify(f *testing.F) {
	f.Add(unhex(f, sale))
	f.Add(unhex(f, "9F2608"))
	f.Add(unhex(f, "91810A"))
	f.Fuzz(func(t *testing.T, field55 []byte) {
		if r, err := issuer().Verify(pan, sequence, field55); err == nil && (r.Amount < 0 || r.Amount > 999_999_999_999*16) {
			t.Fatalf("amount %d", r.Amount)
		}
	})
}
