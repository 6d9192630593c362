package terminal_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/payments/posp/terminal"
)

// TestNeverTwiceNeverHalf drives a terminal through sales, voids, incomplete sales,
// settlements, faults of the bank and cuts of the power, in any order. When the faults
// are over, the bank holds the money of exactly those sales that were concluded done
// and not reversed, no reversal is pending, and the batch is settled equal.
func TestNeverTwiceNeverHalf(t *testing.T) {
	var seen struct{ done, unknown, notDone, reversed, evidence, settled, unequal, deaths int }
	rapid.Check(t, func(t *rapid.T) {
		r := newRig(t, pospsim.Config{Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))})
		deathsLeft := rapid.IntRange(0, 3).Draw(t, "cuts of the power")
		r.dies = func(string) bool {
			if deathsLeft == 0 || rapid.IntRange(0, 9).Draw(t, "power") > 0 {
				return false
			}
			deathsLeft--
			seen.deaths++
			return true
		}
		r.restart()
		r.pass(time.Minute)
		for n := range rapid.IntRange(1, 25).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "a fault") {
				f := rapid.SampledFrom(pospsim.Faults()).Draw(t, "fault")
				if err := r.bank.SetFor(f, rapid.IntRange(1, 3).Draw(t, "times")); err != nil {
					t.Fatal(err)
				}
			}
			randomStep(t, r, n)
			if rapid.Bool().Draw(t, "time") {
				r.pass(time.Duration(rapid.IntRange(1, 400).Draw(t, "seconds")) * time.Second)
				_ = r.bank.SetFor(pospsim.Down, 0)
			}
		}

		for _, f := range pospsim.Faults() {
			if err := r.bank.SetFor(f, 0); err != nil {
				t.Fatal(err)
			}
		}
		r.dies = nil
		r.pass(2 * pospsim.DefaultSlow) // what is late arrives
		r.settled()
		if b := r.state.Blocked(); b != terminal.NotBlocked {
			t.Fatalf("blocked: %s", b)
		}
		if err := r.balanced(); err != nil {
			t.Fatal(err)
		}

		before := r.state.Batch.Number
		if err := r.do(terminal.Event{Kind: terminal.Ordered, Op: posp.Settle}); err != nil {
			t.Fatal(err)
		}
		r.settled()
		if s := r.state.Settled; s.Batch != before || !s.Equal || r.state.Batch.Number != before+1 {
			t.Fatalf("settled %+v, batch %d", s, r.state.Batch.Number)
		}
		for _, e := range r.bank.Ledger().Entries {
			if !e.Settled {
				t.Fatalf("%s is not settled", e.Serial)
			}
		}

		for _, c := range r.heard {
			switch c.Outcome {
			case posp.Done:
				seen.done++
			case posp.NotDone:
				seen.notDone++
			default:
				seen.unknown++
			}
		}
		seen.reversed += len(r.undone)
		for _, a := range r.told {
			switch {
			case a.Do == terminal.TellEvidence:
				seen.evidence++
			case a.Do == terminal.TellSettled && a.Settlement.Equal:
				seen.settled++
			case a.Do == terminal.TellSettled:
				seen.unequal++
			}
		}
	})
	t.Logf("%+v", seen)
	// What was drawn is told, and not demanded: step_test.go and bank_test.go lead to each.
}

func randomStep(t *rapid.T, r *rig, n int) {
	serial := fmt.Sprintf("S%d", n)
	amount := money.Amount(rapid.IntRange(1, 20000).Draw(t, "amount"))
	blocked := r.state.Blocked()
	var err error
	switch what := rapid.IntRange(0, 11).Draw(t, "what"); {
	case what < 6:
		err = r.order(posp.Sale, serial, amount, posp.Original{})
	case what == 6 && len(r.state.Batch.Items) > 0:
		i := rapid.SampledFrom(r.state.Batch.Items).Draw(t, "item")
		if i.Op == posp.Sale {
			err = r.order(posp.Void, serial, i.Amount, r.state.Batch.Original(i))
		}
	case what == 7 && len(r.state.Batch.Items) > 0:
		// Only the last sale can be one that the chip did not complete.
		i := r.state.Batch.Items[len(r.state.Batch.Items)-1]
		err = r.do(terminal.Event{Kind: terminal.Incomplete, Trace: i.Trace})
	case what == 8:
		err = r.do(terminal.Event{Kind: terminal.Ordered, Op: posp.SignIn})
	case what == 9:
		err = r.do(terminal.Event{Kind: terminal.Ordered, Op: posp.Settle})
	case what == 10:
		err = r.order(posp.Balance, serial, 0, posp.Original{})
	case what == 11:
		r.restart()
	}
	if blocked == terminal.NotBlocked && err != nil {
		t.Fatalf("refused while not blocked: %v", err)
	}
}
