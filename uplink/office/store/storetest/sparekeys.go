package storetest

import (
	"errors"
	"fmt"
	"testing"

	"wattkiosk/uplink/office/sparekeys"
	"wattkiosk/uplink/office/store"
)

// spareKeys: one for each journal, kept once; a lost key of head office's has them replaced;
// a kiosk cannot fill the books.
func spareKeys(t *testing.T, s *store.Store) {
	spare := func(kiosk, id, office, sealed string, at int64) sparekeys.Spare {
		return sparekeys.Spare{Kiosk: kiosk, ID: id, For: office, Sealed: sealed, At: at}
	}
	kept := func(kiosk, id, office string, want bool) {
		t.Helper()
		if got, err := s.Spares.Kept(t.Context(), kiosk, id, office); got != want || err != nil {
			t.Errorf("%s of %s for %s: kept %v, %v; want %v", id, kiosk, office, got, err, want)
		}
	}
	kept("10000001", "aa", "office", false)
	check(t, s.Spares.Keep(t.Context(), spare("10000001", "aa", "office", "\x00\xffone", 1)))
	check(t, s.Spares.Keep(t.Context(), spare("10000001", "aa", "office", "again", 2)))
	check(t, s.Spares.Keep(t.Context(), spare("10000001", "bb", "office", "two", 3)))
	check(t, s.Spares.Keep(t.Context(), spare("10000002", "aa", "office", "of another", 4)))
	kept("10000001", "aa", "office", true)
	kept("10000001", "aa", "lost", false)
	kept("10000002", "bb", "office", false)

	of := func(want ...sparekeys.Spare) {
		t.Helper()
		got, err := s.Spares.Of(t.Context(), "10000001")
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v, %v; want %v", got, err, want)
		}
	}
	of(spare("10000001", "bb", "office", "two", 3), spare("10000001", "aa", "office", "\x00\xffone", 1))
	check(t, s.Spares.Keep(t.Context(), spare("10000001", "aa", "next", "anew", 5)))
	of(spare("10000001", "aa", "next", "anew", 5), spare("10000001", "bb", "office", "two", 3))

	for n := 2; n < sparekeys.MaxOfKiosk; n++ {
		check(t, s.Spares.Keep(t.Context(), spare("10000001", fmt.Sprint("n", n), "next", "x", 6)))
	}
	if err := s.Spares.Keep(t.Context(), spare("10000001", "more", "next", "x", 7)); !errors.Is(err, sparekeys.ErrTooMany) {
		t.Errorf("one more: %v", err)
	}
	check(t, s.Spares.Keep(t.Context(), spare("10000001", "bb", "next", "anew", 8))) // one of them
	kept("10000001", "bb", "next", true)
}
