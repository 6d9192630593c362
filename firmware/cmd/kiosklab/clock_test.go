package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile/form"
)

// officeRuns runs a command of officed on head office's data, and returns what it printed and
// its exit code.
func (r *rig) officeRuns(args ...string) (out []byte, code int) {
	r.t.Helper()
	cmd := exec.Command(filepath.Join(r.bin, "officed"), append(args, "--data", filepath.Join(r.dir, "office"))...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out, exit.ExitCode()
	}
	if err != nil {
		r.t.Fatal(err)
	}

	return out, 0
}

// settledDate is what officed reconcile says of a date and of its breaks.
type settledDate struct {
	reconciled
	Breaks []struct {
		Class    string                  `json:"class"`
		Serial   string                  `json:"serial"`
		Account  string                  `json:"account"`
		Sides    map[string]money.Amount `json:"sides"`
		Proposal string                  `json:"proposal"`
	} `json:"breaks"`
}

// settles runs a date, and checks the exit code.
func (r *rig) settles(date string, code int) (found settledDate) {
	r.t.Helper()
	out, got := r.officeRuns("reconcile", "--date", date, "--json")
	if err := json.Unmarshal(out, &found); err != nil || got != code {
		r.t.Fatalf("exit %d, want %d: %s, %v", got, code, out, err)
	}

	return found
}

// TestLabClock: a bill is paid in cash; when the day is over by the lab's clock, its books
// are equal; and when the MIS has lost the payment, that is the break.
func TestLabClock(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	serial := r.pay1000000001().text("serial")
	r.posted(serial)
	r.booked(serial, "posted")
	r.home()

	zone, err := time.LoadLocation(r.places.Zone)
	if err != nil {
		t.Fatal(err)
	}
	day := r.ledger().Entries[0].Date
	began, err := time.ParseInLocation("20060102", day, zone)
	if err != nil {
		t.Fatal(err)
	}
	date := began.Format("2006-01-02")
	if got := r.settles(date, 3); got.Status != "incomplete" {
		t.Errorf("on the day itself: %+v", got)
	}

	two := time.Date(began.Year(), began.Month(), began.Day()+1, 2, 10, 0, 0, zone)
	r.bench("clock", fields{"shift_ms": time.Until(two).Milliseconds()})
	got := r.settles(date, 0)
	if got.Status != "balanced" || len(got.Breaks) != 0 || len(got.Books) < 2 || got.Books[0].Sum != 13000 || got.Books[1].Name != "mis" || got.Books[1].Count != 1 || got.Books[1].Sum != 13000 {
		t.Errorf("when it is over: %+v", got)
	}

	// What the MIS says now: it knows of another payment, and lost ours.
	file := filepath.Join(t.TempDir(), "lost.txt")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	err = form.Write104(f, func(yield func(form.Line104) bool) {
		yield(form.Line104{Terminal: kioskID, Serial: "10000001009999999999", Batch: "1", Class: "01", Date: date, Amount: 500, Mode: "010301", Settle: "01", Customer: "1000000002", Unit: "3340101"})
	})
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if out, code := r.officeRuns("import", "mis", file, "--date", date, "--json"); code != 0 {
		t.Fatalf("import: exit %d, %s", code, out)
	}
	got = r.settles(date, 3)
	if got.Status != "breaks" || len(got.Breaks) != 2 {
		t.Fatalf("the MIS lost one: %+v", got)
	}
	for _, b := range got.Breaks {
		ours := b.Serial == serial && b.Sides["kiosk"] == 13000 && len(b.Sides) == 1 && b.Proposal == "repost"
		theirs := b.Account == "1000000002" && b.Sides["mis"] == 500 && len(b.Sides) == 1 && b.Proposal == "ask-kiosk"
		if b.Class != "one-sided" || !ours && !theirs {
			t.Errorf("%+v", b)
		}
	}

	// The kiosk goes on selling by the shifted clock.
	r.home()
	if out, err := r.ctl("journal", "verify"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
