package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/store"
)

// clockAt is a time of the clock on Day, or so many days later, in the zone of the books.
func clockAt(s *store.Store, days, hour, minute int) time.Time {
	return time.Date(2026, 11, 23+days, hour, minute, 0, 0, s.Settle.Zone())
}

// postAll brings the open postings of s to their end, as the MIS answers.
func postAll(t *testing.T, s *store.Store, now time.Time) {
	t.Helper()
	due, err := s.DuePostings(t.Context(), mis.MIS, now.Add(time.Hour), 500)
	check(t, err)
	for _, p := range due {
		step(t, s, step(t, s, p, posting.Event{Kind: call.Due, Now: p.NextAt}), posting.Event{Kind: call.Answered, Now: p.NextAt, Reply: mis.Reply{
			Op: mis.OpPost, Post: mis.PostResult{Outcome: mis.Done, Code: "1001", Amount: p.Amount, ToArrears: p.Amount, Reference: "M1"},
		}})
	}
}

// says is that a kiosk speaks for itself, and what it holds.
func says(t *testing.T, s *store.Store, head uint64, now time.Time) {
	t.Helper()
	_, err := s.SaveReports(t.Context(), []fleet.Report{{Kiosk: Kiosk, Online: true, Live: true, Text: fmt.Sprintf(`{"v":1,"online":true,"head":%d}`, head), At: now}})
	check(t, err)
}

// run is a run of a date as "state: class serial proposal, …; missing".
func run(t *testing.T, s *store.Store, day string, now time.Time) string {
	t.Helper()
	r, err := s.Settle.Run(t.Context(), day, "office", always(now))
	check(t, err)

	return found(r)
}

func found(r settle.Result) string {
	var said []string
	for _, b := range r.Breaks {
		serial := b.Serial
		if len(serial) == 20 {
			serial = "#" + strings.TrimLeft(serial[10:], "0")
		}
		said = append(said, fmt.Sprintf("%s %s %s", b.Class, serial, b.Proposal))
	}
	slices.Sort(said)
	out := string(r.Date.State)
	if len(said) > 0 {
		out += ": " + strings.Join(said, ", ")
	}
	if len(r.Date.Missing) > 0 {
		out += "; " + strings.Join(r.Date.Missing, ", ")
	}

	return out
}

// aDay is the journal of a kiosk with three payments at nine o'clock on Day, posted, and its
// word at one in the night after.
func aDay(t *testing.T, s *store.Store) *Journal {
	t.Helper()
	j := NewJournal(Kiosk)
	for n := range 3 {
		j.Pay(t, n+1, "1000000001", amounts(n)...)
	}
	_, err := s.Ingest(t.Context(), Kiosk, j.Recs, T0)
	check(t, err)
	postAll(t, s, T0)
	says(t, s, j.Head.Seq, clockAt(s, 1, 1, 0))

	return j
}

// amounts are notes that come to 100 yuan, and one yuan more for each n.
func amounts(n int) []int64 {
	out := []int64{10000}
	for range n {
		out = append(out, 100)
	}

	return out
}

var dayAmounts = []money.Amount{10000, 10100, 10200}

