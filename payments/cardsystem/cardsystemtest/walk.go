package cardsystemtest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// walkFaults are those that need no waiting; the empty ones are none.
var walkFaults = []cardsystemsim.Fault{
	"", "", "", "", "", "",
	cardsystemsim.Duplicate, cardsystemsim.Error, cardsystemsim.Busy, cardsystemsim.KeysAway,
	cardsystemsim.OtherSerial, cardsystemsim.OtherCard, cardsystemsim.OtherCount, cardsystemsim.Garbage, cardsystemsim.OtherRequest,
}

// walk is one card that buys, is written, is put into its meter and is sold to again, in
// no good order, with a fault every now and then.
type walk struct {
	*world
	rand *rand.Rand
	card metercard.Facts
	last mis.Payment // the newest sale that was ordered
	n    int
	seen map[string]int
}

// testWalk: whatever happens, what a reply says is so by the ledger, and what it does not
// say is left open.
func testWalk(t *testing.T, w *world) {
	seen := map[string]int{}
	for seed := range uint64(4) {
		k := &walk{world: w, rand: rand.New(rand.NewPCG(seed, 7)), n: int(seed) * 1000, seen: seen}
		account, chip := fmt.Sprintf("300000000%d", seed), fmt.Sprintf("000000000000C0%02d", seed)
		if err := w.sim.AddAccount(cardsystemsim.Account{Number: account}); err != nil {
			t.Fatal(err)
		}
		if err := w.sim.AddCard(cardsystemsim.Card{Serial: chip, Account: account}); err != nil {
			t.Fatal(err)
		}
		k.card = metercard.Facts{Serial: chip, Form: metercard.CPU, Kind: metercard.Purchase}
		k.last = mis.Payment{Account: account}
		for range 150 {
			k.step()
		}
	}

	for _, want := range []string{
		"sell done", "sell not-done", "sell unknown", "ask done", "ask not-done", "reverse done", "reverse not-done",
		"steps done", "steps not-done", "report done", "quote done", "quote not-done",
	} {
		if seen[want] == 0 {
			t.Errorf("never saw %s: %v", want, seen)
		}
	}
}

func (k *walk) step() {
	f := walkFaults[k.rand.IntN(len(walkFaults))]
	if f != "" {
		k.set(f, 1)
		defer k.set(f, 0) // it may not have applied
	}
	switch k.rand.IntN(9) {
	case 0, 1:
		k.sell()
	case 2:
		k.ask()
	case 3:
		k.reverse()
	case 4:
		k.steps()
	case 5, 6:
		k.write()
	case 7:
		k.card.Loaded = k.card.Count // the card was in its meter
	default:
		k.do(quote(k.card))
	}
}

// do makes a call; without an answer of its own its outcome is unknown, or for a sale that
// was not sent not done, and it says nothing else.
func (k *walk) do(r cardsystem.Request) cardsystem.Reply {
	k.t.Helper()
	reply, err := k.road.Call(k.t.Context(), r)
	if err != nil {
		nothing(k.t, r.Op, reply)
	}
	k.seen[string(r.Op)+" "+outcomeOf(reply).String()]++

	return reply
}

func (k *walk) sell() {
	k.n++
	order := sell(fmt.Sprintf("00000002%012d", k.n), k.card, k.last.Account, money.Amount(100+k.rand.IntN(5000)))
	p := k.do(order).Post
	e, booked := k.sim.Entry(order.Payment.Serial)
	switch {
	case p.Outcome == mis.Done && (!booked || e.Reversed || p.Amount != order.Payment.Amount || p.Sold.Count != e.Count || p.Sold.Card != k.card.Serial || e.Count != k.card.Count+1):
		k.t.Errorf("sale %d is done: %+v, the ledger has %+v", k.n, p, e)
	case p.Outcome == mis.NotDone && booked:
		k.t.Errorf("sale %d is not done: %+v, the ledger has %+v", k.n, p, e)
	}
	if booked || k.last.Serial == "" {
		k.last = order.Payment
	}
}

func (k *walk) ask() {
	if k.last.Serial == "" {
		return
	}
	q := ask(k.last.Serial)
	q.Payment = k.last
	p := k.do(q).Post
	e, booked := k.sim.Entry(k.last.Serial)
	switch {
	case p.Outcome == mis.Done && (!booked || e.Reversed || p.Sold.Count != e.Count || p.Amount != e.Amount),
		p.Outcome == mis.NotDone && p.Reversed && !e.Reversed,
		p.Outcome == mis.NotDone && !p.Reversed && booked:
		k.t.Errorf("asked for %s: %+v, the ledger has %+v", k.last.Serial, p, e)
	}
}

func (k *walk) reverse() {
	if k.last.Serial == "" {
		return
	}
	r := k.do(cardsystem.Request{Op: cardsystem.OpReverse, Reversal: mis.Reversal{Serial: "R" + k.last.Serial[1:], Original: k.last.Serial, BusinessDate: today}}).Reverse
	if e, _ := k.sim.Entry(k.last.Serial); r.Outcome == mis.Done && !e.Reversed {
		k.t.Errorf("reversed %s: %+v, the ledger has %+v", k.last.Serial, r, e)
	}
}

func (k *walk) steps() {
	if k.last.Serial == "" {
		return
	}
	order := steps(k.card, 0)
	order.Steps.Serial = k.last.Serial
	s := k.do(order).Steps
	e, _ := k.sim.Entry(k.last.Serial)
	if s.Outcome == mis.Done && (e.Booked == 0 || e.Reversed || e.Written == metercard.Written || e.Count != k.card.Count+1) {
		k.t.Errorf("steps for %s: %+v, the ledger has %+v and the card %d", k.last.Serial, s, e, k.card.Count)
	}
}

// write puts a standing sale onto the card, where it belongs there, and says so.
func (k *walk) write() {
	e, booked := k.sim.Entry(k.last.Serial)
	if !booked || e.Reversed || e.Count < k.card.Count {
		return
	}
	k.card.Count, k.card.Purse = e.Count, e.Amount
	done := report(metercard.Written, e.Count)
	done.Report.Serial = e.Serial
	r := k.do(done).Report
	if e, _ := k.sim.Entry(e.Serial); r.Outcome == mis.Done && e.Written != metercard.Written {
		k.t.Errorf("reported %s: %+v, the ledger has %+v", e.Serial, r, e)
	}
}
