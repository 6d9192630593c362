package storetest

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/settle/source"
	"wattkiosk/uplink/office/store"
)

// shelf is a source that has one file, or none.
type shelf struct{ file []byte }

func (*shelf) Kind() form.Kind { return form.Ledger104 }

func (s *shelf) Open(context.Context, string) (string, io.ReadCloser, error) {
	if s.file == nil {
		return "", nil, source.ErrNotYet
	}

	return "mis.txt", io.NopCloser(bytes.NewReader(s.file)), nil
}

// renewed: a file that takes the place of one that stands, and is refused, is a case until one
// comes that is not; the date goes by the earlier one meanwhile, and how old its breaks are is
// counted.
func renewed(t *testing.T, s *store.Store) {
	aDay(t, s)
	two := clockAt(s, 1, 2, 0)
	from := &shelf{}
	clerk := settle.Clerk{
		Room: s.Settle, Owner: "office", Sources: []settle.Source{{Book: settle.MIS, Source: from}}, Clock: always(two), Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler),
	}
	good := content(t, Ledger104(t, Day, 1, dayAmounts[:2]...))
	for _, c := range []struct {
		file           []byte
		state, refused string
	}{
		{nil, "incomplete; book mis: the other side has no file of it yet", ""},
		{good[:100], "incomplete; book mis: its file is refused: mis.txt, line 1: the last line has no end: the file was cut off", ""},
		{good, "breaks: one-sided #3 repost", ""},
		{good[:100], "breaks: one-sided #3 repost", "book mis of 20261123: its file is refused: mis.txt, line 1: the last line has no end: the file was cut off"},
		{nil, "breaks: one-sided #3 repost", "book mis of 20261123: its file is refused: mis.txt, line 1: the last line has no end: the file was cut off"},
		{good, "breaks: one-sided #3 repost", ""},
		{content(t, Ledger104(t, Day, 1, dayAmounts...)), "balanced", ""},
	} {
		from.file = c.file
		r, err := clerk.Reconcile(t.Context(), Day)
		check(t, err)
		if got := found(r); got != c.state {
			t.Errorf("%d bytes: %s, want %s", len(c.file), got, c.state)
		}
		named, err := s.CasesNamed(t.Context(), []string{settle.RefusedCase(Day, settle.MIS), "no such"})
		check(t, err)
		if of := named[settle.RefusedCase(Day, settle.MIS)]; of.Open != (c.refused != "") || of.Open && of.Text != c.refused {
			t.Errorf("%d bytes: %+v", len(c.file), of)
		}
	}

	takeIn(t, s, settle.MIS, "mis", bytes.NewReader(good), two)
	run(t, s, Day, two)
	for _, c := range []struct {
		after time.Duration
		place int
	}{{23 * time.Hour, 0}, {24 * time.Hour, 1}, {72 * time.Hour, 2}, {7 * 24 * time.Hour, 3}, {31 * 24 * time.Hour, 4}} {
		ages, err := s.Settle.Ages(t.Context(), two.Add(c.after))
		check(t, err)
		for i, a := range ages.Since {
			if want := i == c.place; (a.Breaks == 1) != want || (a.Amount == dayAmounts[2]) != want {
				t.Errorf("after %v: %+v", c.after, ages)
			}
		}
	}
}