// reconciled: a day from its first run to its seal.
func reconciled(t *testing.T, s *store.Store) {
	two := clockAt(s, 1, 2, 0)
	aDay(t, s)
	if got := run(t, s, Day, clockAt(s, 0, 23, 0)); got != "incomplete; date: it is not over, book mis: no file" {
		t.Errorf("on the day itself: %s", got)
	}
	if got := run(t, s, Day, two); got != "incomplete; book mis: no file" {
		t.Errorf("without a file: %s", got)
	}
	takeIn(t, s, settle.MIS, "mis", Ledger104(t, Day, 1, dayAmounts[:2]...), two)
	if got := run(t, s, Day, two); got != "breaks: one-sided #3 repost" {
		t.Errorf("the MIS lacks one: %s", got)
	}
	if got := run(t, s, Day, two); got != "breaks: one-sided #3 repost" {
		t.Errorf("again: %s", got)
	}
	if got := classes(t, s); got != "break:102.00" {
		t.Errorf("cases %s", got)
	}
	if _, err := s.Settle.Sign(t.Context(), Day, "accountant", two); !errors.Is(err, settle.ErrUnhandled) {
		t.Errorf("signed with a break that is nobody's: %v", err)
	}

	takeIn(t, s, settle.MIS, "mis", Ledger104(t, Day, 1, dayAmounts...), two)
	if _, err := s.Settle.Sign(t.Context(), Day, "accountant", two); !errors.Is(err, settle.ErrDue) {
		t.Errorf("signed before the later file was looked at: %v", err)
	}
	if got := run(t, s, Day, two); got != "balanced" {
		t.Errorf("with all: %s", got)
	}
	d, err := s.Settle.Detail(t.Context(), Day)
	check(t, err)
	mis := settle.Figures{Name: "mis", Count: 3, Sum: 30300, SHA256: d.Files[0].SHA256}
	if len(d.Date.Books) != 2 || d.Date.Books[0].Name != "kiosk" || d.Date.Books[0].Count != 3 || d.Date.Books[0].Sum != 30300 || d.Date.Books[1] != mis || d.Date.Run != 5 {
		t.Errorf("%+v", d.Date)
	}
	if len(d.Breaks) != 1 || d.Breaks[0].State != settle.BreakAgreed || d.Breaks[0].Resolution != "agreed at run 5" || d.Breaks[0].FirstRun != 3 {
		t.Errorf("%+v", d.Breaks)
	}
	if got := classes(t, s); got != "" {
		t.Errorf("cases %s", got)
	}

	sealed, err := s.Settle.Sign(t.Context(), Day, "accountant", two)
	check(t, err)
	if sealed.State != settle.Signed || len(sealed.Seal) != 64 || sealed.SignedBy != "accountant" {
		t.Errorf("%+v", sealed)
	}
	if _, _, err := s.Settle.Import(t.Context(), settle.Incoming{Kind: settle.MIS, Day: Day, Name: "late", By: "accountant"}, Ledger104(t, Day, 1, 5), always(two)); !errors.Is(err, settle.ErrSigned) {
		t.Errorf("a file for a signed date: %v", err)
	}
	if got := run(t, s, Day, two); got != "signed" {
		t.Errorf("a run of a signed date: %s", got)
	}
	if _, err := s.Settle.Sign(t.Context(), Day, "other", two); !errors.Is(err, settle.ErrSigned) {
		t.Errorf("signed twice: %v", err)
	}
	if n, wrong, err := s.Settle.Verify(t.Context()); n != 1 || len(wrong) != 0 || err != nil {
		t.Errorf("%d, %v, %v", n, wrong, err)
	}
}

