package emvtest_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/issuersim"
	"wattkiosk/payments/emv"
	"wattkiosk/payments/emv/emvtest"
)

var update = flag.Bool("update", false, "rewrite the golden file")

func kernel(tb testing.TB) *emv.Kernel {
	tb.Helper()

	return kernelOf(tb, true)
}

// kernelOf is a kernel that lets cards use SM4, or does not.
func kernelOf(tb testing.TB, sm bool) *emv.Kernel {
	tb.Helper()
	k, err := emv.New(emv.Terminal{
		Country: emv.China, Currency: emv.Yuan, Type: emv.TypeOfMerchant,
		ID: "10000001", Merchant: "898110048160001", MerchantName: "WATT", Serial: "READER01",
		SM: sm, Applications: emv.UnionPay(),
	}, emv.Payment{
		Amount: 12850, At: time.Date(2026, 11, 28, 14, 3, 5, 0, time.FixedZone("CST", 8*3600)),
		Unpredictable: [4]byte{1, 2, 3, 4}, Counter: 77,
	})
	if err != nil {
		tb.Fatal(err)
	}

	return k
}

// chip is a fresh card of the drawer.
func chip(id string) *cardsim.BankCard {
	return cardsim.BankCards()[id].Processor.(*cardsim.BankCard)
}

var issuer = issuersim.New(cardsim.TestMasters())

// bank answers with a code, after the issuer verified the cryptogram.
func bank(tb testing.TB, code string, scripts ...issuersim.Script) func(emv.GoOnline) emv.BankAnswer {
	tb.Helper()

	return func(s emv.GoOnline) emv.BankAnswer {
		r, err := issuer.Verify(string(s.Card.PAN), string(s.Card.Sequence[1:]), s.Field55)
		if err != nil || r.Kind != issuersim.ARQC || r.Amount != 12850 {
			tb.Errorf("the issuer says %v of %+v", err, r)
			return emv.BankAnswer{}
		}
		a := emv.BankAnswer{Verdict: emv.BankRefused, Code: [2]byte([]byte(code)), Field55: issuer.Answer(r, code, scripts...)}
		if code == "00" {
			a.Verdict = emv.BankApproved
		}

		return a
	}
}

// final is what the issuer says of the last cryptogram, which goes to the bank with
// the day's details.
func final(tb testing.TB, k *emv.Kernel, id string) issuersim.Kind {
	tb.Helper()
	r, err := issuer.Verify(cardsim.BankPAN(id), "01", k.Field55(emv.Field55Sale()))
	if err != nil {
		tb.Errorf("%s: last cryptogram: %v", id, err)
	}

	return r.Kind
}

func TestCards(t *testing.T) {
	refuse := issuersim.Script{After: true, Commands: []issuersim.Command{issuersim.BlockCard()}}
	for _, tt := range []struct {
		id, code string
		scripts  []issuersim.Script
		ending   emv.Ending
		reverse  bool
		last     issuersim.Kind
	}{
		{cardsim.BankFunds, "00", nil, emv.Approved, false, issuersim.TC},
		{cardsim.BankFunds, "55", nil, emv.Refused, false, issuersim.AAC},
		{cardsim.BankNoFunds, "51", nil, emv.Refused, false, issuersim.AAC},
		{cardsim.BankNoFunds, "00", nil, emv.Approved, false, issuersim.TC},
		{cardsim.BankCaptured, "41", []issuersim.Script{refuse}, emv.Refused, false, issuersim.AAC},
		{cardsim.BankCaptured, "00", nil, emv.Approved, false, issuersim.TC},
		{cardsim.BankDeclines, "00", nil, emv.CardDeclined, true, issuersim.AAC},
		{cardsim.BankTwo, "00", nil, emv.Approved, false, issuersim.TC},
		{cardsim.BankSM4, "00", nil, emv.Approved, false, issuersim.TC},
	} {
		for _, t1 := range []bool{false, true} {
			t.Run(tt.id+" "+tt.code, func(t *testing.T) {
				card, k := chip(tt.id), kernel(t)
				card.T1 = t1
				run := emvtest.Run{Chip: card, Bank: bank(t, tt.code, tt.scripts...)}
				end, apdus, _ := run.Play(k)
				if end.Ending != tt.ending || end.Reverse != tt.reverse || apdus > 20 {
					t.Errorf("ended %+v after %d APDUs", end, apdus)
				}
				if got := final(t, k, tt.id); got != tt.last {
					t.Errorf("the last cryptogram is %02X, want %02X", byte(got), byte(tt.last))
				}
				if card.Blocked != (tt.scripts != nil) {
					t.Errorf("the card is blocked: %v", card.Blocked)
				}
			})
		}
	}
}

