package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// followed reads all journals, and holds that it was this many records; once more none.
func followed(t *testing.T, s *store.Store, want int) {
	t.Helper()
	for _, n := range []int{want, 0} {
		got, err := s.Cash.Follow(t.Context(), T0)
		check(t, err)
		if got != n {
			t.Errorf("%d records were followed, want %d", got, n)
		}
	}
}

// inside is the cassette of the kiosk in words.
func inside(t *testing.T, s *store.Store) string {
	t.Helper()
	p, err := s.Cash.Position(t.Context(), Kiosk)
	check(t, err)
	words := []string{pilesIn(p.Account.Piles), fmt.Sprintf("= %s in %d notes", p.Sum(), p.Notes())}
	if p.Account.Doubts > 0 {
		words = append(words, fmt.Sprintf("and %d in doubt of %s", p.Account.Doubts, p.Account.Doubt))
	}
	return strings.Join(words, " ")
}

func pilesIn(piles []collection.Pile) string {
	words := make([]string, len(piles))
	for i, p := range piles {
		words[i] = fmt.Sprintf("%s×%d", p.Value, p.Notes)
	}
	return strings.Join(words, ", ")
}

// proven holds that the notes are where the books say.
func proven(t *testing.T, s *store.Store) {
	t.Helper()
	proofs, exact, err := s.Cash.Check(t.Context())
	check(t, err)
	if !exact {
		t.Error("records wait")
	}
	for _, p := range proofs {
		if len(p.Faults) > 0 {
			t.Errorf("%+v", p)
		}
	}
}

// cashInside: a position is what the records say, note by note, however they come.
func cashInside(t *testing.T, s *store.Store) {
	followed(t, s, 0)
	if _, err := s.Cash.Position(t.Context(), Kiosk); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("a position of which nothing was read: %v", err)
	}
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000, 2000, 10000)
	ingest(t, s, j.Recs[:3])
	followed(t, s, 3)
	if got := inside(t, s); got != "100.00×1 = 100.00 in 1 notes" {
		t.Error(got)
	}
	ingest(t, s, j.Recs)
	followed(t, s, len(j.Recs)-3)
	if got := inside(t, s); got != "100.00×2, 20.00×1 = 220.00 in 3 notes" {
		t.Error(got)
	}

	// A note in doubt, and three without an order: one inside, one of unknown value, one nobody knows where.
	b, had := Serial(Kiosk, 2), len(j.Recs)
	j.Add(t, "opened", b, object{"account": "1", "tender": "cash", "limit": 100000, "opened_at": 5})
	j.Add(t, "note-accepted", b, object{"note": 0, "value": 5000}).Add(t, "note-unresolved", b, object{"note": 0, "value": 5000, "evidence": "no-report-in-time"})
	j.Add(t, "stray-note", "", object{"value": 1000, "evidence": "stacked"}).Add(t, "stray-note", "", object{"value": 0, "evidence": "stacked"})
	j.Add(t, "stray-note", "", object{"value": 500, "evidence": "lost"})
	ingest(t, s, j.Recs)
	followed(t, s, len(j.Recs)-had)
	if got := inside(t, s); got != "100.00×2, 20.00×1, 10.00×1 = 230.00 in 5 notes and 2 in doubt of 55.00" {
		t.Error(got)
	}
	had = len(j.Recs)
	j.Add(t, "note-stacked", b, object{"note": 0, "value": 5000, "inferred": true, "evidence": "found"})
	ingest(t, s, j.Recs)
	followed(t, s, len(j.Recs)-had)
	if got := inside(t, s); got != "100.00×2, 50.00×1, 20.00×1, 10.00×1 = 280.00 in 6 notes and 1 in doubt of 5.00" {
		t.Error(got)
	}
	_, err := s.Accounts.Post(t.Context(), T0)
	check(t, err)
	proven(t, s)

	p, err := s.Cash.SetCapacity(t.Context(), Kiosk, 12, "li", T0)
	check(t, err)
	if fill, known := p.Fill(); fill != 50 || !known {
		t.Errorf("fill %d, %v", fill, known)
	}
	if _, err := s.Cash.SetCapacity(t.Context(), Kiosk, -1, "li", T0); !errors.Is(err, cash.ErrInput) {
		t.Errorf("a capacity below 0: %v", err)
	}
	if _, err := s.Cash.SetCapacity(t.Context(), "10000099", 5, "li", T0); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("the capacity of a kiosk that is not enrolled: %v", err)
	}
	days, err := s.Cash.Forecasts(t.Context(), []cash.Position{p}, T0)
	if err != nil || len(days) != 0 {
		t.Errorf("a forecast by one day: %v, %v", days, err)
	}
}

// cashNotes: which notes of a denomination went into a cassette, with payment and time.
func cashNotes(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000, 2000, 10000)
	j.Trust = record.Untrusted
	j.Pay(t, 2, "1000000002", 10000)
	ingest(t, s, j.Recs)
	all, err := s.Cash.Notes(t.Context(), Kiosk, cash.Point{}, cash.Point{Seq: 11}, 10000)
	check(t, err)
	var got []string
	for _, n := range all {
		got = append(got, fmt.Sprintf("%d: note %d of %s at %d", n.Seq, n.Note, n.Serial, n.At-T0.UnixMilli()))
	}
	want := "3: note 0 of 10000001000000000001 at 2000; 7: note 2 of 10000001000000000001 at 6000; 11: note 0 of 10000001000000000002 at 10000"
	if strings.Join(got, "; ") != want || all[0].ClockLost || !all[2].ClockLost {
		t.Errorf("%s\nwant %s, %+v", strings.Join(got, "; "), want, all)
	}
	for _, c := range []struct {
		after, upTo uint64
		value       int64
		want        int
	}{{3, 11, 10000, 2}, {3, 10, 10000, 1}, {0, 11, 0, 4}, {0, 2, 0, 0}, {0, 11, 5000, 0}} {
		some, err := s.Cash.Notes(t.Context(), Kiosk, cash.Point{Seq: c.after}, cash.Point{Seq: c.upTo}, money.Amount(c.value))
		if err != nil || len(some) != c.want {
			t.Errorf("%+v: %d notes, %v", c, len(some), err)
		}
	}
	if _, err := s.Cash.NotesOf(t.Context(), Serial(Kiosk, 9), 0); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("of a collection that there is not: %v", err)
	}
}
