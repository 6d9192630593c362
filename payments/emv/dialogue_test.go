package emv_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/emv"
)

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}

	return b
}

func terminal() emv.Terminal {
	return emv.Terminal{
		Country: emv.China, Currency: emv.Yuan, Type: emv.TypeOfMerchant,
		ID: "10000001", Merchant: "898110048160001", MerchantName: "WATT", Serial: "READER01",
		Applications: emv.UnionPay(),
	}
}

func payment() emv.Payment {
	return emv.Payment{
		Amount: 12850, At: time.Date(2026, 11, 28, 14, 3, 5, 0, time.FixedZone("CST", 8*3600)),
		Unpredictable: [4]byte{1, 2, 3, 4}, Counter: 77,
	}
}

// line is one exchange: what the kernel must send, and what the card answers.
type line struct{ send, answer string }

// dialogue is a card of literal bytes, written down by hand from EMV Book 3.
type dialogue []line

// The usual card: a directory with one application, both answers in format 1.
const (
	sendDirectory = "00A404000E 315041592E5359532E4444463031 00"
	directoryFCI  = "6F15 840E315041592E5359532E4444463031 A503880101 9000"
	sendEntry1    = "00B2010C00"
	entryDebit    = "701B 6119 4F08A000000333010101 500A50424F43204445424954 870101 9000"
	sendEntry2    = "00B2020C00"
	noRecord      = "6A83"
	sendSelect    = "00A4040008 A000000333010101 00"
	debitFCI      = "6F1E 8408A000000333010101 A512 500A50424F43204445424954 9F38039F1A02 9000"
	sendOptions   = "80A8000004 83020156 00"
	options       = "8006 7C00 10010200 9000"
	sendRecord1   = "00B2011400"
	sendRecord2   = "00B2021400"
	// PAN, expiry 2030-12-31, effective 2020-01-01, sequence 01, use FF00, version 0030
	recordHolder = "7029 5A086225880000000019 5F2403301231 5F2503200101 5F340101 9F0702FF00 9F08020030 5F28020156 9000"
	// CDOL1, CDOL2, CVM list: online PIN always, then none
	recordLists = "704B" +
		"8C1B 9F02069F03069F1A0295055F2A029A039C019F37049F21039F4E14" +
		"8D1A 8A029F02069F03069F1A0295055F2A029A039C019F37049F2103" +
		"8E0C 000000000000000042001F00" +
		"9F4A0182 9000"
	arqc     = "8012 80 0005 A1A2A3A4A5A6A7A8 07010103A00000 9000"
	sendAuth = "008200000A C1C2C3C4C5C6C7C8 3030"
	tc       = "8012 40 0005 B1B2B3B4B5B6B7B8 07010103600000 9000"
)

const merchantText = "57415454000000000000000000000000000000 00" // "WATT", 20 bytes

func firstAC(kind, tvr string) string {
	return "80AE" + kind + "0034 000000012850 000000000000 0156" + tvr + "0156 261128 00 01020304 140305" + merchantText + "00"
}

func secondAC(kind, code, tvr string) string {
	return "80AE" + kind + "0022" + code + "000000012850 000000000000 0156" + tvr + "0156 261128 00 01020304 140305 00"
}

// usual is the dialogue of a payment until the card's ARQC.
func usual() dialogue {
	return dialogue{
		{sendDirectory, directoryFCI},
		{sendEntry1, entryDebit},
		{sendEntry2, noRecord},
		{sendSelect, debitFCI},
		{sendOptions, options},
		{sendRecord1, recordHolder},
		{sendRecord2, recordLists},
		{firstAC("80", "8000040000"), arqc},
	}
}

// owner is what the test's owner answers to questions.
type owner struct {
	choose int
	pin    emv.PINResult
	bank   emv.BankAnswer
	pull   bool // drive: no answer is a card that was pulled out
}

func approves(field55 []byte) emv.BankAnswer {
	return emv.BankAnswer{Verdict: emv.BankApproved, Code: [2]byte{'0', '0'}, Field55: field55}
}

// play runs a kernel against a dialogue, and returns the end and the questions.
func play(t *testing.T, k *emv.Kernel, d dialogue, o owner) (end emv.Outcome, questions []emv.Step) {
	t.Helper()
	step := k.Start()
	for i := 0; ; {
		switch s := step.(type) {
		case emv.Send:
			if i == len(d) {
				t.Fatalf("%v: an APDU too many: %X", s.Command, []byte(s.APDU))
			}
			if want := unhex(t, d[i].send); !bytes.Equal(s.APDU, want) {
				t.Fatalf("APDU %d (%v) is\n%X, want\n%X", i, s.Command, []byte(s.APDU), want)
			}
			step = k.Answer(unhex(t, d[i].answer))
			i++
		case emv.Choose:
			questions = append(questions, s)
			step = k.Choose(min(o.choose, len(s.Applications)-1))
		case emv.EnterPIN:
			questions = append(questions, s)
			step = k.PIN(o.pin)
		case emv.GoOnline:
			questions = append(questions, s)
			step = k.Bank(o.bank)
		case emv.End:
			if i != len(d) {
				t.Fatalf("ended with %v (%v) after %d of %d APDUs", s.Outcome.Ending, s.Outcome.Err, i, len(d))
			}
			return s.Outcome, questions
		default:
			t.Fatalf("step %T", s)
		}
	}
}