// TestCardsThatNeverReachTheBank: and what the customer can be told of each.
func TestCardsThatNeverReachTheBank(t *testing.T) {
	blocked := chip(cardsim.BankFunds)
	blocked.Blocked = true
	refuses := chip(cardsim.BankFunds)
	refuses.Applications[0].Refuses = cardsim.RefusesFirst
	hidden := chip(cardsim.BankBlocked)
	hidden.Hidden = true
	for name, tt := range map[string]struct {
		chip   emvtest.Chip
		ending emv.Ending
		failed bool
	}{
		"expired":             {chip(cardsim.BankExpired), emv.Expired, false},
		"application blocked": {chip(cardsim.BankBlocked), emv.ApplicationBlocked, false},
		"blocked, no list":    {hidden, emv.ApplicationBlocked, false},
		"card blocked":        {blocked, emv.CardBlocked, false},
		"declines":            {refuses, emv.DeclinedOffline, false},
		"meter card":          {cardsim.NewMeterCard(cardsim.Holder{}), emv.NotEMV, true},
		"without a chip":      {&cardsim.Script{}, emv.BadCard, true},
	} {
		end, _, asked := emvtest.Run{Chip: tt.chip}.Play(kernel(t))
		if end.Ending != tt.ending || end.ChipFailed != tt.failed || end.Reverse || asked {
			t.Errorf("%s: ended %+v, bank asked %v", name, end, asked)
		}
	}
}

// TestWithoutSM: a card that has no other cipher cannot be used then.
func TestWithoutSM(t *testing.T) {
	end, _, asked := emvtest.Run{Chip: chip(cardsim.BankSM4)}.Play(kernelOf(t, false))
	if end.Ending != emv.NoApplication || asked {
		t.Errorf("ended %+v", end)
	}
}

// TestChoiceOfApplication: the second application has keys and a number of its own.
func TestChoiceOfApplication(t *testing.T) {
	for choose, want := range []string{cardsim.BankPAN(cardsim.BankTwo), cardsim.BankCreditPAN} {
		for _, hidden := range []bool{false, true} {
			card := chip(cardsim.BankTwo)
			card.Hidden = hidden
			pan := ""
			authorize := bank(t, "00")
			end, _, _ := emvtest.Run{Chip: card, Choose: choose, Bank: func(s emv.GoOnline) emv.BankAnswer {
				pan = string(s.Card.PAN)
				return authorize(s)
			}}.Play(kernel(t))
			if end.Ending != emv.Approved || pan != want {
				t.Errorf("choice %d, hidden %v: ended %+v with %s", choose, hidden, end, pan)
			}
		}
	}
}

// TestScriptsOnTheCard: the card carries them out, and their results go to the bank.
func TestScriptsOnTheCard(t *testing.T) {
	card, k := chip(cardsim.BankFunds), kernel(t)
	card.Applications[0].Tries = 0
	end, _, _ := emvtest.Run{Chip: card, Bank: bank(t, "00",
		issuersim.Script{ID: [4]byte{0, 0, 0, 1}, Commands: []issuersim.Command{issuersim.UnblockPIN(), issuersim.PutData(0x9F58, []byte{3})}},
		issuersim.Script{After: true, ID: [4]byte{0, 0, 0, 2}, Commands: []issuersim.Command{issuersim.PutData(0x9F7A, []byte{3}), issuersim.BlockCard()}},
	)}.Play(k)
	app := card.Applications[0]
	if end != (emv.Outcome{Ending: emv.Approved, Scripts: true}) || app.Tries != 3 || app.Data["9F58"][0] != 3 || card.Blocked {
		t.Errorf("ended %+v, tries %d, blocked %v", end, app.Tries, card.Blocked)
	}
	// the first script is done; the first command of the second failed
	if got := k.Field55(emv.Field55Reversal()); !bytes.HasSuffix(got, []byte{0xDF, 0x31, 10, 0x20, 0, 0, 0, 1, 0x11, 0, 0, 0, 2}) {
		t.Errorf("results: %X", []byte(got))
	}
}

