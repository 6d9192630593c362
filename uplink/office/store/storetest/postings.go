package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

func order(n int) books.Order {
	return books.Order{Serial: Serial(Kiosk, n), Account: "1000000001", Kiosk: Kiosk, Tender: "cash", Amount: 13000, PaidAt: T0.Add(30 * time.Second).UnixMilli()}
}

func ordering(t *testing.T, s *store.Store) {
	p, err := s.EnsurePosting(t.Context(), order(1), T0)
	check(t, err)
	again, err := s.EnsurePosting(t.Context(), order(1), T0.Add(48*time.Hour))
	check(t, err)
	if again != p || p.State != posting.Ordered || p.BusinessDate != "20261123" || p.Time != "20261123090030" {
		t.Errorf("%+v\n%+v", p, again)
	}
	// What the journal says later is the same order.
	ingest(t, s, NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000, 2000, 1000).Recs)
	for name, change := range map[string]func(*books.Order){
		"amount":  func(o *books.Order) { o.Amount++ },
		"account": func(o *books.Order) { o.Account = "1000000002" },
		"tender":  func(o *books.Order) { o.Tender = "qr" },
		"time":    func(o *books.Order) { o.PaidAt++ },
	} {
		o := order(1)
		change(&o)
		if _, err := s.EnsurePosting(t.Context(), o, T0); !errors.Is(err, books.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*books.Order){
		"another kiosk's serial": func(o *books.Order) { o.Serial = Serial("10000002", 1) },
		"short serial":           func(o *books.Order) { o.Serial = "10000001" },
		"nothing":                func(o *books.Order) { o.Amount = 0 },
		"no account":             func(o *books.Order) { o.Account = "" },
	} {
		o := order(2)
		change(&o)
		if _, err := s.EnsurePosting(t.Context(), o, T0); !errors.Is(err, books.ErrOrder) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// One for the three of one time, whichever came first, and one for the other time.
	if got := classes(t, s); got != "conflict:130.01 conflict:130.00" && got != "conflict:130.00 conflict:130.01" && got != "conflict:130.00 conflict:130.00" {
		t.Errorf("cases %q", got)
	}
	o := order(4) // came before its record: the time may be that of a clock that was lost
	if p, err = s.EnsurePosting(t.Context(), o, T0.Add(10*time.Minute+30*time.Second)); err != nil || p.Time != "20261123090030" {
		t.Errorf("ten minutes old: %+v, %v", p, err)
	}
	o = order(5)
	if p, err = s.EnsurePosting(t.Context(), o, T0.Add(10*time.Minute+31*time.Second)); err != nil || p.Time != "20261123091031" {
		t.Errorf("older: %+v, %v", p, err)
	}
	o = order(3)
	o.PaidAt = 5 // 1970: a clock that was lost
	if p, err = s.EnsurePosting(t.Context(), o, T0.Add(15*time.Hour)); err != nil || p.Time != "20261124000000" || p.BusinessDate != "20261124" {
		t.Errorf("%+v, %v", p, err)
	}
}

func claiming(t *testing.T, s *store.Store) {
	for n := range 3 {
		_, err := s.EnsurePosting(t.Context(), order(n+1), T0.Add(time.Duration(n)*time.Second))
		check(t, err)
	}
	next, err := s.NextDue(t.Context(), mis.MIS)
	check(t, err)
	due, err := s.DuePostings(t.Context(), mis.MIS, T0.Add(time.Second), 10)
	check(t, err)
	if !next.Equal(T0) || len(due) != 2 || due[0].Serial != Serial(Kiosk, 1) || due[1].Serial != Serial(Kiosk, 2) {
		t.Fatalf("next %v, due %+v", next, due)
	}
	a, _, err := posting.Step(due[0].Posting, posting.Event{Kind: call.Due, Now: T0.Add(time.Second)})
	check(t, err)
	mine := due[0]
	mine.Posting, mine.Owner = a, "one"
	saved, err := s.SavePosting(t.Context(), books.Change{Posting: mine, By: "one"}, T0)
	check(t, err)
	theirs := due[0]
	theirs.Posting, theirs.Owner = a, "two"
	if _, err := s.SavePosting(t.Context(), books.Change{Posting: theirs, By: "two"}, T0); !errors.Is(err, stored.ErrStale) {
		t.Errorf("second claim: %v", err)
	}
	flying, err := s.InFlight(t.Context(), "one")
	check(t, err)
	none, err := s.InFlight(t.Context(), "two")
	check(t, err)
	if len(flying) != 1 || flying[0] != saved || saved.Version != 2 || len(none) != 0 {
		t.Errorf("in flight %+v, want %+v; others %d", flying, saved, len(none))
	}
	d, err := s.Detail(t.Context(), saved.Serial)
	check(t, err)
	if len(d.History) != 1 {
		t.Errorf("a call under way has a line of history: %+v", d.History)
	}

	// Its end is one line with both times. Of two changes of which one is stale, the other
	// is stored.
	answered, _, err := posting.Step(saved.Posting, posting.Event{Kind: call.Answered, Now: T0.Add(9 * time.Second), Reply: mis.Reply{Op: mis.OpPost, Post: mis.PostResult{Code: "9"}}})
	check(t, err)
	end := saved
	end.Posting = answered
	stale := due[1]
	stale.Version--
	both, err := s.Save(t.Context(), []books.Change{
		{Posting: stale, Event: "post answered", By: "one"},
		{Posting: end, Event: "post answered", By: "one", Began: T0.Add(time.Second)},
	}, T0.Add(9*time.Second))
	check(t, err)
	if len(both) != 1 || both[0].Serial != saved.Serial || both[0].Version != 3 {
		t.Errorf("saved %+v", both)
	}
	d, err = s.Detail(t.Context(), saved.Serial)
	check(t, err)
	want := books.History{
		Serial: saved.Serial, Version: 3, At: T0.Add(9 * time.Second).UnixMilli(), Event: "post answered", State: "asking", Code: "9", By: "one",
		BeganAt: T0.Add(time.Second).UnixMilli(), Times: 1,
	}
	if len(d.History) != 2 || d.History[1] != want {
		t.Errorf("history %+v, want %+v", d.History, want)
	}
	d, err = s.Detail(t.Context(), stale.Serial)
	check(t, err)
	if len(d.History) != 1 || d.Posting.Version != 1 {
		t.Errorf("a stale change was stored: %+v", d)
	}
}

// alike: a MIS that is away for long makes one line of a posting's history, with how
// often it was called and from when to when; whatever ends otherwise is a line of its own.
func alike(t *testing.T, s *store.Store) {
	p, err := s.EnsurePosting(t.Context(), order(1), T0)
	check(t, err)
	at := T0
	call := func(code, by string, failures int) {
		t.Helper()
		began := at.Add(time.Minute)
		at = began.Add(time.Second)
		p.State, p.Failures, p.NextAt = posting.Asking, failures, at.Add(time.Minute)
		p.Heard = posting.Heard{Code: code}
		p, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "ask answered", By: by, Began: began}, at)
		check(t, err)
	}
	for n := range 30 {
		call("", "one", n+1)
	}
	call("1006", "one", 31)
	call("", "one", 32)
	call("", "two", 33)
	call("", "two", 1) // what came before it brought something
	call("", "two", 2)

	d, err := s.Detail(t.Context(), p.Serial)
	check(t, err)
	var got []string
	for _, h := range d.History[1:] {
		got = append(got, fmt.Sprintf("%d %s %s %d-%d", h.Times, h.Code, h.By, (h.BeganAt-T0.UnixMilli())/1000, (h.At-T0.UnixMilli())/1000))
	}
	want := []string{"30  one 60-1830", "1 1006 one 1890-1891", "1  one 1951-1952", "1  two 2012-2013", "2  two 2073-2135"}
	if !slices.Equal(got, want) {
		t.Errorf("history %q, want %q", got, want)
	}
}

