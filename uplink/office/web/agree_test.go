package web

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/post"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/receipt"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
)

// lives are transactions that come into each cell of the compensation table that can
// be, with the state word and the open cases that the cell must have.
func lives() map[compensation.Facts]life {
	open := payments.Opened{Account: "1000000001", Tender: "cash", Limit: 500000, OpenedAt: storetest.T0.UnixMilli()}
	accepted := func(n int) payments.Event { return cash.NoteAccepted{Note: n, Value: 10000} }
	stacked := func(n int) payments.Event { return cash.NoteStacked{Note: n, Value: 10000, Evidence: "stacked"} }
	lost := func(n int) payments.Event { return cash.NoteUnresolved{Note: n, Value: 10000, Evidence: "power-cut"} }
	closed := cash.Closed{Total: 10000, Account: "1000000001", Tender: "cash", ClosedAt: storetest.T0.UnixMilli() + 9, Reason: "customer"}
	void := cash.Closed{Account: "1000000001", Tender: "cash", ClosedAt: storetest.T0.UnixMilli() + 9, Reason: "power-cut"}
	learned := func(s post.State) payments.Event {
		o := post.OutcomeLearned{Status: s}
		if s == post.Posted {
			o.ToAdvance = 10000
		}
		return o
	}

	paid := []payments.Event{open, accepted(0), stacked(0), closed}
	doubted := []payments.Event{open, accepted(0), stacked(0), accepted(1), lost(1), closed}
	with := func(events []payments.Event, more ...payments.Event) []payments.Event {
		return append(events[:len(events):len(events)], more...)
	}
	return map[compensation.Facts]life{
		{Money: leg.Moving}:                               {[]payments.Event{open, accepted(0)}, "tendering", ""},
		{Money: leg.Moving, Doubt: true}:                  {[]payments.Event{open, accepted(0), lost(0)}, "tendering", "note"},
		{Money: leg.NotDone}:                              {[]payments.Event{open, void}, "cancelled", ""},
		{Money: leg.NotDone, Doubt: true}:                 {[]payments.Event{open, accepted(0), lost(0), void}, "disputed", "note"},
		{Money: leg.Done, Post: leg.Moving}:               {paid, "posting", ""},
		{Money: leg.Done, Post: leg.Done}:                 {with(paid, learned(post.Posted)), "posted", ""},
		{Money: leg.Done, Post: leg.NotDone}:              {with(paid, learned(post.Owed)), "owed", "owed"},
		{Money: leg.Done, Post: leg.Unknown}:              {with(paid, learned(post.Disputed)), "disputed", "disputed"},
		{Money: leg.Done, Doubt: true, Post: leg.Moving}:  {doubted, "posting", "note"},
		{Money: leg.Done, Doubt: true, Post: leg.Done}:    {with(doubted, learned(post.Posted)), "posted", "note"},
		{Money: leg.Done, Doubt: true, Post: leg.NotDone}: {with(doubted, learned(post.Owed)), "owed", "note owed"},
		{Money: leg.Done, Doubt: true, Post: leg.Unknown}: {with(doubted, learned(post.Disputed)), "disputed", "disputed note"},
	}
}

type life struct {
	events []payments.Event
	state  string
	cases  string
}

