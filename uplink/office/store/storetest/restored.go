package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
)

// restoredBooks: books out of a backup do not know that a sale was handed out and written
// since. They take none back before each kiosk has told the end of its journal, and then
// they know.
func restoredBooks(t *testing.T, s *store.Store) {
	j, p := bought(t, s)
	ingestOf(t, s, j)
	visiting(t, s) // the other kiosk is enrolled
	check(t, s.Restored(t.Context(), "root", "pg_restore", T0))
	refused := func(when string, missing int) {
		t.Helper()
		if _, err := Act(t, s, p.Serial, posting.Reverse, T0); !errors.Is(err, books.ErrUnreported) || !errors.Is(err, posting.ErrAction) {
			t.Errorf("%s: %v", when, err)
		}
		if m, err := s.Unreported(t.Context()); err != nil || len(m) != missing {
			t.Errorf("%s: %+v are missing, %v", when, m, err)
		}
	}
	refused("at first", 2)
	have := j.Head.Seq
	j.begins(t, p.Serial, 1).ends(t, p.Serial, 1, metercard.Written) // which the books before had
	check(t, s.CaughtUp(t.Context(), Kiosk, j.Head.Seq, T0))
	check(t, s.CaughtUp(t.Context(), OtherKiosk, 0, T0))
	refused("while the kiosk that sold has not reported", 1)
	if m, err := s.Unreported(t.Context()); err != nil || m[0].Kiosk != Kiosk || m[0].RestoredAt != T0.UnixMilli() || m[0].Head.Seq != have {
		t.Errorf("%+v, %v", m, err)
	}

	ingestOf(t, s, j)
	check(t, s.CaughtUp(t.Context(), Kiosk, j.Head.Seq, T0))
	if m, err := s.Unreported(t.Context()); err != nil || len(m) != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := Act(t, s, p.Serial, posting.Reverse, T0); !errors.Is(err, posting.ErrAction) || errors.Is(err, books.ErrUnreported) {
		t.Errorf("taken back though it is written: %v", err)
	}
}

// restoredWithoutOne: a kiosk that is gone for good is not waited for, once a person says so.
func restoredWithoutOne(t *testing.T, s *store.Store) {
	_, p := bought(t, s)
	check(t, s.Restored(t.Context(), "root", "a copy of the disk", T0))
	if err := s.GiveUp(t.Context(), "10000009", "root", "burnt", T0); !errors.Is(err, books.ErrUnknown) {
		t.Errorf("a kiosk that nobody knows: %v", err)
	}
	check(t, s.GiveUp(t.Context(), Kiosk, "root", "burnt", T0))
	if err := s.GiveUp(t.Context(), Kiosk, "root", "burnt", T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("again: %v", err)
	}
	log, err := s.AuditLog(t.Context(), 9)
	check(t, err)
	_, err = Act(t, s, p.Serial, posting.Reverse, T0)
	check(t, err)
	var acts []string
	for _, a := range log {
		acts = append(acts, a.User+" "+a.Action+" "+a.Object+": "+a.Reason)
	}
	if got := strings.Join(acts, ", "); got != "root give kiosk up 10000001: burnt, root books are out of a backup : a copy of the disk" {
		t.Error(got)
	}
}

// restoredAndAsking: the machine does not take back either what it cannot learn of: it asks
// on, and takes it back once every kiosk has reported.
func restoredAndAsking(t *testing.T, s *store.Store) {
	_, err := s.Register(t.Context(), Kiosk, 0, T0)
	check(t, err)
	p, err := s.EnsurePosting(t.Context(), purchase(1), T0)
	check(t, err)
	check(t, s.Restored(t.Context(), "root", "pg_restore", T0))
	now := T0
	next := func(r mis.Reply) {
		t.Helper()
		if p.NextAt.After(now) {
			now = p.NextAt
		}
		p = step(t, s, step(t, s, p, posting.Event{Kind: call.Due, Now: now}), posting.Event{Kind: call.Answered, Now: now, Reply: r})
	}
	useless := mis.Reply{Op: mis.OpAsk, Post: mis.PostResult{Code: "9"}}
	next(mis.Reply{Op: mis.OpPost})
	for range 100 { // far more than would wear it out
		if next(useless); p.State != posting.Asking {
			t.Fatalf("%s with kiosks that have not reported", posting.Word(p.State))
		}
	}
	check(t, s.CaughtUp(t.Context(), Kiosk, 0, now))
	for range 100 {
		if p.State == posting.Asking {
			next(useless)
		}
	}
	if p.State != posting.Reversing {
		t.Errorf("%s once they have", posting.Word(p.State))
	}
}

// restoredByAGap: a kiosk that goes on behind what the books hold was told by other books
// that they have what is missing.
func restoredByAGap(t *testing.T, s *store.Store) {
	_, p := bought(t, s)
	visiting(t, s) // the other kiosk is enrolled
	j := NewJournal(OtherKiosk).Pay(t, 1, "1000000001", 10000)
	if _, err := s.Ingest(t.Context(), OtherKiosk, j.Recs[2:], T0.Add(time.Minute)); !errors.Is(err, books.ErrGap) {
		t.Fatal(err)
	}
	if _, err := Act(t, s, p.Serial, posting.Reverse, T0); !errors.Is(err, books.ErrUnreported) {
		t.Errorf("taken back: %v", err)
	}
	ingestOf(t, s, j)
	check(t, s.CaughtUp(t.Context(), OtherKiosk, j.Head.Seq, T0))
	check(t, s.CaughtUp(t.Context(), Kiosk, 0, T0))
	_, err := Act(t, s, p.Serial, posting.Reverse, T0)
	check(t, err)
}
