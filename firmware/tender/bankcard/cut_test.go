package bankcard

import (
	"testing"
	"time"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp/pospsim"
)

// scenarios are payments that end in every way that the bank has a part in.
var scenarios = map[string]struct {
	fault map[pospsim.Fault]int
	play  func(r *rig)
}{
	"a chip pays":   {nil, func(r *rig) { r.pay(customer{card: r.card(cardsim.BankFunds)}) }},
	"a stripe pays": {nil, func(r *rig) { r.pay(customer{card: r.card(cardsim.BankStripe)}) }},
	"a second PIN": {nil, func(r *rig) {
		r.pay(customer{card: r.card(cardsim.BankFunds), pins: []string{"000000E", pin + "E"}})
	}},
	"the chip declines": {nil, func(r *rig) { r.pay(customer{card: r.card(cardsim.BankDeclines)}) }},
	"the card is kept":  {nil, func(r *rig) { r.pay(customer{card: r.card(cardsim.BankCaptured)}) }},
	"no answer":         {map[pospsim.Fault]int{pospsim.NoReply: 1}, func(r *rig) { r.pay(customer{card: r.card(cardsim.BankFunds)}) }},
	"a wrong MAC":       {map[pospsim.Fault]int{pospsim.WrongMAC: 1}, func(r *rig) { r.pay(customer{card: r.card(cardsim.BankStripe)}) }},
	"the posting is refused": {nil, func(r *rig) {
		r.pay(customer{card: r.card(cardsim.BankFunds)})
		r.refusePosting(first)
	}},
	"the first reversal is refused": {map[pospsim.Fault]int{pospsim.ReversalRefused: 1}, func(r *rig) {
		r.pay(customer{card: r.card(cardsim.BankDeclines)})
	}},
}

// dies reports whether the power went in the middle of play, at the point cut.
func (r *rig) dies(cut int, play func()) (died bool) {
	defer func() {
		if v := recover(); v != nil {
			if v != errPower {
				panic(v)
			}
			died = true
		}
		r.cut = 0
	}()
	r.points, r.cut = 0, cut
	play()

	return false
}

// back has the power come back, for a customer who takes the card.
func (r *rig) back() {
	r.t.Helper()
	r.slot.PowerCut(r.now)
	r.slot.PowerOn(r.now)
	r.start()
	for range 300 {
		r.once()
		_, _ = r.slot.TakeCard(r.now) // once it is in the gate
	}
	r.settled()
}

// TestAPowerCutAtEveryPoint: before and after each write, before each order and each
// message, and after the bank has heard each message. Then again while what follows is
// being done. The bank has what the legs say, always.
func TestAPowerCutAtEveryPoint(t *testing.T) {
	for name, c := range scenarios {
		t.Run(name, func(t *testing.T) {
			cuts, times := 0, 4
			if testing.Short() {
				times = 2
			}
			for again := range times {
				for cut := 1; ; cut++ {
					r := opened(t)
					for f, n := range c.fault {
						if err := r.bank.SetFor(f, n); err != nil {
							t.Fatal(err)
						}
					}
					if !r.dies(cut, func() { c.play(r); r.settled() }) {
						break
					}
					cuts++
					if again > 0 && r.dies(5*again, r.back) {
						cuts++
					}
					r.back()
					if got := r.txns[first].Status(); got == payments.Tendering || got == payments.Undoing {
						t.Errorf("cut %d, %d: still %s", cut, again, got)
					}
					r.balanced()
					if t.Failed() {
						t.Fatalf("cut %d, %d: %v", cut, again, r.did)
					}
				}
			}
			if cuts < 40 {
				t.Errorf("only %d cuts", cuts)
			}
			t.Logf("%d cuts", cuts)
		})
	}
}

// TestApprovedIsNotPaid: the power went before anybody knew what the chip said to the
// bank's approval.
func TestApprovedIsNotPaid(t *testing.T) {
	for cut := 1; ; cut++ {
		r := opened(t)
		if !r.dies(cut, func() { r.pay(customer{card: r.card(cardsim.BankFunds)}) }) {
			t.Fatal("the power never went there")
		}
		if len(r.did) == 0 || r.did[len(r.did)-1] != "card-sale-answered" {
			continue
		}
		r.back()
		r.want(first, payments.Undone, "power-cut",
			"card-sale-ordered, 0200, card-sale-answered, card-reversal-ordered, card-closed, 0800, 0400, card-reversal-answered, eject")
		r.balanced()

		return
	}
}

// TestItsOwnStateIsLost: what the leg has is enough to take a sale back.
func TestItsOwnStateIsLost(t *testing.T) {
	r := opened(t)
	if err := r.bank.Set(pospsim.ReversalRefused, true); err != nil {
		t.Fatal(err)
	}
	r.pay(customer{card: r.card(cardsim.BankDeclines)})
	r.keep = nil
	r.now = r.now.Add(time.Hour)
	if err := r.bank.Set(pospsim.ReversalRefused, false); err != nil {
		t.Fatal(err)
	}
	r.back()
	if got := r.txns[first]; got.Status() != payments.Undone || got.Card.State != bankcard.Reversed {
		t.Errorf("%s: %v", got.Status(), r.did)
	}
	r.balanced()
}