// TestEverybodySaysTheSame: for each cell, the kiosk's fold, head office's row, the
// story page and the slip have one word, and the notes in doubt are cases.
func TestEverybodySaysTheSame(t *testing.T) {
	cells := lives()
	for _, money := range []leg.Fact{leg.Moving, leg.NotDone, leg.Done} {
		for _, doubt := range []bool{false, true} {
			for _, posted := range []leg.Fact{leg.None, leg.Moving, leg.Done, leg.NotDone, leg.Unknown} {
				f := compensation.Facts{Money: money, Doubt: doubt, Post: posted}
				passing := money == leg.Done && posted == leg.None // ordered by the same record
				if _, have := cells[f]; !have && compensation.For(f).Never == "" && !passing {
					t.Errorf("no life comes into %+v", f)
				}
			}
		}
	}

	for facts, life := range cells {
		kiosk, d := played(t, life.events)
		if got := kiosk.Facts(); got != facts {
			t.Errorf("meant for %+v, is in %+v", facts, got)
		}
		if string(kiosk.Status()) != life.state || d.Transaction.Status != life.state {
			t.Errorf("%+v: kiosk %s, head office %s, want %s", facts, kiosk.Status(), d.Transaction.Status, life.state)
		}
		var open []string
		for _, c := range d.Cases {
			if c.Open {
				open = append(open, c.Class)
			}
		}
		slices.Sort(open)
		if got := strings.Join(open, " "); got != life.cases || kiosk.Action().Case != (len(open) > 0) {
			t.Errorf("%+v: cases %q, want %q; the table wants one: %v", facts, got, life.cases, kiosk.Action().Case)
		}
		if d.Transaction.Total != kiosk.Total() || d.Transaction.Doubt != kiosk.InDoubt() {
			t.Errorf("%+v: head office %s and %s in doubt, kiosk %s and %s", facts, d.Transaction.Total, d.Transaction.Doubt, kiosk.Total(), kiosk.InDoubt())
		}
		if d.Transaction.Folded == nil || receipt.KindOf(*d.Transaction.Folded) != receipt.KindOf(kiosk) {
			t.Errorf("%+v: slips differ", facts)
		}
		told := story(zh, d)
		if kiosk.Post.State.Final() && !strings.Contains(titles(told), zh.t("ev.learned", zh.of("state", life.state))) {
			t.Errorf("%+v: the story %q does not say %s", facts, titles(told), zh.of("state", life.state))
		}
	}
}

// played gives events to the kiosk's fold and, as records, to head office's books.
func played(t *testing.T, events []payments.Event) (payments.Transaction, books.Detail) {
	t.Helper()
	s := memstore.New(books.Rules{})
	if _, err := s.Register(t.Context(), storetest.Kiosk, 0, storetest.T0); err != nil {
		t.Fatal(err)
	}
	serial := storetest.Serial(storetest.Kiosk, 1)
	j := storetest.NewJournal(storetest.Kiosk)
	var kiosk payments.Transaction
	for _, e := range events {
		var err error
		if kiosk, _, err = payments.Step(kiosk, serial, e); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		j.Add(t, e.EventType(), serial, json.RawMessage(b))
	}
	if _, err := s.Ingest(t.Context(), storetest.Kiosk, j.Recs, storetest.T0); err != nil {
		t.Fatal(err)
	}
	if kiosk.Post.State.Final() {
		row, err := s.Posting(t.Context(), serial)
		if err != nil {
			t.Fatal(err)
		}
		if row.State, err = posting.ParseWord(string(kiosk.Post.State)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SavePosting(t.Context(), books.Change{Posting: row, Event: "post answered", By: "office"}, storetest.T0); err != nil {
			t.Fatal(err)
		}
	}
	d, err := s.Detail(t.Context(), serial)
	if err != nil {
		t.Fatal(err)
	}
	return kiosk, d
}

func titles(story []moment) string {
	var all []string
	for _, m := range story {
		all = append(all, m.Title)
	}
	return strings.Join(all, " | ")
}

// TestHeadlineOfDoubt: nothing was credited and a note cannot be placed. The page does
// not say that no money was taken, and unknown arrears are not zero.
func TestHeadlineOfDoubt(t *testing.T) {
	_, d := played(t, lives()[compensation.Facts{Money: leg.NotDone, Doubt: true}].events)
	p := openDesk(t, newTown(t), nil).srv.books.payment(t.Context(), zh, d)
	if p.State != "disputed" || p.Means != "doubt" || zh.t("txn.doubt", yuan(d.Transaction.Total), yuan(d.Transaction.Doubt)) != "¥0.00 入账 · ¥100.00 待核实" {
		t.Errorf("state %s, means %s", p.State, p.Means)
	}
	if got := zh.owing(d.Transaction.Arrears); got != "—（脱机，未知）" {
		t.Errorf("arrears %q", got)
	}
	if first := p.Steps[0].Title; first != "开单：户号 1000000001，欠费未知" {
		t.Errorf("the story begins %q", first)
	}
}