// late: a date is not complete before its kiosks have said all of it, and a later file opens
// it again.
func late(t *testing.T, s *store.Store) {
	three := clockAt(s, 1, 3, 0)
	j := aDay(t, s)
	takeIn(t, s, settle.MIS, "mis", Ledger104(t, Day, 1, append(dayAmounts, 5000)...), three)
	for _, c := range []struct {
		name string
		head uint64
		at   time.Time
		want string
	}{
		{"heard on the day only", j.Head.Seq, clockAt(s, 0, 23, 59), "not heard since the end of the date"},
		{"has more", j.Head.Seq + 4, clockAt(s, 1, 0, 1), "4 records are on their way"},
	} {
		says(t, s, c.head, c.at)
		_, err := s.SaveReports(t.Context(), []fleet.Report{{Kiosk: Kiosk, Live: true, Text: `{"v":1,"online":false}`, At: clockAt(s, 1, 1, 0)}}) // a last will
		check(t, err)
		if got := run(t, s, Day, three); got != "incomplete: one-sided #4 ask-kiosk; kiosk "+Kiosk+": "+c.want {
			t.Errorf("%s: %s", c.name, got)
		}
		if got := classes(t, s); got != "" {
			t.Errorf("%s: it is a matter for somebody already: %s", c.name, got)
		}
	}

	j.Pay(t, 4, "1000000001", 5000)
	_, err := s.Ingest(t.Context(), Kiosk, j.Recs, T0)
	check(t, err)
	postAll(t, s, T0)
	due, err := s.Settle.DueDays(t.Context(), clockAt(s, 1, 3, 10), 5)
	if err != nil || len(due) != 1 || due[0] != Day {
		t.Errorf("due %v, %v", due, err)
	}
	if got := run(t, s, Day, clockAt(s, 1, 3, 10)); got != "balanced" {
		t.Errorf("when all came: %s", got)
	}
	if due, err := s.Settle.DueDays(t.Context(), clockAt(s, 9, 0, 0), 5); err != nil || len(due) != 0 {
		t.Errorf("due %v, %v", due, err)
	}

	takeIn(t, s, settle.MIS, "mis2", Ledger104(t, Day, 1, dayAmounts...), clockAt(s, 1, 9, 0))
	if due, err := s.Settle.DueDays(t.Context(), clockAt(s, 1, 9, 0), 5); err != nil || len(due) != 1 {
		t.Errorf("due after a later file: %v, %v", due, err)
	}
	if got := run(t, s, Day, clockAt(s, 1, 9, 0)); got != "breaks: one-sided #4 repost" {
		t.Errorf("after a later file: %s", got)
	}
}

// straddling: what the MIS has on the next date is a break until that date was run.
func straddling(t *testing.T, s *store.Store) {
	aDay(t, s)
	two := clockAt(s, 1, 2, 0)
	next := "20261124"
	takeIn(t, s, settle.MIS, "mis", Ledger104(t, Day, 1, dayAmounts[:2]...), two)
	if got := run(t, s, Day, two); got != "breaks: one-sided #3 repost" {
		t.Errorf("the MIS lacks one: %s", got)
	}
	_, _, err := s.Settle.Import(t.Context(), settle.Incoming{Kind: settle.MIS, Day: next, Name: "next", By: "office"}, Ledger104(t, next, 3, dayAmounts[2]), always(two))
	check(t, err)
	if got := run(t, s, Day, two); got != "breaks: straddle #3 wait" {
		t.Errorf("with the file of the next date: %s", got)
	}
	says(t, s, 12, clockAt(s, 2, 1, 0))
	if got := run(t, s, next, clockAt(s, 2, 2, 0)); got != "balanced" {
		t.Errorf("the next date: %s", got)
	}
	d, err := s.Settle.Detail(t.Context(), Day)
	check(t, err)
	if d.Date.State != settle.Balanced || d.Date.Breaks != 0 || classes(t, s) != "" {
		t.Errorf("%+v, cases %s", d.Date, classes(t, s))
	}
	if got := run(t, s, Day, clockAt(s, 2, 3, 0)); got != "balanced" {
		t.Errorf("again: %s", got)
	}
}

// likeOfAnother: what the MIS has of the same account and sum under a serial that is nobody's,
// on the date or on the next one, keeps a payment that it lacks from being posted again.
func likeOfAnother(t *testing.T, s *store.Store) {
	aDay(t, s)
	two := clockAt(s, 1, 2, 0)
	next := "20261124"
	takeIn(t, s, settle.MIS, "mis", Ledger104(t, Day, 1, dayAmounts[:2]...), two)
	_, _, err := s.Settle.Import(t.Context(), settle.Incoming{Kind: settle.MIS, Day: next, Name: "next", By: "office"}, Ledger104(t, next, 77, dayAmounts[2]), always(two))
	check(t, err)
	if got := run(t, s, Day, two); got != "breaks: one-sided #3 person" {
		t.Errorf("its like is on the next date: %s", got)
	}
	_, _, err = s.Settle.Import(t.Context(), settle.Incoming{Kind: settle.MIS, Day: next, Name: "next", By: "office"}, Ledger104(t, next, 78, dayAmounts[2]+1), always(two))
	check(t, err)
	if got := run(t, s, Day, two); got != "breaks: one-sided #3 repost" {
		t.Errorf("another sum is on the next date: %s", got)
	}

	three := slices.Concat(content(t, Ledger104(t, Day, 1, dayAmounts[:2]...)), content(t, Ledger104(t, Day, 77, dayAmounts[2])))
	takeIn(t, s, settle.MIS, "mis", bytes.NewReader(three), two)
	if got := run(t, s, Day, two); got != "breaks: one-sided #3 person, one-sided #77 ask-kiosk" {
		t.Errorf("its like is on the same date: %s", got)
	}
}

