package cash_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/office/store/storetest"
)

// The night after the date of the world.
func (w *world) night() time.Time {
	return time.Date(2026, 11, 24, 3, 0, 0, 0, w.s.Settle.Zone())
}

func (w *world) clock() func() time.Time { return w.night }

// signed reports whether the date of the world is.
func (w *world) signed() bool {
	w.t.Helper()
	d, err := w.s.Settle.Detail(w.t.Context(), storetest.Day)
	w.ok(err)

	return d.Date.State == settle.Signed
}

// match brings the MIS's file of the date, in which payments may be missing, doubled or of
// another sum, and runs the date. A signed one takes no file.
func (w *world) match() {
	fate := rapid.SampledFrom([]string{"all there", "all there", "one missing", "one twice", "one less"}).Draw(w.r, "file")
	var posted []int
	for n, state := range w.state {
		if state == posting.Posted {
			posted = append(posted, n)
		}
	}
	slices.Sort(posted)
	if len(posted) == 0 {
		return
	}
	odd := rapid.SampledFrom(posted).Draw(w.r, "which")
	var file bytes.Buffer
	w.ok(form.Write104(&file, func(yield func(form.Line104) bool) {
		for _, n := range posted {
			p, err := w.s.Posting(w.t.Context(), w.serial(n))
			w.ok(err)
			sum, times := p.Amount, 1
			switch {
			case n != odd:
			case fate == "one missing":
				times = 0
			case fate == "one twice":
				times = 2
			case fate == "one less":
				sum -= 100
			}
			for range times {
				if !yield(form.Line104{
					Terminal: storetest.Kiosk, Serial: w.serial(n), Batch: "1", Class: "01", Date: "2026-11-23", Amount: sum, Mode: "010301", Settle: "01", Customer: "1000000001", Unit: "3340101",
				}) {
					return
				}
			}
		}
	}))
	was := w.signed()
	_, _, err := w.s.Settle.Import(w.t.Context(), settle.Incoming{Kind: settle.MIS, Day: storetest.Day, Name: "mis", By: "sun", Quiet: true}, bytes.NewReader(file.Bytes()), w.clock())
	if was {
		if !errors.Is(err, settle.ErrSigned) {
			w.r.Fatalf("a signed date took a file: %v", err)
		}

		return
	}
	w.ok(err)
	_, err = w.s.SaveReports(w.t.Context(), []fleet.Report{{Kiosk: storetest.Kiosk, Online: true, Live: true, Text: fmt.Sprintf(`{"v":1,"online":true,"head":%d}`, w.j.Head.Seq), At: w.night().Add(-time.Hour)}})
	w.ok(err)
	_, err = w.s.Settle.Run(w.t.Context(), storetest.Day, "office", w.clock())
	w.ok(err)
}

// sign has each break be somebody's, and signs the date if it is complete.
func (w *world) sign() {
	d, err := w.s.Settle.Detail(w.t.Context(), storetest.Day)
	w.ok(err)
	if d.Date.State == settle.Open || d.Date.State == settle.Incomplete || d.Date.State == settle.Signed {
		return
	}
	for _, b := range d.Breaks {
		if b.State == settle.BreakOpen {
			_, err := w.s.AssignCase(w.t.Context(), b.ID, books.Assignment{Owner: "sun", NextStep: "ask the MIS"}, "sun", w.night())
			if !errors.Is(err, books.ErrConflict) { // a person closed it, and the date is to be run again
				w.ok(err)
			}
		}
	}
	if _, err := w.s.Settle.Sign(w.t.Context(), storetest.Day, "sun", w.night()); !errors.Is(err, settle.ErrDue) && !errors.Is(err, settle.ErrUnhandled) {
		w.ok(err)
	}
}

// reopen has two people open a signed date again.
func (w *world) reopen() {
	if !w.signed() {
		return
	}
	p, err := w.s.Plans.Propose(w.t.Context(), approval.ReopenDate, approval.Ask{Object: storetest.Day, Reason: "the MIS sent another file", By: "sun"}, w.night())
	w.ok(err)
	_, err = w.s.Plans.Approve(w.t.Context(), p.ID, p.Hash, "qian", "agreed", w.night())
	w.ok(err)
}

