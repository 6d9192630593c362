package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"wattkiosk/firmware/control"
	"wattkiosk/hal/bench"
	"wattkiosk/hal/card/cardsim/metersim"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
)

// home is a meter with its card and account, as a new lab has them.
type home struct {
	card, meter, account string
	count                uint32 // purchases that the meter has loaded
}

func homes() []home {
	return []home{
		{bench.MeterCardID, "000000000103", "1000000003", 4},
		{bench.SLE4442ID, "000000000107", "1000000007", 6},
		{bench.AT88SC102ID, "000000000108", "1000000008", 3},
	}
}

// carryHome has every sale that is not on its card written, in visits that nobody
// disturbs, and puts the cards into their meters.
func (c *crowd) carryHome() {
	t := c.r.t
	t.Helper()
	for _, h := range homes() {
		for again := 0; ; again++ {
			waiting := c.ofAccount(h.account, func(b books.Transaction) bool { return b.Tender != "" && b.Status == books.StatusUnwritten })
			if len(waiting) == 0 {
				break
			}
			if again == 5 {
				t.Fatalf("%s is not written onto %s", waiting[0].Serial, h.card)
			}
			c.counts["carried home"]++
			c.rewrite(h)
		}
		c.r.bench("meter/"+h.meter, fields{"card": h.card})
	}
}

// ofAccount are the transactions of an account, as head office has them, that f lets
// through.
func (c *crowd) ofAccount(account string, f func(books.Transaction) bool) []books.Transaction {
	c.r.t.Helper()
	var v struct{ Transactions []books.Transaction }
	until(c.r.t, "head office lists "+account, func() (bool, string) {
		err := c.r.office.list("transactions?limit=500&account="+account, &v)
		return err == nil, fmt.Sprint(err)
	})

	return slices.DeleteFunc(v.Transactions, func(b books.Transaction) bool { return !f(b) })
}

// rewrite is one visit with a card onto which something is to be written; the card may
// turn out to hold it.
func (c *crowd) rewrite(h home) {
	c.r.t.Helper()
	walk := &customer{r: c.r, rng: rand.New(rand.NewPCG(0, 1)), card: h.card, careful: true}
	begun := false
	untilWithin(c.r.t, 2*patience, "a visit with "+h.card, func() (bool, string) {
		v, err := c.r.look()
		if err != nil {
			return false, err.Error()
		}
		begun = begun || v.Screen == "meter-card"
		walk.leaves = begun && !v.offers("rewrite") && v.Fields["waiting"] != true
		walk.step(v)
		away := walk.away()
		return begun && v.Screen == "idle" && away == "", fmt.Sprintf("%s %v%s", v.Screen, v.Fields, away)
	})
	c.r.reconnects() // the kiosk that sold is told at each new line
	c.settle()
}

// auditPower: each sale that stands at the card-meter system is in its meter once, and
// nothing else is; head office has a purchase of it that is paid, and to nobody was
// something sold who has the money back.
func (c *crowd) auditPower() (sold money.Amount) {
	t := c.r.t
	t.Helper()
	var l cardsystemsim.Ledger
	if err := c.r.get(c.r.places.Bench+"api/outside/cardsystem/ledger", &l); err != nil {
		t.Fatal(err)
	}
	if err := l.Audit(); err != nil {
		t.Errorf("ledger of the card-meter system: %v", err)
	}

	for _, h := range homes() {
		m, err := c.r.meterState(h.meter)
		if err != nil {
			t.Fatal(err)
		}
		var want []metersim.Load
		for _, e := range l.Entries {
			if e.Account == h.account && !e.Reversed {
				want = append(want, metersim.Load{Count: e.Count, Amount: e.Amount})
				sold += e.Amount
			}
		}
		same := func(a, b metersim.Load) bool { return a.Count == b.Count && a.Amount == b.Amount }
		if !slices.EqualFunc(m.Loads, want, same) {
			t.Errorf("meter %s has loaded %+v, sold are %+v", h.meter, m.Loads, want)
		}
		if n := h.count + uint32(len(want)); m.Count != n || c.r.card(h.card).Count != int(n) {
			t.Errorf("meter %s is at purchase %d, its card at %d, want %d", h.meter, m.Count, c.r.card(h.card).Count, n)
		}
		c.purchasesAgree(h, l.Entries)
	}

	return sold
}

// purchasesAgree holds head office's purchases of an account against what the card-meter
// system has.
func (c *crowd) purchasesAgree(h home, entries []cardsystemsim.Entry) {
	c.r.t.Helper()
	stands := map[string]cardsystemsim.Entry{}
	for _, e := range entries {
		if e.Account == h.account && !e.Reversed {
			stands[e.Serial] = e
		}
	}
	purchases := c.ofAccount(h.account, func(b books.Transaction) bool { return b.Tender != "" })
	for _, b := range purchases {
		e, is := stands[b.Serial]
		delete(stands, b.Serial)
		c.counts["purchases "+b.Status]++
		if posted := b.Status == books.StatusPosted; posted != is || is && (e.Amount != b.Total || e.Written != metercard.Written) {
			c.r.t.Errorf("head office has %s %s of %s, the card-meter system %+v", b.Serial, b.Status, b.Total, e)
		}
		if open := c.r.openCases(b.Serial); b.Status == books.StatusPosted && len(open) > 0 || b.Status == books.StatusOwed && len(open) == 0 {
			c.r.t.Errorf("%s is %s, with open cases %v", b.Serial, b.Status, open)
		}
	}
	for _, b := range c.ofAccount(h.account, func(b books.Transaction) bool { return b.Tender == "" }) {
		c.counts["re-writes "+b.Status]++
	}
	if len(stands) > 0 && len(purchases) < 500 {
		c.r.t.Errorf("sold, and head office has no such purchase: %+v", stands)
	}
}

// auditTenders: what the bank and the acquirer have is what the journal says that they hold.
func (c *crowd) auditTenders(m control.MoneyReport) {
	c.r.t.Helper()
	var bank money.Amount
	for _, e := range c.r.bankLedger().Entries {
		bank += e.Standing()
	}
	l := c.r.acquirerLedger()
	if err := l.Audit(); err != nil {
		c.r.t.Errorf("ledger of the acquirer: %v", err)
	}
	if by := money.Amount(l.Money()); bank+by != m.Held {
		c.r.t.Errorf("the bank has %s, the acquirer %s, by the journal they hold %s", bank, by, m.Held)
	}
	if in, out := m.Stacked+m.Held, m.Posted+m.Unwritten+m.Owed; in != out {
		c.r.t.Errorf("taken %s, posted, unwritten and owed %s: %+v", in, out, m)
	}
	c.r.t.Logf("bank %s, acquirer %s", bank, money.Amount(l.Money()))
}