func content(t *testing.T, r io.Reader) []byte {
	t.Helper()
	b, err := io.ReadAll(r)
	check(t, err)

	return b
}

// runAtTwoClocks: a run is not taken over by a head office whose clock is behind, or who asked
// its clock before it waited for the row.
func runAtTwoClocks(t *testing.T, s *store.Store) {
	aDay(t, s)
	two := clockAt(s, 1, 2, 0)
	takeIn(t, s, settle.MIS, "mis", Ledger104(t, Day, 1, dayAmounts...), two)
	var meanwhile error
	asked := 0
	clock := func() time.Time {
		if asked++; asked == 3 { // claimed, and at work
			_, meanwhile = s.Settle.Run(t.Context(), Day, "another", always(two.Add(-time.Second)))
		}

		return two
	}
	r, err := s.Settle.Run(t.Context(), Day, "one", clock)
	check(t, err)
	if asked < 3 || !errors.Is(meanwhile, settle.ErrBusy) || r.Date.Run != 1 {
		t.Errorf("the other run: %v; this one is number %d, and asked the clock %d times", meanwhile, r.Date.Run, asked)
	}
}

// runRace: of runs at the same time one is at work; there is one truth in the end.
func runRace(t *testing.T, s *store.Store) {
	aDay(t, s)
	two := clockAt(s, 1, 2, 0)
	takeIn(t, s, settle.MIS, "mis", Ledger104(t, Day, 1, dayAmounts[:1]...), two)
	var all sync.WaitGroup
	errs := make(chan error, 8)
	for i := range 8 {
		all.Go(func() {
			for {
				r, err := s.Settle.Run(context.WithoutCancel(t.Context()), Day, fmt.Sprint("office", i), always(two))
				if errors.Is(err, settle.ErrBusy) {
					continue
				}
				if err == nil && found(r) != "breaks: one-sided #2 repost, one-sided #3 repost" {
					err = errors.New(found(r))
				}
				errs <- err
				return
			}
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		check(t, err)
	}
	d, err := s.Settle.Detail(t.Context(), Day)
	check(t, err)
	if d.Date.Run != 8 || len(d.Breaks) != 2 || d.Breaks[0].FirstRun != 1 || d.Breaks[0].Run != 8 {
		t.Errorf("%+v, %+v", d.Date, d.Breaks)
	}
	cases, err := s.Cases(t.Context(), books.Filter{})
	if err != nil || len(cases) != 2 {
		t.Errorf("%d cases, %v", len(cases), err)
	}
}

// unsigned wants these dates among those that are to be signed, in that order.
func unsigned(t *testing.T, s *store.Store, limit int, want string) {
	t.Helper()
	dates, err := s.Settle.Unsigned(t.Context(), limit)
	check(t, err)
	var days []string
	for _, d := range dates {
		days = append(days, d.Day)
	}
	if got := strings.Join(days, " "); got != want {
		t.Errorf("unsigned %q, want %q", got, want)
	}
}

// signing: dates are signed in their order, with what is open in somebody's hands; what is
// sealed cannot be changed unseen, and is opened again from the last one on.
func signing(t *testing.T, s *store.Store) {
	aDay(t, s)
	two := clockAt(s, 1, 2, 0)
	takeIn(t, s, settle.MIS, "mis", Ledger104(t, Day, 1, dayAmounts[:2]...), two)
	run(t, s, Day, two)
	next := "20261124"
	says(t, s, 12, clockAt(s, 2, 1, 0))
	if got := run(t, s, next, clockAt(s, 2, 2, 0)); got != "incomplete; book mis: no file" {
		t.Errorf("the next date without a file: %s", got)
	}
	quiet := settle.Incoming{Kind: settle.MIS, Day: next, Name: "nothing", By: "office", Quiet: true}
	_, _, err := s.Settle.Import(t.Context(), quiet, bytes.NewReader(nil), always(clockAt(s, 2, 2, 0)))
	check(t, err)
	if got := run(t, s, next, clockAt(s, 2, 2, 0)); got != "balanced" {
		t.Errorf("the next date: %s", got)
	}
	if _, err := s.Settle.Sign(t.Context(), next, "accountant", two); !errors.Is(err, settle.ErrBefore) {
		t.Errorf("signed before the date before: %v", err)
	}

	unsigned(t, s, 10, Day+" "+next)
	unsigned(t, s, 1, Day)

	open, err := s.Settle.Breaks(t.Context(), Day, "", 10)
	check(t, err)
	check(t, s.PutUser(t.Context(), people.User{Name: "li", Hash: "h", Role: people.RoleOperator}, "test", T0))
	_, err = s.AssignCase(t.Context(), open[0].ID, books.Assignment{Owner: "li", NextStep: "ask the MIS"}, "accountant", two)
	check(t, err)
	first, err := s.Settle.Sign(t.Context(), Day, "accountant", two)
	check(t, err)
	if !strings.Contains(first.Sealed, `"carried":[{"id":"`+open[0].ID+`","owner":"li","next":"ask the MIS"}]`) {
		t.Errorf("sealed %s", first.Sealed)
	}
	unsigned(t, s, 10, next)
	second, err := s.Settle.Sign(t.Context(), next, "accountant", two)
	check(t, err)
	unsigned(t, s, 10, "")
	if !strings.Contains(second.Sealed, `"before":"`+first.Seal+`"`) {
		t.Errorf("sealed %s", second.Sealed)
	}
	if n, wrong, err := s.Settle.Verify(t.Context()); n != 2 || len(wrong) != 0 || err != nil {
		t.Errorf("%d, %v, %v", n, wrong, err)
	}
}

// closedBreak: a break that people settled stays so while the books say the same, and is open
// again once one of them has another sum.
func closedBreak(t *testing.T, s *store.Store) {
	two := clockAt(s, 1, 2, 0)
	aDay(t, s)
	takeIn(t, s, settle.MIS, "first", Ledger104(t, Day, 1, 10000, 10100, 10100), two)
	if got := run(t, s, Day, two) + "; " + classes(t, s); got != "breaks: amount #3 person; break:1.00" {
		t.Fatal(got)
	}
	cases, err := s.Cases(t.Context(), books.Filter{Open: true})
	check(t, err)
	check(t, Two(t, s, approval.CloseCase, cases[0].ID, "one yuan, paid in", two))
	for range 2 {
		if got := run(t, s, Day, two) + "; " + classes(t, s); got != "balanced; " {
			t.Errorf("after people settled it: %s", got)
		}
	}
	takeIn(t, s, settle.MIS, "second", Ledger104(t, Day, 1, 10000, 10100, 200), two)
	for range 2 {
		if got := run(t, s, Day, two) + "; " + classes(t, s); got != "breaks: amount #3 person; break:100.00" {
			t.Errorf("with another sum: %s", got)
		}
	}
	takeIn(t, s, settle.MIS, "first", Ledger104(t, Day, 1, 10000, 10100, 10100), two)
	if got := run(t, s, Day, two) + "; " + classes(t, s); got != "breaks: amount #3 person; break:1.00" {
		t.Errorf("with the first sum again: %s", got)
	}
}
