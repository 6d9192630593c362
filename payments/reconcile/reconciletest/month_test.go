package reconciletest

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/reconcile"
	"wattkiosk/payments/reconcile/form"
)

// match runs the engine over rows.
func match(t *testing.T, spec reconcile.Spec, rows []reconcile.Row) ([]reconcile.Break, reconcile.Report) {
	t.Helper()
	e, err := reconcile.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, r := range rows {
		if err := e.Feed(r); err != nil {
			t.Fatal(err)
		}
	}
	var said []reconcile.Break
	report, err := e.Run(func(b reconcile.Break) error {
		said = append(said, b)

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	return said, report
}

func sorted(said []reconcile.Break) (all []Expected) {
	for _, b := range said {
		all = append(all, Expected{b.Class, b.Serial, b.Batch, b.Proposal})
	}
	slices.SortFunc(all, Compare)

	return all
}

// TestMonth: of a month of 50 kiosks exactly the seeded differences are found, each of the
// right class and with the right proposal: at night, without the books of the next date,
// and when those are here. It is the same, in the same order, whatever the order of the
// rows and however few of them fit into memory.
func TestMonth(t *testing.T) {
	days := 30
	if testing.Short() {
		days = 3
	}
	m := Make(1, 50, days)
	rng := rand.New(rand.NewPCG(3, 4))
	classes := map[reconcile.Class]int{}
	for _, date := range m.Dates() {
		for _, night := range []bool{true, false} {
			spec := reconcile.Spec{Books: m.Books(), Keys: Keys(), Dir: t.TempDir()}
			if night {
				spec.Edges = m.Edges(date)
			}
			rows := m.Run(date, night)
			said, report := match(t, spec, rows)
			want, loose := m.Expected(date, night)
			if d := cmp.Diff(want, sorted(said)); d != "" {
				t.Fatalf("%s, at night %v (-want +got):\n%s", date, night, d)
			}
			if report.Loose != loose {
				t.Errorf("%s, at night %v: %d matched by a tolerance, want %d", date, night, report.Loose, loose)
			}
			for _, w := range want {
				classes[w.Class]++
			}

			rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			spec.Memory = 1 + rng.IntN(40*len(rows))
			again, other := match(t, spec, rows)
			if !slices.Equal(said, again) {
				t.Errorf("%s: in another order and %d bytes in memory: other breaks, or in another order", date, spec.Memory)
			}
			if d := cmp.Diff(report, other, cmp.AllowUnexported(reconcile.Figures{})); d != "" {
				t.Errorf("%s: %s", date, d)
			}
		}
	}
	t.Log(len(m.payments), "payments", classes)
	if len(classes) != 7 {
		t.Errorf("not every class is in the month: %v", classes)
	}
}

// TestFiles: a month can be written as files that head office reads.
func TestFiles(t *testing.T) {
	m := Make(2, 3, 2)
	for _, book := range []int{mis, cardSystem, bank} {
		for _, date := range m.Dates() {
			var file bytes.Buffer
			if err := m.Write104(&file, book, date); err != nil {
				t.Fatal(err)
			}
			want := map[string]int{}
			for _, r := range m.Rows(book, date) {
				if r.State == reconcile.Stands || r.State == reconcile.Unwritten {
					want[r.Serial+r.Account+r.Amount.String()]++
				}
			}
			got := map[string]int{}
			_, err := form.Read(form.Ledger104, &file, form.Options{Date: date, Zone: Zone}, func(e form.Entry) error {
				got[e.Serial+e.Account+e.Amount.String()]++

				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" || len(got) == 0 {
				t.Errorf("%s of %s: %s", reconcile.BookName(book), date, d)
			}
		}
	}
}

// TestSeed: the same seed makes the same month, another one another.
func TestSeed(t *testing.T) {
	one, same, other := Make(5, 2, 2), Make(5, 2, 2), Make(6, 2, 2)
	date := one.Dates()[1]
	if !slices.Equal(one.Run(date, false), same.Run(date, false)) {
		t.Error("the same seed makes another month")
	}
	if slices.Equal(one.Run(date, false), other.Run(date, false)) {
		t.Error("another seed makes the same month")
	}
}