// drive runs a kernel against a card that is a function.
func drive(k *emv.Kernel, card func(emv.Send) []byte, o owner) emv.Outcome {
	for step := k.Start(); ; {
		switch s := step.(type) {
		case emv.Send:
			answer := card(s)
			if answer == nil && o.pull {
				step = k.CardGone()
			} else {
				step = k.Answer(answer)
			}
		case emv.Choose:
			step = k.Choose(min(o.choose, len(s.Applications)-1))
		case emv.EnterPIN:
			step = k.PIN(o.pin)
		case emv.GoOnline:
			step = k.Bank(o.bank)
		case emv.End:
			return s.Outcome
		}
	}
}

func kernel(t *testing.T) *emv.Kernel {
	t.Helper()
	k, err := emv.New(terminal(), payment())
	if err != nil {
		t.Fatal(err)
	}

	return k
}

func TestApproved(t *testing.T) {
	d := append(usual(), line{sendAuth, "9000"}, line{secondAC("40", "3030", "8000040000"), tc})
	k := kernel(t)
	end, questions := play(t, k, d, owner{pin: emv.PINEntered, bank: approves(unhex(t, "910A C1C2C3C4C5C6C7C83030"))})
	if end != (emv.Outcome{Ending: emv.Approved}) {
		t.Fatalf("ended %+v", end)
	}
	if len(questions) != 2 {
		t.Fatalf("questions: %T", questions)
	}

	if q, ok := questions[0].(emv.EnterPIN); !ok || string(q.PAN) != "6225880000000019" {
		t.Errorf("first question is %#v", questions[0])
	}
	q, ok := questions[1].(emv.GoOnline)
	if !ok || !q.PIN {
		t.Fatalf("second question is %#v", questions[1])
	}
	want := unhex(t, "9F2608 A1A2A3A4A5A6A7A8 9F270180 9F1007 07010103A00000 9F3704 01020304 9F3602 0005 9505 8000040000"+
		"9A03 261128 9C0100 9F0206 000000012850 5F2A02 0156 8202 7C00 9F1A02 0156 9F0306 000000000000 9F3303 604020"+
		"9F3403 420000 9F3501 24 9F1E08 5245414445523031 8408 A000000333010101 9F0902 0030 9F4104 00000077")
	if !bytes.Equal(q.Field55, want) {
		t.Errorf("field 55 is\n%X, want\n%X", []byte(q.Field55), want)
	}
	if got := fmt.Sprintf("%s %s %s %s", []byte(q.Card.Track2), []byte(q.Card.Sequence), []byte(q.Card.Expiry), q.Card.Masked()); got != " 001 3012 622588******0019" {
		t.Errorf("card: %s", got)
	}

	reversal := unhex(t, "9505 8000040000 9F1E08 5245414445523031 9F1007 07010103600000 9F3602 0005")
	if got := k.Field55(emv.Field55Reversal()); !bytes.Equal(got, reversal) {
		t.Errorf("field 55 of a reversal is %X", []byte(got))
	}
}

