package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
)

// evidenceOf is what a case was told that became known after people closed it.
func evidenceOf(t *testing.T, s *store.Store, id string) []string {
	t.Helper()
	d, err := s.CaseDetail(t.Context(), id)
	check(t, err)
	var out []string
	for _, e := range d.Events {
		if e.What == books.CaseEvidence {
			out = append(out, e.By+": "+e.Text)
		}
	}

	return out
}

// refusedIsOneCase: an order that is held while its payment is a case already, as nobody had
// ordered it in time, is owed by one case when two people refuse it, and by none more when the
// order comes again.
func refusedIsOneCase(t *testing.T, s *store.Store) {
	staffed(t, s)
	Person(t, s, "root", "admin")
	approved(t, s, approval.SetBounds, Kiosk, "max-card=50", T0)
	sold(t, s, 1, 101)
	check(t, s.Bank.Watch(t.Context(), 10, T0.Add(bank.OpenAfter)))
	if _, err := s.EnsurePosting(t.Context(), byCard(1), T0); !errors.Is(err, books.ErrHeld) || classes(t, s) != "held:86.40 unbooked:86.40" && classes(t, s) != "unbooked:86.40 held:86.40" {
		t.Fatalf("more than a card may pay: %v, cases %q", err, classes(t, s))
	}
	check(t, twoAsk(t, s, approval.RefuseOrder, caseOf(t, s, 1, books.ClassHeld).ID, ""))
	for range 2 {
		if got := classes(t, s); got != "owed:86.40" {
			t.Errorf("refused: cases %q", got)
		}
		_, err := s.EnsurePosting(t.Context(), byCard(1), T0)
		check(t, err)
	}
	if c := caseOf(t, s, 1, books.ClassUnbooked); c.Open || c.ClosedBy != books.ClosedByOffice || c.Resolution != "its order was refused" {
		t.Errorf("unbooked %+v", c)
	}
}

// foundAfterPayout: a note that turns up in the cassette after a counter paid for it is no case
// more, and asks nobody.
func foundAfterPayout(t *testing.T, s *store.Store) {
	staffed(t, s)
	serial := Serial(Kiosk, 1)
	j := NewJournal(Kiosk).Add(t, "opened", serial, object{"account": "1000000001", "tender": "cash", "limit": 100000, "opened_at": 1})
	for i := range 2 {
		j.Add(t, "note-accepted", serial, object{"note": i, "value": 5000}).Add(t, "note-unresolved", serial, object{"note": i, "value": 5000, "evidence": "jam"})
	}
	ingest(t, s, j.Recs)
	var ids []string
	for i, went := range []books.Went{books.PaidOut, books.Kept} {
		ids = append(ids, fmt.Sprintf("%s-%s-%s-%d", books.ClassNote, Kiosk, serial, i))
		check(t, twoAsk(t, s, approval.CloseCase, ids[i], string(went)))
	}

	for i := range ids {
		j.Add(t, "note-stacked", serial, object{"note": i, "value": 5000, "evidence": "stacked-late"})
	}
	ingest(t, s, j.Recs)
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
	for _, id := range ids {
		if got := evidenceOf(t, s, id); !slices.Equal(got, []string{"office: the note is in the cassette after all: stacked-late"}) {
			t.Errorf("%s was told %q", id, got)
		}
	}
}

// lateAnswersAreOneCase: a system that says late, and in more words than one, that it has what
// the books have as owed, is one case; so it stays once a person has closed that.
func lateAnswersAreOneCase(t *testing.T, s *store.Store) {
	p, err := s.EnsurePosting(t.Context(), order(1), T0)
	check(t, err)
	p.State, p.Reason = posting.Owed, "the MIS refused the posting"
	p, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "asked", By: "one"}, T0)
	check(t, err)
	for i, said := range []string{"1001", "1001 成功", "1001 成功"} {
		p.Evidence = string(call.LateDone) + " " + said
		p, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "posted late", By: "one", Evidence: true}, T0.Add(time.Duration(i)*time.Minute))
		check(t, err)
		if i == 0 {
			_, err := Close(t, s, caseOf(t, s, 1, books.ClassOwed).ID, "refunded", T0)
			check(t, err)
		}
		if got := classes(t, s); got != "evidence:130.00" {
			t.Errorf("answer %d: cases %q", i, got)
		}
	}
	c := caseOf(t, s, 1, books.ClassEvidence)
	want := []string{"office: the MIS reported late that the payment is booked (1001 成功)"}
	if got := evidenceOf(t, s, c.ID); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	_, err = Close(t, s, c.ID, "known", T0.Add(time.Hour))
	check(t, err)
	_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "posted late", By: "one", Evidence: true}, T0.Add(2*time.Hour))
	check(t, err)
	if got := classes(t, s); got != "" {
		t.Errorf("known already: cases %q", got)
	}
}
