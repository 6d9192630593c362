package collectsim_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/collect/collectsim"
	"wattkiosk/payments/outsidesim/booksim"
)

// TestCollections are kept by serial, and are in the book of their date.
func TestCollections(t *testing.T) {
	path := filepath.Join(t.TempDir(), "collect.json")
	s := collectsim.New(path)
	at := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	e := collectsim.Entry{Serial: "DS0001", Account: "1000000001", Amount: 12850, Tender: "cash", Date: "20261128", Time: at}
	if err := s.Record(e); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []collectsim.Entry{e, {}, {Serial: "2", Date: "20261128"}, {Serial: "2", Amount: 1, Date: "2026-11-28"}} {
		if err := s.Record(bad); !errors.Is(err, collectsim.ErrEntry) {
			t.Errorf("%+v: %v", bad, err)
		}
	}

	again := collectsim.New(path)
	want := []booksim.Line{{Serial: "DS0001", Account: "1000000001", Batch: "20261128", Amount: 12850, Tender: "cash", Date: "20261128", At: at}}
	if d := cmp.Diff(want, again.DayBook("20261128")); d != "" || again.Err() != nil {
		t.Errorf("%v (-want +got)\n%s", again.Err(), d)
	}
	if got := again.DayBook("20261127"); len(got) != 0 || len(again.Ledger().Entries) != 1 {
		t.Errorf("%+v", got)
	}

	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := collectsim.New(path)
	if broken.Err() == nil {
		t.Error("a ledger that cannot be read was taken")
	}
	if err := broken.Record(e); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "{" {
		t.Errorf("it was written over: %q, %v", b, err)
	}
}