// TestTamperedAnswerOfTheBank: the card sees that, and the payment must be reversed.
func TestTamperedAnswerOfTheBank(t *testing.T) {
	for _, id := range []string{cardsim.BankFunds, cardsim.BankNoFunds} {
		good := bank(t, "00")
		end, _, _ := emvtest.Run{Chip: chip(id), Bank: func(s emv.GoOnline) emv.BankAnswer {
			a := good(s)
			a.Field55[4] ^= 1
			return a
		}}.Play(kernel(t))
		if end.Ending != emv.CardDeclined || !end.Reverse {
			t.Errorf("%s: ended %+v", id, end)
		}
	}
}

// TestPulledAtEveryAPDU: nothing is booked that is not reversed, and the card can pay
// again.
func TestPulledAtEveryAPDU(t *testing.T) {
	_, whole, _ := emvtest.Run{Chip: chip(cardsim.BankFunds), Bank: bank(t, "00")}.Play(kernel(t))
	for n := 1; n <= whole; n++ {
		card := chip(cardsim.BankFunds)
		end, _, asked := emvtest.Run{Chip: card, Bank: bank(t, "00"), Pull: n}.Play(kernel(t))
		if end.Ending != emv.Pulled || end.Reverse != asked || end.ChipFailed {
			t.Errorf("pulled at APDU %d of %d: ended %+v, bank asked %v", n, whole, end, asked)
		}
		if end, _, _ := (emvtest.Run{Chip: card, Bank: bank(t, "00")}).Play(kernel(t)); end.Ending != emv.Approved {
			t.Errorf("after it was pulled at APDU %d: ended %+v", n, end)
		}
	}
}

// TestCutInTheChip: the power goes inside of the chip, at each of its steps, with the
// step done or not.
func TestCutInTheChip(t *testing.T) {
	for n := range 40 {
		for _, tear := range []cardsim.Tear{cardsim.TearOld, cardsim.TearNew} {
			card := chip(cardsim.BankFunds)
			card.SetTear(tear, 0)
			card.CutAfter(n)
			end, _, asked := emvtest.Run{Chip: card, Bank: bank(t, "00")}.Play(kernel(t))
			paid := end.Ending == emv.Approved && !end.Reverse
			if !paid && (end.Ending != emv.BadCard || end.Reverse != asked || !errors.Is(end.Err, emv.ErrSilent)) {
				t.Errorf("cut after %d, %v: ended %+v", n, tear, end)
			}
			if paid && card.Steps() > n {
				t.Errorf("cut after %d: the card went on to %d", n, card.Steps())
			}
		}
	}
}

// TestWrongStatusAtEveryAPDU: nothing is booked that is not reversed, whatever status
// word the card answers at any point. EXTERNAL AUTHENTICATE may fail; this card then
// declines by itself.
func TestWrongStatusAtEveryAPDU(t *testing.T) {
	_, whole, _ := emvtest.Run{Chip: chip(cardsim.BankFunds), Bank: bank(t, "00")}.Play(kernel(t))
	for n := 1; n <= whole; n++ {
		for _, sw := range []uint16{0x6100, 0x6283, 0x6300, 0x6700, 0x6982, 0x6983, 0x6985, 0x6A80, 0x6A81, 0x6A82, 0x6A83, 0x6D00, 0x6E00, 0x6F00, 0x9001} {
			k := kernel(t)
			end, _, asked := emvtest.Run{Chip: chip(cardsim.BankFunds), Bank: bank(t, "00"), Alter: func(i int, _ emv.Send, answer []byte) []byte {
				if i == n {
					return []byte{byte(sw >> 8), byte(sw)}
				}
				return answer
			}}.Play(k)
			if end.Ending == emv.Approved {
				// the search for the application has two ways, and a proof that the card took is
				// one even if its answer was lost
				if final(t, k, cardsim.BankFunds) != issuersim.TC || end.Reverse {
					t.Errorf("%04X at APDU %d: %+v without a TC", sw, n, end)
				}
				continue
			}
			if end.Reverse != asked {
				t.Errorf("%04X at APDU %d: ended %+v, bank asked %v", sw, n, end, asked)
			}
		}
	}
}