// aheadOfTime: a call that a wrong clock put off for years is due now; one that waits for as
// long as the machine ever waits is not, until then.
func aheadOfTime(t *testing.T, s *store.Store) {
	put := func(n int, next time.Time) {
		t.Helper()
		p, err := s.EnsurePosting(t.Context(), order(n), T0)
		check(t, err)
		p.State, p.NextAt = posting.Asking, next
		_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "test", By: "test"}, T0)
		check(t, err)
	}
	due := func(now time.Time) (serials []string) {
		t.Helper()
		ps, err := s.DuePostings(t.Context(), mis.MIS, now, 10)
		check(t, err)
		for _, p := range ps {
			serials = append(serials, p.Serial)
		}

		return serials
	}
	now := T0.Add(time.Minute)
	put(1, now.AddDate(13, 0, 0))
	put(2, now.Add(call.Horizon))

	if got, want := due(now), []string{order(1).Serial}; !slices.Equal(got, want) {
		t.Errorf("due %q, want %q", got, want)
	}
	if got, want := due(now.Add(call.Horizon)), []string{order(2).Serial, order(1).Serial}; !slices.Equal(got, want) {
		t.Errorf("due in the end %q, want %q", got, want)
	}
}

func finals(t *testing.T, s *store.Store) {
	for n, c := range []struct {
		state posting.State
		want  string
	}{
		{posting.Posted, ""},
		{posting.Owed, "owed:130.00"},
		{posting.Disputed, "disputed:130.00 owed:130.00"},
	} {
		p, err := s.EnsurePosting(t.Context(), order(n+1), T0)
		check(t, err)
		for range 2 {
			p, err = s.SavePosting(t.Context(), books.Change{Posting: p, Late: true}, T0.Add(25*time.Hour))
			check(t, err)
		}
		p.State, p.NextAt, p.InFlight, p.Reason = c.state, time.Time{}, false, "why"
		_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "one"}, T0)
		check(t, err)
		if got := classes(t, s); got != c.want {
			t.Errorf("%s: cases %q, want %q", c.state, got, c.want)
		}
	}
	next, err := s.NextDue(t.Context(), mis.MIS)
	check(t, err)
	open, err := s.Postings(t.Context(), books.Filter{Open: true})
	check(t, err)
	if !next.IsZero() || len(open) != 0 {
		t.Errorf("next %v, open %d", next, len(open))
	}
	cases, err := s.Cases(t.Context(), books.Filter{Open: true})
	check(t, err)
	c, err := Close(t, s, cases[0].ID, "paid back", T0.Add(time.Hour))
	check(t, err)
	if c.Open || c.ClosedBy != "li, wang" || c.Resolution != "paid back" {
		t.Errorf("%+v", c)
	}
	if _, err := Close(t, s, c.ID, "again", T0); !errors.Is(err, books.ErrConflict) {
		t.Errorf("closed twice: %v", err)
	}
	if _, err := Close(t, s, "none", "again", T0); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("no such case: %v", err)
	}
	all, err := s.Cases(t.Context(), books.Filter{})
	check(t, err)
	if len(all) != 5 || !all[0].Open || all[1].Open {
		t.Errorf("%d cases, open first: %+v", len(all), all)
	}
}
