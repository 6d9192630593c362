package updater

import (
	"context"
	"testing"
	"time"

	"wattkiosk/ota/slot"
	"wattkiosk/ota/update"
	"wattkiosk/ota/update/updatetest"
	"wattkiosk/uplink/wire"
)

// alive runs something that a power cut may end, and reports whether it came to its
// end.
func alive(do func()) bool {
	done, ended := make(chan struct{}), false
	go func() {
		defer close(done)
		do()
		ended = true
	}()
	<-done
	return ended
}

// TestPowerCut cuts the power at every durable step of an update, torn writes
// included: afterwards the job ends good all the same, nothing was reported that is
// not so, and there was no restart that should not have been (rig.restart).
func TestPowerCut(t *testing.T) {
	y := newYard(t)
	r := y.rig(t)
	r.cut = &updatetest.Cut{}
	r.start()
	r.offer(nil)
	r.turns(final)
	steps := r.cut.Steps()
	if steps < 25 {
		t.Fatalf("%d steps", steps)
	}
	t.Logf("%d durable steps", steps)
	for n := 1; n <= steps; n++ {
		if cutAt(t, y, n, true) {
			cutAt(t, y, n, false)
		}
	}
}

// cutAt reports whether the cut tore a write.
func cutAt(t *testing.T, y *yard, n int, torn bool) bool {
	t.Helper()
	r := y.rig(t)
	cut := &updatetest.Cut{N: n, Torn: torn}
	r.cut = cut
	r.start()
	job := r.sign(r.job(nil))
	if alive(func() { _ = r.agent.Offer(job); r.turns(final) }) {
		t.Fatalf("cut %d: it did not come", n)
	}
	r.cut = nil
	for range 4 {
		if run := r.site.Reboot(); r.site.Holds(run.Slot) == 0 {
			t.Fatalf("cut %d: slot %s runs and is not whole", n, run.Slot)
		} else if run.Mode == slot.Trial {
			r.start()
			if r.turns(func(p wire.JobReport) bool { return p.Phase == wire.PhaseTrial }); r.last().Phase != wire.PhaseTrial {
				t.Fatalf("cut %d: %+v on trial", n, r.last())
			}
			r.settle(nil)
		} else {
			r.start()
		}
		if err := r.agent.Offer(job); err != nil { // head office sends it until it knows the end
			t.Fatalf("cut %d: %v", n, err)
		}
		if r.turns(final) {
			break
		}
	}
	if p := r.last(); p.Phase != wire.PhaseGood || p.To != 8 {
		t.Fatalf("cut %d, torn %v: %+v", n, torn, p)
	}
	if st := r.site.State(); r.site.Holds(st.Good) != 8 || st.Try != "" {
		t.Fatalf("cut %d: %+v", n, st)
	}
	list, err := r.site.Open().History()
	if err != nil || list[len(list)-1].What != "good" {
		t.Errorf("cut %d: %+v, %v", n, list, err)
	}
	for _, e := range list {
		if e.What == "fell-back" || e.What == "refused" {
			t.Errorf("cut %d: %+v", n, e)
		}
	}
	return cut.Tore()
}

// TestPowerCutOnTrial cuts the power at every durable step after the restart: of the
// agent, which goes first, and of settling.
func TestPowerCutOnTrial(t *testing.T) {
	y := newYard(t)
	for _, good := range []bool{true, false} {
		for n := 1; ; n++ {
			r := y.rig(t)
			r.offer(nil)
			r.turns(final)
			if run := r.site.Reboot(); run.Mode != slot.Trial {
				t.Fatalf("%+v", run)
			}
			cut := &updatetest.Cut{N: n}
			r.cut = cut
			r.start()
			through := alive(func() {
				r.turns(func(p wire.JobReport) bool { return p.Phase == wire.PhaseTrial })
				settleCut(t, r, good)
				if !good {
					return // the board restarts
				}
				r.turns(final)
			})
			r.cut = nil
			tries := 0
			for tries = range 6 {
				run := r.site.Reboot()
				r.start()
				if run.Mode == slot.Trial {
					r.turns(func(p wire.JobReport) bool { return p.Phase == wire.PhaseTrial })
					settleCut(t, r, good)
					if !good {
						continue
					}
				}
				if r.turns(final) {
					break
				}
			}
			want := wire.PhaseFellBack
			if good {
				want = wire.PhaseGood
			}
			if p := r.last(); p.Phase != want {
				t.Fatalf("good %v, cut %d: %+v after %d starts", good, n, p, tries+1)
			}
			if through {
				t.Logf("good %v: %d durable steps", good, n-1)
				break
			}
		}
	}
}

// settleCut is kioskctl update settle, which the rig's cut may end.
func settleCut(t *testing.T, r *rig, good bool) {
	b := r.site.Open()
	if r.cut != nil {
		r.cut.On(b)
	}
	if err := b.Lock(); err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = b.Unlock() }()
	gate := update.Gate{Name: "screen", Hold: func(context.Context) error {
		if good {
			return nil
		}
		return errLine
	}}
	if _, err := b.Settle(context.Background(), []update.Gate{gate}, update.Patience{Deadline: 10 * time.Millisecond, Every: time.Millisecond}); err != nil {
		t.Error(err)
	}
}

// TestAgentStops stops the agent, without a cut, at every durable step, and starts
// it again: systemd does that.
func TestAgentStops(t *testing.T) {
	y := newYard(t)
	for n := 1; ; n += 3 {
		r := y.rig(t)
		r.cut = &updatetest.Cut{N: n}
		r.start()
		job := r.sign(r.job(nil))
		through := alive(func() { _ = r.agent.Offer(job); r.turns(final) })
		r.cut = nil
		if through {
			break
		}
		r.start()
		if err := r.agent.Offer(job); err != nil {
			t.Fatalf("stop %d: %v", n, err)
		}
		if r.turns(final) || !r.down {
			t.Fatalf("stop %d: %+v", n, r.last())
		}
		r.boot(nil)
		r.ends(wire.PhaseGood, "")
	}
}
