package technician

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/appliance"
	"wattkiosk/firmware/journal"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/post"
	"wattkiosk/payments/record"
)

// lab makes a folder with a configuration and a journal of events.
func lab(t *testing.T, events ...payments.Event) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "kiosk"), 0o755); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(dir, "kiosk", "state")
	text := fmt.Sprintf("kiosk = \"10000001\"\nstate_dir = %q\nrun_dir = %q\n", state, filepath.Join(dir, "run"))
	if err := os.WriteFile(filepath.Join(dir, "kiosk", "kiosk.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(journal.Options{Dir: filepath.Join(state, "journal"), Kiosk: "10000001", Clock: time.Now, Trust: func() record.Trust { return record.RTC }})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		d, err := payments.Draft("10000001000000000001", e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Append(d); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

var payment = []payments.Event{
	payments.Opened{Account: "1000000001", Arrears: 12850, Online: true, Tender: "cash", Limit: 500000},
	cash.NoteAccepted{Note: 0, Value: 10000},
	cash.NoteStacked{Note: 0, Value: 10000},
	cash.NoteAccepted{Note: 1, Value: 5000},
	cash.NoteUnresolved{Note: 1, Value: 5000},
	cash.Closed{Total: 10000, Account: "1000000001", Tender: "cash"},
	post.OutcomeLearned{Status: post.Posted, ToArrears: 10000},
}

func run(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if got := Main(t.Context(), "test", args, &out, &errs); got != want {
		t.Fatalf("kioskctl %v: exit %d, want %d\n%s%s", args, got, want, out.String(), errs.String())
	}
	return out.String() + errs.String()
}

func TestVerifyOfAStoppedKiosk(t *testing.T) {
	dir := lab(t, payment...)
	var v appliance.Verdict
	if err := json.Unmarshal([]byte(run(t, 0, "journal", "verify", "--json", "--dir", dir)), &v); err != nil {
		t.Fatal(err)
	}
	if !v.OK || v.Report.Records != 7 || v.Money.Stacked != 10000 || v.Money.Posted != 10000 || v.Money.Unresolved != 5000 {
		t.Errorf("%+v", v)
	}
	if got := run(t, 0, "journal", "tail", "-n", "2", "--dir", dir); strings.Count(got, "\n") != 2 || !strings.Contains(got, "outcome-learned") {
		t.Errorf("tail: %s", got)
	}
	if got := run(t, 0, "journal", "show", "10000001000000000001", "--dir", dir); strings.Count(got, "\n") != 7 {
		t.Errorf("show: %s", got)
	}
	if got := run(t, 0, "journal", "export", "--dir", dir); strings.Count(got, "\n") != 7 {
		t.Errorf("export: %s", got)
	}
}

func TestVerifyFindsABrokenInvariant(t *testing.T) {
	bad := append(append([]payments.Event{}, payment[:3]...), cash.Closed{Total: 20000, Account: "1000000001", Tender: "cash"})
	dir := lab(t, bad...)
	if got := run(t, 1, "journal", "verify", "--dir", dir); !strings.Contains(got, "record 4") || !strings.Contains(got, "BROKEN") {
		t.Error(got)
	}
}

func TestExitCodes(t *testing.T) {
	dir := lab(t)
	run(t, 0, "config", "check", "--dir", dir)
	run(t, 1, "status", "--dir", dir) // the program does not run
	run(t, 1, "config", "check", "--dir", t.TempDir())
	run(t, 1, "update", "status") // no board
	run(t, 2, "journal", "show")
	run(t, 2, "--nonsense")
	run(t, 2)
	run(t, 2, "enrol")
}
