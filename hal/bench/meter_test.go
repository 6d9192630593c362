package bench_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/hal/bench"
	"wattkiosk/payments/money"
)

// TestMetersTakeCards: what each meter does with each card, once and again; and a bench
// that is opened again has the cards and the meters as they were.
func TestMetersTakeCards(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b, err := bench.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		card, meter string
		error       string
		shows       string
		loaded      money.Amount
		left        money.Amount
		count       uint32
		illegal     uint32
	}{
		{"meter-1", "000000000103", "Err-17", "Err-34", 0, 3650, 4, 1}, // loaded before the lab began
		{"meter-2", "000000000105", "", "", 5000, 5820, 2, 0},
		{"meter-2", "000000000105", "Err-17", "Err-34", 0, 5820, 2, 1},
		{"meter-2", "000000000103", "Err-11", "Err-33", 0, 3650, 4, 2},
		{"meter-open", "000000000106", "", "", 2000, 2000, 1, 0},
		{"meter-blank", "000000000103", "Err-07", "Err-32", 0, 3650, 4, 3},
		{"meter-other", "000000000103", "Err-05", "Err-32", 0, 3650, 4, 4},
		{"bank-4", "000000000103", "Err-04", "Err-35", 0, 3650, 4, 5}, // it has no chip
		{"meter-4442", "000000000107", "Err-17", "Err-34", 0, 2210, 6, 1},
		{"meter-102", "000000000108", "Err-17", "Err-34", 0, 1505, 3, 1},
	} {
		got, err := b.PutIntoMeter(c.meter, c.card)
		if err != nil || got.Error != c.error || got.Display != c.shows || got.Loaded != c.loaded || got.Left != c.left || got.Count != c.count || got.Illegal != c.illegal ||
			(got.English == "") != (c.error == "") {
			t.Errorf("%d: %s in %s: %+v, %v", i, c.card, c.meter, got, err)
		}
	}
	if c, err := b.Card("meter-2"); err != nil || c.Loaded == nil || *c.Loaded != 2 || *c.Left != 5820 {
		t.Errorf("the meter wrote back %+v, %v", c, err)
	}

	if got, err := b.UseEnergy("000000000105", 1000); err != nil || got.Left != 4820 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := b.UseEnergy("000000000106", 5000); err != nil || got.Left != 0 {
		t.Errorf("more than there is: %+v, %v", got, err)
	}
	if err := b.InsertCard(bench.Insertion{Card: "meter-2"}); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]error{"meter-2": bench.ErrHeld, "meter-9": bench.ErrNoCard} {
		if _, err := b.PutIntoMeter("000000000105", name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	_, err1 := b.Meter("1")
	_, err2 := b.UseEnergy("000000000105", 0)
	if !errors.Is(err1, bench.ErrNoMeter) || !errors.Is(err2, bench.ErrUse) {
		t.Errorf("%v; %v", err1, err2)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}

	if b, err = bench.Open(dir); err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if m, err := b.Meter("000000000105"); err != nil || m.Left != 4820 || m.Count != 2 || len(m.Loads) != 1 || m.Loads[0].Amount != 5000 {
		t.Errorf("after a restart the meter has %+v, %v", m, err)
	}
	if c, err := b.Card("meter-2"); err != nil || c.Where != bench.InDrawer || c.Loaded == nil || *c.Loaded != 2 {
		t.Errorf("after a restart the card has %+v, %v", c, err)
	}
	if all := b.Meters(); len(all) != 5 || all[0].No != "000000000103" {
		t.Errorf("meters %+v", all)
	}
}

// TestKeptCardsThatCannotBeRead: they are left as they are, and a person is told.
func TestKeptCardsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{", `{"version":2}`} {
		dir := t.TempDir()
		path := filepath.Join(dir, "metercards.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if b, err := bench.Open(dir); err == nil || !strings.Contains(err.Error(), "metercards.json") {
			t.Errorf("%q: %v, %v", text, b, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%q became %q, %v", text, got, err)
		}
	}
}