// FuzzAlteredCard changes bytes of a good card's answers: the kernel approves only what
// the card closed with a TC that its issuer takes, and the bank is never left with an
// approval that is neither.
func FuzzAlteredCard(f *testing.F) {
	for n := range 12 {
		f.Add(uint8(n+1), uint16(2), byte(0x01), uint8(n))
		f.Add(uint8(n+1), uint16(12), byte(0x80), uint8(n))
	}
	f.Fuzz(func(t *testing.T, at uint8, place uint16, flip byte, which uint8) {
		ids := []string{cardsim.BankFunds, cardsim.BankNoFunds, cardsim.BankCaptured, cardsim.BankSM4, cardsim.BankTwo}
		id := ids[int(which)%len(ids)]
		k, approved := kernel(t), false
		defer k.Wipe()
		end, _, _ := emvtest.Run{
			Chip: chip(id),
			Bank: func(s emv.GoOnline) emv.BankAnswer {
				if len(s.Card.Sequence) == 0 {
					return emv.BankAnswer{}
				}
				answer, err := issuer.Authorize(string(s.Card.PAN), string(s.Card.Sequence[1:]), s.Field55, "00")
				if err != nil {
					return emv.BankAnswer{Verdict: emv.BankRefused, Code: [2]byte{'0', '5'}}
				}
				approved = true
				return emv.BankAnswer{Verdict: emv.BankApproved, Code: [2]byte{'0', '0'}, Field55: answer}
			},
			Alter: func(n int, _ emv.Send, answer []byte) []byte {
				if n == int(at) && len(answer) > 0 {
					answer[int(place)%len(answer)] ^= flip
				}
				return answer
			},
		}.Play(k)

		if paid := end.Ending == emv.Approved; approved != (paid || end.Reverse) || paid && end.Reverse {
			t.Fatalf("bank approved %v, ended %+v", approved, end)
		}
	})
}

// TestTranscript keeps one payment as text, step by step; -update rewrites it.
func TestTranscript(t *testing.T) {
	var text bytes.Buffer
	script := emvtest.NewTranscript(&text)
	authorize := bank(t, "00", issuersim.Script{After: true, ID: [4]byte{0, 0, 0, 1}, Commands: []issuersim.Command{issuersim.UnblockPIN()}})
	end, _, _ := emvtest.Run{Chip: chip(cardsim.BankFunds), See: script.See, Bank: func(s emv.GoOnline) emv.BankAnswer {
		a := authorize(s)
		script.Bank(a)
		return a
	}}.Play(kernel(t))
	if end.Ending != emv.Approved {
		t.Fatalf("ended %+v", end)
	}

	const golden = "testdata/payment.txt"
	if *update {
		if err := os.WriteFile(golden, text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := text.String(); got != string(want) {
		t.Errorf("the transcript has changed; go test -update rewrites it:\n%s", got)
	}
	if pan := cardsim.BankPAN(cardsim.BankFunds); strings.Contains(text.String(), pan[:7]) || strings.Contains(text.String(), pan[5:]) {
		t.Error("the transcript shows the number of the card")
	}
	if strings.Contains(text.String(), "unknown") {
		t.Error("a data object has no name")
	}
}

func ExampleRun() {
	k, err := emv.New(emv.Terminal{
		Country: emv.China, Currency: emv.Yuan, Type: emv.TypeOfMerchant,
		ID: "10000001", Merchant: "898110048160001", Serial: "READER01", Applications: emv.UnionPay(),
	}, emv.Payment{Amount: 100, At: time.Date(2026, 11, 28, 14, 0, 0, 0, time.UTC)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer k.Wipe()

	card := cardsim.BankCards()[cardsim.BankDeclines].Processor
	end, _, _ := emvtest.Run{Chip: card, Bank: func(s emv.GoOnline) emv.BankAnswer {
		answer, err := issuer.Authorize(string(s.Card.PAN), "01", s.Field55, "00")
		if err != nil {
			return emv.BankAnswer{}
		}
		return emv.BankAnswer{Verdict: emv.BankApproved, Code: [2]byte{'0', '0'}, Field55: answer}
	}}.Play(k)
	fmt.Println(end.Ending, end.Reverse)
	// Output: card-declined true
}
