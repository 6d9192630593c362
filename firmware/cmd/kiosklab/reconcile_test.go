package main

import (
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/money"
)

// reconciled is what officed reconcile --json says of a date, as far as it is looked at.
type reconciled struct {
	Status  string   `json:"status"`
	Missing []string `json:"missing"`
	Books   []book   `json:"books"`
	Breaks  []struct {
		Class  string                  `json:"class"`
		Serial string                  `json:"serial"`
		Sides  map[string]money.Amount `json:"sides"`
	} `json:"breaks"`
}

type book struct {
	Name  string       `json:"name"`
	Count int64        `json:"count"`
	Sum   money.Amount `json:"sum"`
}

// reconcile has the running head office reconcile a date.
func (r *rig) reconcile(date string) (out reconciled) {
	r.t.Helper()
	b, err := exec.CommandContext(r.t.Context(), filepath.Join(r.bin, "officed"), "reconcile", "--date", date, "--json", "--data", filepath.Join(r.dir, "office")).Output()
	if e := json.Unmarshal(b, &out); e != nil { // the exit code is 3 where a date is not balanced
		r.t.Fatalf("officed reconcile: %v, %s", err, b)
	}

	return out
}

// refusesWrongBooks: a file that is wrong as a whole is none, and the date is not complete.
func (r *rig) refusesWrongBooks(date string) {
	r.t.Helper()
	wrong := func(faults ...string) {
		r.t.Helper()
		var want []string
		for _, f := range faults {
			system, fault, _ := strings.Cut(f, " ")
			r.outsideFault(system, fault, 1)
			if system == "collect" {
				system = "bank"
			}
			want = append(want, system)
		}
		got := map[string]bool{}
		for _, m := range r.reconcile(date).Missing {
			if name, why, found := strings.Cut(strings.TrimPrefix(m, "book "), ": "); found && strings.HasPrefix(m, "book ") && (strings.Contains(why, "refused") || strings.Contains(why, "no file")) {
				got[name] = true
			}
		}
		if d := cmp.Diff(want, slices.Sorted(maps.Keys(got))); d != "" {
			r.t.Errorf("%v: books that are missing (-want +got)\n%s", faults, d)
		}
	}
	wrong("acquirer mistotal-book", "collect mistotal-book", "mis truncate-book", "posp garble-book")
	wrong("mis misdate-book")
	wrong("mis late-book")
}

// outsideFault sets a fault of a simulated system for so many requests.
func (r *rig) outsideFault(system, fault string, count int) {
	r.t.Helper()
	if got := r.bench("outside", fields{"system": system, "fault": fault, "count": count}); got != 200 {
		r.t.Fatalf("%s, %s: %d", system, fault, got)
	}
}

// TestLabReconciles pays in each way, and has head office fetch what each system of the lab
// says of the day: nothing differs. Then each thing that is wrong with a book on purpose is
// found, and no other.
func TestLabReconciles(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	zone, err := time.LoadLocation(r.places.Zone)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Now().In(zone)
	cash := r.pay1000000001().text("serial")
	r.posted(cash)
	r.home()
	card := r.card2000()
	r.booked(card, "posted")
	r.home()
	r.telephone(r.toCode("1000000004", 8640))
	code := r.see("done", nil).text("serial")
	r.agrees(code, "1000000004", 8640)
	if now := time.Now().In(zone); now.Day() != day.Day() {
		t.Skip("midnight came between")
	}

	date := day.Format(time.DateOnly)
	r.refusesWrongBooks(date)
	kiosk := r.reconcile(date).Books[0]
	sum := kiosk.Sum
	books := []book{{"kiosk", 3, sum}, {"mis", 3, sum}, {"posp", 1, 2000}, {"acquirer", 1, 8640}, {"cardsystem", 0, 0}, {"bank", 0, 0}}
	got := r.reconcile(date)
	if d := cmp.Diff(books, got.Books); d != "" || len(got.Breaks) != 0 || sum < 10640 {
		t.Errorf("breaks %+v (-want +got)\n%s", got.Breaks, d)
	}
	if got.Status != "incomplete" || len(got.Missing) == 0 { // the day is not over
		t.Errorf("%s, %q", got.Status, got.Missing)
	}

	for _, c := range []struct {
		system, fault, class, serial string
	}{
		{"mis", "lose-book-line", "one-sided", code},
		{"mis", "misstate-book-line", "amount", code},
		{"mis", "double-book-line", "duplicate", code},
		{"acquirer", "misstate-book-line", "amount", code},
		{"acquirer", "double-book-line", "duplicate", code},
		{"posp", "misstate-book-line", "amount", card},
	} {
		r.outsideFault(c.system, c.fault, 1)
		got := r.reconcile(date)
		if len(got.Breaks) != 1 || got.Breaks[0].Class != c.class || got.Breaks[0].Serial != c.serial {
			t.Errorf("%s of %s: %+v", c.fault, c.system, got.Breaks)
		}
		if got := r.reconcile(date); len(got.Breaks) != 0 {
			t.Errorf("%s of %s is over: %+v", c.fault, c.system, got.Breaks)
		}
	}

	if got := r.reconcile(date); len(got.Breaks) != 0 || cmp.Diff(books, got.Books) != "" {
		t.Errorf("afterwards: %+v", got)
	}
}