// closeBreak has two people close the case of a break.
func (w *world) closeBreak() {
	d, err := w.s.Settle.Detail(w.t.Context(), storetest.Day)
	w.ok(err)
	i := slices.IndexFunc(d.Breaks, func(b settle.Break) bool { return b.State == settle.BreakOpen })
	if i < 0 || d.Date.State == settle.Signed {
		return
	}
	p, err := w.s.Plans.Propose(w.t.Context(), approval.CloseCase, approval.Ask{Object: d.Breaks[i].ID, Reason: "the MIS put it right", By: "sun"}, storetest.T0)
	if err != nil { // closed by a person before, or proposed already
		return
	}
	_, err = w.s.Plans.Approve(w.t.Context(), p.ID, p.Hash, "qian", "agreed", storetest.T0)
	w.ok(err)
}

// payOut has two people give back at the counter what is owed.
func (w *world) payOut() {
	cases, err := w.s.Cases(w.t.Context(), books.Filter{Open: true, Class: books.ClassOwed})
	w.ok(err)
	if len(cases) == 0 {
		return
	}
	ask := approval.Ask{Object: cases[0].ID, Args: "张三", Reason: "with the slip, at the counter", By: "sun"}
	p, err := w.s.Plans.Propose(w.t.Context(), approval.PayOut, ask, storetest.T0)
	if err != nil { // its kiosk may give it back itself
		return
	}
	_, err = w.s.Plans.Approve(w.t.Context(), p.ID, p.Hash, "qian", "agreed", storetest.T0)
	w.ok(err)
	if _, err := w.s.Plans.Propose(w.t.Context(), approval.PayOut, ask, storetest.T0); err == nil {
		w.r.Fatalf("%s was paid out, and may be again", cases[0].ID)
	}
}

// sealsHold that what was signed is as it was sealed, whatever came since.
func (w *world) sealsHold(step string) {
	w.t.Helper()
	_, wrong, err := w.s.Settle.Verify(w.t.Context())
	w.ok(err)
	if len(wrong) > 0 {
		w.r.Fatalf("after %s: %+v", step, wrong)
	}
}

// TestBooksBalanceThroughDates: payments, reversals, refunds, collections, breaks and their
// ends, signatures and openings in any order leave the trial balance 0 at every step, and
// what was signed as it was sealed. On rows in memory; a few sequences on SQLite.
func TestBooksBalanceThroughDates(t *testing.T) {
	const inMemory, onDisk = 40, 3
	runs := 0
	rapid.Check(t, func(r *rapid.T) {
		if runs++; runs <= inMemory {
			throughDates(t, r, memstore.New(books.Rules{}))
		}
	})
	runs = 0
	rapid.Check(t, func(r *rapid.T) {
		if runs++; runs > onDisk || testing.Short() {
			return
		}
		s, err := sqlite.Open(t.Context(), fmt.Sprintf("%s/%d.db", t.TempDir(), runs), books.Rules{})
		if err != nil {
			r.Fatal(err)
		}
		throughDates(t, r, s)
		if err := s.Close(); err != nil {
			r.Fatal(err)
		}
	})
}

func throughDates(t *testing.T, r *rapid.T, s *store.Store) {
	t.Helper()
	w := &world{
		t: t, r: r, s: s, j: storetest.NewJournal(storetest.Kiosk), cassette: map[money.Amount]int64{}, in: map[int]int{}, state: map[int]posting.State{},
		carried: map[int][]collection.Pile{}, vaulted: map[int]money.Amount{}, remitted: map[int]bool{}, deposits: map[string]money.Amount{},
	}
	_, err := w.s.Register(t.Context(), storetest.Kiosk, 0, storetest.T0)
	w.ok(err)
	storetest.Person(t, w.s, "chen", people.RoleCashier)
	storetest.Person(t, w.s, "sun", people.RoleAccountant)
	storetest.Person(t, w.s, "qian", people.RoleAccountant)
	steps := map[string]func(){
		"pay": w.pay, "reverse": w.reverse, "settle": w.settle, "pay out": w.payOut, "collect": w.collect, "receive": w.receive, "remit": w.remit, "deposit": w.deposit,
		"match": w.match, "sign": w.sign, "reopen": w.reopen, "close a break": w.closeBreak,
	}
	names := []string{"pay", "pay", "reverse", "settle", "pay out", "collect", "receive", "remit", "deposit", "match", "match", "match", "sign", "sign", "reopen", "close a break"}
	for range rapid.IntRange(1, 25).Draw(r, "steps") {
		name := rapid.SampledFrom(names).Draw(r, "step")
		steps[name]()
		w.holds(name)
		w.sealsHold(name)
	}
}