// TestEndings: what follows from each answer of card and bank.
func TestEndings(t *testing.T) {
	auth := unhex(t, "910A C1C2C3C4C5C6C7C83030")
	refused := emv.BankAnswer{Verdict: emv.BankRefused, Code: [2]byte{'5', '1'}}
	// An AAC in format 2.
	const aac = "7718 9F270100 9F36020005 9F2608B1B2B3B4B5B6B7B8 9F100101 9000"
	second := secondAC("40", "3030", "8000040000")
	for name, tt := range map[string]struct {
		after   dialogue // the first GENERATE AC
		first   string   // its answer
		bank    emv.BankAnswer
		ending  emv.Ending
		reverse bool
	}{
		"card declines first":           {nil, "8012 00 0005 A1A2A3A4A5A6A7A8 07010103A00000 9000", approves(nil), emv.DeclinedOffline, false},
		"card approves unasked":         {nil, "8012 40 0005 A1A2A3A4A5A6A7A8 07010103A00000 9000", approves(nil), emv.DeclinedOffline, false},
		"card gives no known kind":      {nil, "8012 C0 0005 A1A2A3A4A5A6A7A8 07010103A00000 9000", approves(nil), emv.BadCard, false},
		"without bank data":             {dialogue{{second, tc}}, arqc, approves(nil), emv.Approved, false},
		"with filling":                  {dialogue{{second, tc}}, arqc, approves([]byte{0, 0}), emv.Approved, false},
		"card declines after":           {dialogue{{sendAuth, "9000"}, {second, aac}}, arqc, approves(auth), emv.CardDeclined, true},
		"the bank is not authentic":     {dialogue{{sendAuth, "6300"}, {secondAC("40", "3030", "8000040040"), aac}}, arqc, approves(auth), emv.CardDeclined, true},
		"second with a wrong count":     {dialogue{{second, "8012 40 0006 B1B2B3B4B5B6B7B8 07010103600000 9000"}}, arqc, approves(nil), emv.BadCard, true},
		"second is an ARQC":             {dialogue{{second, arqc}}, arqc, approves(nil), emv.BadCard, true},
		"issuer's data are too long":    {nil, "802C 80 0005 A1A2A3A4A5A6A7A8" + strings.Repeat("07", 33) + "9000", approves(nil), emv.BadCard, false},
		"second is short":               {dialogue{{second, "8009 40 0005 B1B2B3B4B5B6 9000"}}, arqc, approves(nil), emv.BadCard, true},
		"second is refused":             {dialogue{{second, "6985"}}, arqc, approves(nil), emv.BadCard, true},
		"the card is silent":            {dialogue{{second, ""}}, arqc, approves(nil), emv.BadCard, true},
		"bank data are malformed":       {dialogue{{secondAC("40", "3030", "8000040040"), tc}}, arqc, approves([]byte{0x91, 0x55}), emv.Approved, false},
		"refused":                       {dialogue{{secondAC("00", "3531", "8000040000"), aac}}, arqc, refused, emv.Refused, false},
		"refused, card approves":        {dialogue{{secondAC("00", "3531", "8000040000"), tc}}, arqc, refused, emv.Refused, false},
		"refused, card silent":          {dialogue{{secondAC("00", "3531", "8000040000"), ""}}, arqc, refused, emv.Refused, false},
		"unreached":                     {dialogue{{secondAC("00", "5A33", "8000040000"), aac}}, arqc, emv.BankAnswer{Field55: auth}, emv.Unreached, false},
		"unreached, card approves":      {dialogue{{secondAC("00", "5A33", "8000040000"), tc}}, arqc, emv.BankAnswer{Verdict: 9}, emv.Unreached, false},
		"second AAC of the wrong count": {dialogue{{second, "8012 00 0004 B1B2B3B4B5B6B7B8 07010103600000 9000"}}, arqc, approves(nil), emv.BadCard, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := usual()
			d[len(d)-1].answer = tt.first
			end, _ := play(t, kernel(t), append(d, tt.after...), owner{pin: emv.PINEntered, bank: tt.bank})
			if end.Ending != tt.ending || end.Reverse != tt.reverse || end.ChipFailed {
				t.Errorf("ended %v, reverse %v, chip failed %v: %v", end.Ending, end.Reverse, end.ChipFailed, end.Err)
			}
		})
	}
}

// TestMalformedBankData: what cannot be read counts as a bank that is not authentic, and
// the card decides.
func TestMalformedBankData(t *testing.T) {
	for name, field55 := range map[string]string{
		"authentication of 7 bytes":  "9107 C1C2C3C4C5C6C7",
		"authentication of 17 bytes": "9111 0102030405060708091011121314151617",
		"authentication cut":         "910A C1C2",
		"script ID of 3 bytes":       "7105 9F1803 0102",
		"command of 3 bytes":         "7105 8603 841E00",
		"command cut":                "7105 8609 841E00",
		"too many scripts":           strings.Repeat("7200", emv.MaxScripts+1),
		"too many commands":          "7181C6" + strings.Repeat("8604841E0000", emv.MaxScriptCommands+1),
		"too long":                   "5A820200" + strings.Repeat("00", emv.MaxBankData),
	} {
		t.Run(name, func(t *testing.T) {
			k := kernel(t)
			d := append(usual(), line{secondAC("40", "3030", "8000040040"), tc})
			end, _ := play(t, k, d, owner{pin: emv.PINEntered, bank: approves(unhex(t, field55))})
			if end.Ending != emv.Approved {
				t.Errorf("ended %+v", end)
			}
		})
	}
}

// TestSecondProof: of two proofs the first is used, and the answer counts as malformed.
func TestSecondProof(t *testing.T) {
	d := append(usual(), line{sendAuth, "9000"}, line{secondAC("40", "3030", "8000040040"), tc})
	bank := approves(unhex(t, "910A C1C2C3C4C5C6C7C83030 910A D1D2D3D4D5D6D7D83030"))
	if end, _ := play(t, kernel(t), d, owner{pin: emv.PINEntered, bank: bank}); end.Ending != emv.Approved {
		t.Errorf("ended %+v", end)
	}
}

