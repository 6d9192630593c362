package storetest

import (
	"errors"
	"testing"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
)

// meterCard is a card that has counted four purchases.
var meterCard = metercard.Facts{
	Serial: "0A1B2C3D", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "110000000042", Customer: "000001000003", Count: 4, Purse: 5000, Loaded: 4, Left: -120,
}

func purchase(n int) books.Order {
	o := order(n)
	o.Account, o.Card = "1000000003", meterCard
	return o
}

// sale brings a purchase that was ordered to its end as sold.
func sale(t *testing.T, s *store.Store, o books.Order, now time.Time) books.Posting {
	t.Helper()
	p, err := s.EnsurePosting(t.Context(), o, now)
	check(t, err)
	sold := metercard.Sold{Number: "S" + o.Serial[17:], Card: o.Card.Serial, Count: o.Card.Count + 1, Amount: o.Amount, Energy: 24528}
	return step(t, s, step(t, s, p, posting.Event{Kind: call.Due, Now: now}), posting.Event{Kind: call.Answered, Now: now, Reply: mis.Reply{
		Op: mis.OpPost, Post: mis.PostResult{Outcome: mis.Done, Code: "0", Amount: o.Amount, ToAdvance: o.Amount, Reference: sold.Number, Sold: sold},
	}})
}

// step stores what an event makes of a posting.
func step(t *testing.T, s *store.Store, p books.Posting, e posting.Event) books.Posting {
	t.Helper()
	next, _, err := posting.Step(p.Posting, e)
	check(t, err)
	p.Posting = next
	p, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "step", By: "office"}, e.Now)
	check(t, err)
	return p
}

// saleRows: the card is kept as ordered and what was sold as answered; another card, or
// another state of it, under the serial is another order.
func saleRows(t *testing.T, s *store.Store) {
	p := sale(t, s, purchase(1), T0)
	want := metercard.Sold{Number: "S001", Card: "0A1B2C3D", Count: 5, Amount: 13000, Energy: 24528}
	if p.State != posting.Posted || p.Sold != want {
		t.Fatalf("%+v", p)
	}
	got, err := s.EnsurePosting(t.Context(), purchase(1), T0.Add(time.Hour))
	check(t, err)
	if got != p || got.Card != meterCard || got.Route != books.BySystem {
		t.Errorf("ordered again:\n%+v\n%+v", got, p)
	}

	for name, change := range map[string]func(*books.Order){
		"no card":       func(o *books.Order) { o.Card = metercard.Facts{} },
		"another card":  func(o *books.Order) { o.Card.Serial = "FFFFFFFF" },
		"another count": func(o *books.Order) { o.Card.Count++ },
	} {
		o := purchase(1)
		change(&o)
		if _, err := s.EnsurePosting(t.Context(), o, T0); !errors.Is(err, books.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := purchase(2)
	bad.Card.Form = "paper"
	if _, err := s.EnsurePosting(t.Context(), bad, T0); !errors.Is(err, books.ErrOrder) {
		t.Errorf("a card that cannot be: %v", err)
	}
	if bill, err := s.EnsurePosting(t.Context(), order(3), T0); err != nil || bill.Card != (metercard.Facts{}) || bill.Sold != (metercard.Sold{}) {
		t.Errorf("a bill: %+v, %v", bill, err)
	}
}

// dueBySystem: the postings of one system do not stand in the way of those of the other.
func dueBySystem(t *testing.T, s *store.Store) {
	for n := range 6 {
		o := order(n + 1)
		if n%2 == 1 {
			o = purchase(n + 1)
		}
		_, err := s.EnsurePosting(t.Context(), o, T0.Add(time.Duration(n)*time.Second))
		check(t, err)
	}
	for system, want := range map[mis.System][]int{mis.MIS: {1, 3}, mis.CardSystem: {2, 4}} {
		due, err := s.DuePostings(t.Context(), system, T0.Add(time.Minute), 2)
		check(t, err)
		if len(due) != 2 || due[0].Serial != Serial(Kiosk, want[0]) || due[1].Serial != Serial(Kiosk, want[1]) {
			t.Errorf("due at %q: %+v", system, due)
		}
		next, err := s.NextDue(t.Context(), system)
		check(t, err)
		if at := T0.Add(time.Duration(want[0]-1) * time.Second); !next.Equal(at) {
			t.Errorf("next at %q: %s, want %s", system, next, at)
		}
	}
}

// purchaseRecorded: the record of a purchase orders the same as its kiosk did.
func purchaseRecorded(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk).Buy(t, 1, "1000000003", meterCard, 10000, 2000, 1000)
	o := purchase(1)
	o.PaidAt = T0.Add(30 * time.Second).UnixMilli()
	p, err := s.EnsurePosting(t.Context(), o, T0)
	check(t, err)
	ingest(t, s, j.Recs)
	sent := len(j.Recs)

	ingest(t, s, j.Buy(t, 2, "1000000003", meterCard, 5000).Recs[sent:])
	late, err := s.Posting(t.Context(), Serial(Kiosk, 2))
	check(t, err)
	if late.Card != meterCard || late.System() != mis.CardSystem || p.Card != meterCard || classes(t, s) != "" {
		t.Errorf("by request %+v\nby record %+v\ncases %s", p, late, classes(t, s))
	}
	d, err := s.Detail(t.Context(), o.Serial)
	check(t, err)
	if f := d.Transaction.Folded; f == nil || f.Purpose != payments.Purchase || f.MeterCard != meterCard {
		t.Errorf("folded %+v", d.Transaction.Folded)
	}
}

// unsold: of a bill and four purchases, one sold and one taken back, the two are listed
// that are paid and not sold; open is the one whose sale goes on.
func unsold(t *testing.T, s *store.Store) {
	_, err := s.EnsurePosting(t.Context(), order(1), T0)
	check(t, err)
	sale(t, s, purchase(2), T0)
	back := sale(t, s, purchase(3), T0)
	_, err = Act(t, s, back.Serial, posting.Reverse, T0)
	check(t, err)
	refused, err := s.EnsurePosting(t.Context(), purchase(4), T0.Add(time.Second))
	check(t, err)
	for _, op := range []mis.Op{mis.OpPost, mis.OpAsk} {
		refused = step(t, s, refused, posting.Event{Kind: call.Due, Now: refused.NextAt})
		no := mis.Reply{Op: op, Post: mis.PostResult{Outcome: mis.NotDone, Code: "1"}}
		refused = step(t, s, refused, posting.Event{Kind: call.Answered, Now: T0.Add(time.Second), Reply: no})
	}
	_, err = s.EnsurePosting(t.Context(), purchase(5), T0.Add(2*time.Second))
	check(t, err)

	for _, c := range []struct {
		filter books.Filter
		want   string
	}{
		{books.Filter{Limit: 50}, Serial(Kiosk, 5) + " to-sell, " + Serial(Kiosk, 4) + " not-sold, "},
		{books.Filter{Open: true}, Serial(Kiosk, 5) + " to-sell, "},
		{books.Filter{Kiosk: Kiosk, Account: "1000000003", Limit: 1}, Serial(Kiosk, 5) + " to-sell, "},
		{books.Filter{Kiosk: OtherKiosk}, ""},
	} {
		c.filter.Unsold = true
		rows, err := s.Postings(t.Context(), c.filter)
		check(t, err)
		got := ""
		for _, p := range rows {
			got += p.Serial + " " + string(p.Unsold().Stage) + ", "
		}
		if got != c.want {
			t.Errorf("%+v: %q, want %q", c.filter, got, c.want)
		}
	}
}
