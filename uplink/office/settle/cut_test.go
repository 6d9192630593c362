package settle_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
)

var errKilled = errors.New("killed")

// mortal is a backend whose head office dies at the n-th write, before it or just after it was
// durable.
type mortal struct {
	b      *memstore.Backend
	left   int // writes before it dies; below 0: it never does
	after  bool
	killed bool
}

func (m *mortal) Update(ctx context.Context, fn func(settle.Tx) error) error {
	if m.killed {
		return errKilled
	}
	if m.left == 0 && !m.after {
		m.killed = true

		return errKilled
	}
	err := m.b.Update(ctx, func(tx store.Tx) error { return fn(tx) })
	if m.left == 0 && m.after {
		m.killed = true

		return errKilled
	}
	m.left--

	return err
}

func (m *mortal) View(ctx context.Context, fn func(settle.Tx) error) error {
	if m.killed {
		return errKilled
	}

	return m.b.View(ctx, func(tx store.Tx) error { return fn(tx) })
}

const nextDay = "20261124"

// threePaid are rows with three payments of storetest.Day and one of the day after.
func threePaid(t *testing.T) *memstore.Backend {
	t.Helper()
	b := memstore.NewBackend()
	s := store.New(b, books.Rules{})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.Register(t.Context(), storetest.Kiosk, 0, storetest.T0)
	must(err)
	j := storetest.NewJournal(storetest.Kiosk)
	for n := range 4 {
		from := len(j.Recs)
		j.Pay(t, n+1, "1000000001", 10000)
		_, err = s.Ingest(t.Context(), storetest.Kiosk, j.Recs[from:], storetest.T0.Add(time.Duration(n/3)*24*time.Hour))
		must(err)
	}
	due, err := s.DuePostings(t.Context(), mis.MIS, storetest.T0.Add(48*time.Hour), 10)
	must(err)
	for _, p := range due {
		for _, e := range []posting.Event{
			{Kind: call.Due, Now: p.NextAt},
			{Kind: call.Answered, Now: p.NextAt, Reply: mis.Reply{Op: mis.OpPost, Post: mis.PostResult{Outcome: mis.Done, Code: "1001", Amount: p.Amount, ToArrears: p.Amount, Reference: "M1"}}},
		} {
			next, _, err := posting.Step(p.Posting, e)
			must(err)
			p.Posting = next
			p, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "test", By: "test"}, storetest.T0)
			must(err)
		}
	}
	_, err = s.SaveReports(t.Context(), []fleet.Report{{Kiosk: storetest.Kiosk, Online: true, Live: true, Text: `{"v":1,"online":true,"head":16}`, At: storetest.T0.Add(72 * time.Hour)}})
	must(err)

	return b
}

// twoNights is what head office does: the file of the first day lacks a payment, which is in
// that of the second, and that lacks one of its own.
func twoNights(ctx context.Context, t *testing.T, r *settle.Room, now time.Time) error {
	t.Helper()
	clock := func() time.Time { return now }
	if err := r.Abandon(ctx, now); err != nil {
		return err
	}
	for _, f := range []struct {
		day  string
		from int
	}{{storetest.Day, 1}, {nextDay, 3}} {
		in := settle.Incoming{Kind: settle.MIS, Day: f.day, Name: "mis", By: "office"}
		if f.day == storetest.Day {
			if _, _, err := r.Import(ctx, in, storetest.Ledger104(t, f.day, f.from, 10000, 10000), clock); err != nil {
				return err
			}
		} else if _, _, err := r.Import(ctx, in, storetest.Ledger104(t, f.day, f.from, 10000), clock); err != nil {
			return err
		}
		if _, err := r.Run(ctx, f.day, "office", clock); err != nil {
			return err
		}
	}

	return nil
}

// truth is what must be the same, however often it took.
func truth(t *testing.T, b *memstore.Backend) (out []string) {
	t.Helper()
	s := store.New(b, books.Rules{})
	for _, day := range []string{storetest.Day, nextDay} {
		d, err := s.Settle.Detail(t.Context(), day)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(day, " ", d.Date.State, " ", d.Date.Books, " ", d.Date.Missing, " ", d.Date.Breaks))
		for _, f := range d.Files {
			out = append(out, fmt.Sprint("file ", f.ID, " ", f.State, " ", f.Stands()))
		}
		for _, x := range d.Breaks {
			if x.State != settle.BreakOpen { // a date that is run again later may have seen more on its way
				continue
			}
			out = append(out, fmt.Sprint("break ", x.ID, " ", x.Class, " ", x.Serial, " ", x.State, " ", x.Sides, " ", x.Proposal))
		}
	}
	cases, err := s.Cases(t.Context(), books.Filter{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		out = append(out, fmt.Sprint("case ", c.ID, " ", c.Open, " ", c.Amount))
	}
	report, err := s.Accounts.Check(t.Context())
	if err != nil || len(report.Faults) > 0 {
		t.Errorf("entries: %+v, %v", report, err)
	}

	return out
}

// TestKilledAtEveryWrite: head office dies at any write, before or after it is durable, and
// what it does when it is back comes to the same truth as if it had never died.
func TestKilledAtEveryWrite(t *testing.T) {
	whole := threePaid(t)
	room := func(b *mortal) *settle.Room {
		return settle.New(b, settle.Rules{Zone: time.FixedZone("", 8*60*60), Books: []settle.Book{{Name: settle.MIS, Required: true}}}, store.New(b.b, books.Rules{}).Accounts)
	}
	begun := storetest.T0.Add(50 * time.Hour)

	never := &mortal{b: whole.Snapshot(), left: -1}
	if err := twoNights(t.Context(), t, room(never), begun); err != nil {
		t.Fatal(err)
	}
	want := truth(t, never.b)
	if len(want) != 6 { // two dates, two files, one open break with its case
		t.Errorf("%d lines: %v", len(want), want)
	}

	deaths := 0
	for _, after := range []bool{false, true} {
		for n := 0; ; n++ {
			m := &mortal{b: whole.Snapshot(), left: n, after: after}
			err := twoNights(t.Context(), t, room(m), begun)
			if err == nil {
				break
			}
			if !errors.Is(err, errKilled) {
				t.Fatalf("write %d: %v", n, err)
			}
			deaths++
			again := &mortal{b: m.b, left: -1}
			if err := twoNights(t.Context(), t, room(again), begun.Add(time.Hour)); err != nil {
				t.Fatalf("killed at write %d (after it: %v), and then: %v", n, after, err)
			}
			if d := cmp.Diff(want, truth(t, again.b)); d != "" {
				t.Errorf("killed at write %d (after it: %v) (-want +got):\n%s", n, after, d)
			}
		}
	}
	if deaths < 20 {
		t.Errorf("it died %d times only", deaths)
	}
}