// TestScripts: results of scripts before and after the second GENERATE AC.
func TestScripts(t *testing.T) {
	const (
		block    = "841E000004 11223344"
		unblock  = "8424000004 55667788"
		putData  = "84DA9F5805 0A 99AABBCC"
		before   = "711D 9F180400000001 8609841E00000411223344 8609842400000455667788"
		after    = "7213 9F180400000002 860A84DA9F58050A99AABBCC"
		rejected = "8000040020"
		clean    = "8000040000"
	)
	for name, tt := range map[string]struct {
		field55 string
		after   dialogue
		results string
		tvr     string
	}{
		"both done": {
			after + before,
			dialogue{{block, "9000"}, {unblock, "6200"}, {secondAC("40", "3030", clean), tc}, {putData, "9000"}},
			"20 00000001 20 00000002", clean,
		},
		"second command refused": {
			before,
			dialogue{{block, "9000"}, {unblock, "6988"}, {secondAC("40", "3030", rejected), tc}},
			"12 00000001", rejected,
		},
		"refused after": {after, dialogue{{secondAC("40", "3030", clean), tc}, {putData, "6982"}}, "11 00000002", "8000040010"},
		"empty":         {"7100", dialogue{{secondAC("40", "3030", clean), tc}}, "20 00000000", clean},
	} {
		t.Run(name, func(t *testing.T) {
			k := kernel(t)
			end, _ := play(t, k, append(usual(), tt.after...), owner{pin: emv.PINEntered, bank: approves(unhex(t, tt.field55))})
			if end != (emv.Outcome{Ending: emv.Approved, Scripts: true}) {
				t.Fatalf("ended %+v", end)
			}
			results := unhex(t, tt.results)
			notice := unhex(t, "9F3303 604020 9505"+tt.tvr+"9F3704 01020304 9F1E08 5245414445523031 9F1007 07010103600000"+
				"9F2608 B1B2B3B4B5B6B7B8 9F3602 0005 8202 7C00 DF31"+fmt.Sprintf("%02X", len(results))+tt.results+"9F1A02 0156 9A03 261128")
			if got := k.Field55(emv.Field55Scripts()); !bytes.Equal(got, notice) {
				t.Errorf("field 55 of the notice is\n%X, want\n%X", []byte(got), notice)
			}
			want := append(unhex(t, "9505"+tt.tvr+"9F1E08 5245414445523031 9F1007 07010103600000 9F3602 0005 DF31"), byte(len(results)))
			if got := k.Field55(emv.Field55Reversal()); !bytes.Equal(got, append(want, results...)) {
				t.Errorf("field 55 is %X, want %X", []byte(got), append(want, results...))
			}
		})
	}
}

// TestScriptsWhenTheCardGoes: what was not carried out is said to the bank, and a TC
// that came before stands.
func TestScriptsWhenTheCardGoes(t *testing.T) {
	script := unhex(t, "7210 9F180400000002 8607 8416000002 CCDD 7110 9F180400000001 8607 8416000002 AABB")
	for name, tt := range map[string]struct {
		apdus   int // after the ARQC, before the card goes
		ending  emv.Ending
		reverse bool
		results string
	}{
		"in the first":          {0, emv.Pulled, true, "11 00000001 00 00000002"},
		"in the second AC":      {1, emv.Pulled, true, "20 00000001 00 00000002"},
		"in the second, beyond": {2, emv.Approved, false, "20 00000001 11 00000002"},
	} {
		t.Run(name, func(t *testing.T) {
			k := kernel(t)
			step := k.Start()
			answers := append(usual(), line{"", "9000"}, line{"", tc})
			for i := 0; i < len(usual())+tt.apdus; {
				switch step.(type) {
				case emv.Send:
					step = k.Answer(unhex(t, answers[i].answer))
					i++
				case emv.EnterPIN:
					step = k.PIN(emv.PINEntered)
				case emv.GoOnline:
					step = k.Bank(approves(script))
				default:
					t.Fatalf("step is %#v", step)
				}
			}
			if _, ok := step.(emv.GoOnline); ok {
				step = k.Bank(approves(script))
			}
			if _, ok := step.(emv.Send); !ok {
				t.Fatalf("step is %#v", step)
			}

			end, ok := k.CardGone().(emv.End)
			if !ok || end.Outcome.Ending != tt.ending || end.Outcome.Reverse != tt.reverse || !end.Outcome.Scripts {
				t.Fatalf("ended %+v", end)
			}
			field, results := k.Field55(emv.Field55Reversal()), unhex(t, tt.results)
			if !bytes.HasSuffix(field, append([]byte{0xDF, 0x31, 10}, results...)) {
				t.Errorf("field 55 is %X, want results %X", []byte(field), results)
			}
		})
	}
}
