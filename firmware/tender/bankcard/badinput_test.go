package bankcard

import (
	"bytes"
	"strings"
	"testing"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments"
	"wattkiosk/payments/posp/pospsim"
)

// TestBadInput: what customers, cards and the bank can do wrong, each to its end. The code is
// what the page has words for (service/paybill TestWhatTheCardsCustomerIsTold).
func TestBadInput(t *testing.T) {
	answer := func(f func([]byte) []byte) func(*rig) { return func(r *rig) { r.spoil = f } }
	fault := func(f pospsim.Fault) func(*rig) {
		return func(r *rig) {
			if err := r.bank.SetFor(f, 1); err != nil {
				r.t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name   string
		card   string
		pins   string
		wrong  func(r *rig)
		status payments.Status
		told   string
	}{
		{"wrong PIN three times, chip", cardsim.BankFunds, "000000E", nil, payments.Cancelled, "pin-blocked"},
		{"wrong PIN three times, stripe", cardsim.BankStripe, "000000E", nil, payments.Cancelled, "pin-blocked"},
		{"no PIN, cancelled at the pad", cardsim.BankFunds, "C", nil, payments.Cancelled, "customer"},
		{"an expired card", cardsim.BankExpired, "", nil, payments.Cancelled, "expired"},
		{"a blocked card", cardsim.BankBlocked, "", nil, payments.Cancelled, "application-blocked"},
		{"a card without money", cardsim.BankNoFunds, "", nil, payments.Cancelled, "no-funds"},
		{"a stolen card", cardsim.BankCaptured, "", nil, payments.Cancelled, "lost"},
		{"a chip that refuses after the bank approved", cardsim.BankDeclines, "", nil, payments.Undone, "card-declined"},

		{"an answer with a wrong MAC", cardsim.BankFunds, "", fault(pospsim.WrongMAC), payments.Undone, "no-answer"},
		{"the answer to another trace", cardsim.BankFunds, "", fault(pospsim.OtherTrace), payments.Undone, "no-answer"},
		{"an unknown response code", cardsim.BankFunds, "", fault(pospsim.UnknownCode), payments.Undone, "no-answer"},
		{"another amount in the answer", cardsim.BankFunds, "", fault(pospsim.OtherAmount), payments.Undone, "no-answer"},
		{"an answer that is garbled", cardsim.BankFunds, "", fault(pospsim.Garbage), payments.Undone, "no-answer"},
		{"keys that the bank changed", cardsim.BankFunds, "", fault(pospsim.KeyChange), payments.Undone, "no-answer"},
		{"half an answer", cardsim.BankFunds, "", answer(func(f []byte) []byte { return f[:len(f)/2] }), payments.Undone, "no-answer"},
		{"an empty answer", cardsim.BankFunds, "", answer(func([]byte) []byte { return []byte{0, 0} }), payments.Undone, "no-answer"},
		{"an answer of 64 KiB", cardsim.BankFunds, "", answer(func(f []byte) []byte {
			return append(f, bytes.Repeat([]byte("9"), 64<<10)...)
		}), payments.Undone, "no-answer"},
		{"a field that is longer than it may be", cardsim.BankFunds, "", answer(func(f []byte) []byte {
			return bytes.Replace(f, []byte("105290073724601"), []byte("1052900737246010000000"), 1)
		}), payments.Undone, "no-answer"},
		{"an answer that is our own request", cardsim.BankFunds, "", answer(func(f []byte) []byte {
			f[13], f[14] = 0x02, 0x00
			return f
		}), payments.Undone, "no-answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := opened(t)
			if c.wrong != nil {
				c.wrong(r)
			}
			told := ""
			of := customer{card: r.card(c.card), after: func(string) {
				if said := r.s.Face(r.txns[first]).Refused; said != "" {
					told = said
				}
			}}
			if c.pins != "" {
				of.pins = []string{c.pins}
			}
			r.pay(of)
			r.spoil = nil
			r.settled()
			if got := r.txns[first]; got.Status() != c.status || told != c.told {
				t.Errorf("%s, told %q because of %q; want %s, %q: %v", got.Status(), told, got.Card.Reason, c.status, c.told, r.did)
			}
			r.balanced()

			r.open(second) // and the next customer can pay
			r.pay(customer{card: r.card(cardsim.BankStripe)})
			if got := r.txns[second].Status(); c.card != cardsim.BankStripe && got != payments.Posting {
				t.Errorf("the next customer: %s", got)
			}
			r.settled()
			r.balanced()
		})
	}
}

// TestACardThatIsPulledAtEveryAPDU: before the sale nothing is taken, and after it the sale is
// taken back, at whichever command to the chip the card goes.
func TestACardThatIsPulledAtEveryAPDU(t *testing.T) {
	whole := opened(t)
	whole.pay(customer{card: whole.card(cardsim.BankFunds)})
	for n := 1; n <= whole.commands; n++ {
		r := opened(t)
		r.pullAt = n
		told := ""
		r.pay(customer{card: r.card(cardsim.BankFunds), after: func(string) {
			if said := r.s.Face(r.txns[first]).Refused; said != "" {
				told = said
			}
		}})
		r.settled()
		want := payments.Cancelled
		if strings.Contains(strings.Join(r.did, " "), "0200") {
			want = payments.Undone
		}
		if got := r.txns[first]; got.Status() != want || got.Card.Reason != "card-gone" || told != "card-gone" {
			t.Errorf("pulled at command %d of %d: %s because of %q, told %q: %v", n, whole.commands, got.Status(), got.Card.Reason, told, r.did)
		}
		r.balanced()
	}
	if whole.commands < 8 {
		t.Errorf("a payment of %d commands to the chip", whole.commands)
	}
}
