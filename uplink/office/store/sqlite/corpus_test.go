package sqlite_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wattkiosk/payments/posting"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/office/store/storetest"
)

// TestBooksOfTheFirstRelease: books that commit 7b65184 wrote open, are folded from
// their records, and go on. What the first release said of a note in doubt, "cancelled",
// is put right; all else says the same.
func TestBooksOfTheFirstRelease(t *testing.T) {
	file := unpack(t, "testdata/books-7b65184.db.gz")
	for range 2 { // the second time there is nothing to migrate
		s, err := sqlite.Open(t.Context(), file, books.Rules{})
		if err != nil {
			t.Fatal(err)
		}
		firstRelease(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}

	s, err := sqlite.Open(t.Context(), file, books.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	k, err := s.Kiosk(t.Context(), storetest.Kiosk)
	if err != nil {
		t.Fatal(err)
	}
	j := &storetest.Journal{Kiosk: k.ID, Head: k.Head, Trust: record.Synchronised}
	serial := storetest.Serial(k.ID, 6) // still open in the old books, closed now
	j.Add(t, "cash-closed", serial, map[string]any{"total": 10000, "account": "1000000006", "tender": "cash", "closed_at": 7, "reason": "customer"})
	if head, err := s.Ingest(t.Context(), k.ID, j.Recs, storetest.T0); err != nil || head.Head != j.Head {
		t.Errorf("the journal goes on to %d, %v", head.Seq, err)
	}
	if d, err := s.Detail(t.Context(), serial); err != nil || d.Transaction.Status != "posting" || d.Posting == nil || d.Posting.Amount != 10000 {
		t.Errorf("%+v, %v", d.Transaction, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func firstRelease(t *testing.T, s *store.Store) {
	t.Helper()
	rows, err := s.Transactions(t.Context(), books.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, r := range rows {
		arrears, known := r.Arrears.Get()
		said = append(said, fmt.Sprintf("%s %s %s %s doubt %s arrears %s %v slips %d", r.Serial[18:], r.Account, r.Status, r.Total, r.Doubt, arrears, known, r.Copies))
	}
	slices.Sort(said)
	want := []string{
		"01 1000000001 posted 150.00 doubt 0.00 arrears 128.50 true slips 1",
		"02 1000000002 owed 20.00 doubt 0.00 arrears 128.50 true slips 0",
		"03 1000000003 disputed 0.00 doubt 100.00 arrears 0.00 false slips 0",
		"04 1000000004 cancelled 0.00 doubt 0.00 arrears 1.00 true slips 0",
		"05 1000000005 posting 10.00 doubt 0.00 arrears 128.50 true slips 0",
		"06 1000000006 tendering 100.00 doubt 0.00 arrears 1.00 true slips 0",
	}
	if !slices.Equal(said, want) {
		t.Errorf("transactions\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}

	cases, err := s.Cases(t.Context(), books.Filter{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	var open []string
	for _, c := range cases {
		open = append(open, c.Class+" "+c.Amount.String())
	}
	slices.Sort(open)
	if !slices.Equal(open, []string{"note 100.00", "owed 20.00", "stray-note 20.00"}) {
		t.Errorf("cases %q", open)
	}
	for n, state := range map[int]posting.State{1: posting.Posted, 2: posting.Owed, 5: posting.Asking} {
		if p, err := s.Posting(t.Context(), storetest.Serial(storetest.Kiosk, n)); err != nil || p.State != state {
			t.Errorf("posting %d is %s, %v", n, posting.Word(p.State), err)
		}
	}
	if k, err := s.Kiosk(t.Context(), "10000002"); err != nil || k.Incarnation != 3 || k.Head.Hash != record.Genesis("10000002", 3) {
		t.Errorf("%+v, %v", k, err)
	}
	if u, err := s.User(t.Context(), "wang"); err != nil || u.Role != "operator" {
		t.Errorf("%+v, %v", u, err)
	}
}

// unpack writes a compressed file of testdata into a folder of the test.
func unpack(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "books.db")
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}
