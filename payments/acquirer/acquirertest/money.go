package acquirertest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
)

// testMoney pays and gives back under random faults, through the same machine that
// head office runs, then clears the faults and settles. What we believe to hold must
// then be what the acquirer's ledger holds, for each seed.
func (s Subject) testMoney(t *testing.T) {
	seeds := uint64(40)
	if testing.Short() {
		seeds = 8
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m := &market{world: s.begin(t), rng: rand.New(rand.NewPCG(seed, 1))}
			for i := range 4 {
				m.customer(i)
			}
			m.settle()
		})
	}
}

// market is a run of customers.
type market struct {
	*world
	rng   *rand.Rand
	sales []*sale
}

// sale is one payment and, perhaps, its refund.
type sale struct {
	serial    string
	amount    money.Amount
	collected bool
	code      string // the customer's
	show      string // ours
	pay       call.Call
	refund    *acquirer.Refund
	back      call.Call
}

var marketFaults = []acquirersim.Fault{
	acquirersim.Down, acquirersim.LoseRequest, acquirersim.Error, acquirersim.Duplicate, acquirersim.NoReply, acquirersim.Slow,
	acquirersim.WrongSignature, acquirersim.OtherSerial, acquirersim.OtherAmount, acquirersim.ClosedButPaid,
	acquirersim.RefundUnknown, acquirersim.RefundRefused, acquirersim.RefundProcessing,
}

// mishap turns one fault on, more often than not.
func (m *market) mishap() {
	if m.rng.IntN(3) > 0 {
		m.set(marketFaults[m.rng.IntN(len(marketFaults))], 1+m.rng.IntN(2))
	}
}

func (m *market) customer(i int) {
	s := &sale{
		serial: fmt.Sprintf("1000000101%010d", 2*i), amount: money.Amount(100 + m.rng.IntN(50000)), collected: m.rng.IntN(2) == 0,
		pay: call.New(m.time()),
	}
	m.sales = append(m.sales, s)
	if s.collected {
		s.code = m.sim.PayCode(acquirersim.Limits{Password: m.rng.IntN(3) == 0, Funds: int64(m.rng.IntN(2) * 30000)})
	}

	for range 6 {
		m.mishap()
		m.step(&s.pay, s.payCalls(m))
		switch { // the customer
		case m.rng.IntN(3) > 0:
		case s.code != "":
			_ = m.sim.Enter(s.code, m.rng.IntN(3) > 0) // asked for or not
		case s.show != "":
			_ = m.sim.Pay(s.show) // payable or not
		}
	}
}

// step takes a call one step further, and carries out what it asks for.
func (m *market) step(c *call.Call, do map[call.Effect]func() call.Answer) {
	m.t.Helper()
	m.pass(max(0, c.NextAt.Sub(m.time())))
	if c.State.Final() {
		return
	}
	next, effect, err := call.Step(*c, call.Event{Kind: call.Due, Now: m.time()})
	if err != nil {
		m.t.Fatal(err)
	}
	*c = next
	if effect == "" {
		return
	}
	next, _, err = call.Step(*c, call.Event{Kind: call.Answered, Now: m.time(), To: effect, Answer: do[effect]()})
	if err != nil {
		m.t.Fatal(err)
	}
	*c = next
}

// payCalls are the calls of a payment. For a code that is shown, ordering is done
// once the customer has paid it.
func (s *sale) payCalls(m *market) map[call.Effect]func() call.Answer {
	return map[call.Effect]func() call.Answer{
		call.Order: func() call.Answer {
			if s.collected {
				r, _ := m.a.Collect(m.ctx(), collection(s.serial, s.amount, s.code))

				return r.Answer
			}
			r, _ := m.a.Order(m.ctx(), m.anOrder(s.serial, s.amount))
			if r.Show != "" {
				s.show = r.Show
			}
			if r.Outcome == call.Done { // shown, not paid
				return call.Answer{Wait: true, Code: r.Code}
			}

			return r.Answer
		},
		call.Ask: func() call.Answer {
			r, _ := m.a.Ask(m.ctx(), acquirer.Question{Serial: s.serial, Amount: s.amount})

			return r.Answer
		},
		call.Undo: func() call.Answer {
			r, _ := m.a.Close(m.ctx(), acquirer.Closing{Serial: s.serial, Collected: s.collected})

			return r.Answer
		},
	}
}

func (s *sale) backCalls(m *market) map[call.Effect]func() call.Answer {
	return map[call.Effect]func() call.Answer{
		call.Order: func() call.Answer { r, _ := m.a.Refund(m.ctx(), *s.refund); return r.Answer },
		call.Ask:   func() call.Answer { r, _ := m.a.AskRefund(m.ctx(), *s.refund); return r.Answer },
		call.Undo:  func() call.Answer { return call.Answer{} }, // a refund is never taken back
	}
}

// settle clears the faults, brings every payment to an end, gives some back under
// new faults, and compares.
func (m *market) settle() {
	m.calm()
	for _, s := range m.sales {
		m.close(s)
	}
	for i, s := range m.sales {
		if s.pay.State != call.EndDone || m.rng.IntN(2) == 0 {
			continue
		}
		s.refund = &acquirer.Refund{Serial: fmt.Sprintf("1000000101%010d", 2*i+1), Original: s.serial, Amount: s.amount, Total: s.amount}
		if m.rng.IntN(2) == 0 {
			s.refund.Amount = 1 + money.Amount(m.rng.IntN(int(s.amount)))
		}
		s.back = call.New(m.time())
		for range 4 {
			m.mishap()
			m.step(&s.back, s.backCalls(m))
		}
	}

	m.calm()
	believed := int64(0)
	for _, s := range m.sales {
		if s.pay.State == call.EndDone {
			believed += int64(s.amount)
		}
		if s.refund == nil {
			continue
		}
		m.finish(&s.back, s.backCalls(m))
		if s.back.State == call.EndDone {
			believed -= int64(s.refund.Amount)
		}
	}
	m.money(believed)
}

func (m *market) calm() {
	for _, f := range acquirersim.Faults() {
		m.set(f, 0)
	}
}

// close brings a payment to its end: what is not paid by now is closed, and what the
// acquirer says of it then holds.
func (m *market) close(s *sale) {
	m.t.Helper()
	m.pass(6 * time.Minute) // no code and no entry of a password lives longer
	if !s.pay.State.Final() || s.pay.State == call.EndNotDone {
		r, err := m.a.Close(m.ctx(), acquirer.Closing{Serial: s.serial, Collected: s.collected})
		if err != nil || r.Outcome == call.Unknown {
			m.t.Fatalf("close of %s: %+v, %v", s.serial, r, err)
		}
	}

	r, err := m.a.Ask(m.ctx(), acquirer.Question{Serial: s.serial, Amount: s.amount})
	switch {
	case err == nil && r.Outcome == call.Done:
		s.pay.State = call.EndDone
	case err == nil && r.Outcome == call.NotDone:
		s.pay.State = call.EndNotDone
	default: // given back by the acquirer itself, which names no refund of ours
		e, _ := m.entry(s.serial)
		if !e.Reversed {
			m.t.Fatalf("ask for %s after the closing: %+v, %v", s.serial, r, err)
		}
		s.pay.State = call.EndNotDone
	}
}

// finish runs a call to its end without faults.
func (m *market) finish(c *call.Call, do map[call.Effect]func() call.Answer) {
	m.t.Helper()
	for range 100 {
		if c.State.Final() {
			return
		}
		m.step(c, do)
	}
	m.t.Fatalf("a call without faults came to no end: %+v", *c)
}
