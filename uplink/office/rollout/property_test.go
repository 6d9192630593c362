package rollout_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/wire"
)

// world is a fleet that does what it likes with its jobs, and an account of what
// it was sent, kept beside the rollout.
type world struct {
	now   time.Time
	r     rollout.Rollout
	fleet map[string]rollout.Kiosk

	sent    map[string]rollout.Job // by id, as they were when they first appeared
	ended   map[string]time.Time   // by kiosk: when its update came to an end, or was given up
	last    map[string]wire.Phase  // by job id
	heard   map[string]time.Time   // by job id
	started bool                   // by a person
	halted  bool                   // stopped or rolling back, at some time
}

func draw(rt *rapid.T) *world {
	n := rapid.IntRange(1, 12).Draw(rt, "kiosks")
	s := spec()
	s.Waves = nil
	percent := 0
	for range rapid.IntRange(1, 3).Draw(rt, "waves") {
		percent += rapid.IntRange(1, 33).Draw(rt, "percent")
		s.Waves = append(s.Waves, rollout.Wave{Percent: percent, SoakMinutes: rapid.IntRange(0, 90).Draw(rt, "soak")})
	}
	s.Gate = rollout.Gate{
		MinSuccess: rapid.IntRange(0, 100).Draw(rt, "min success"), MaxFailures: rapid.IntRange(0, 3).Draw(rt, "max failures"),
		MaxSilent: rapid.IntRange(0, 3).Draw(rt, "max silent"), SilentMinutes: rapid.IntRange(1, 60).Draw(rt, "silent minutes"),
	}
	s.MaxInFlight = rapid.IntRange(0, 4).Draw(rt, "max in flight")
	s.JobHours, s.AutoRollback = rapid.IntRange(1, 5).Draw(rt, "job hours"), rapid.Bool().Draw(rt, "auto rollback")
	w := &world{
		now: t0, fleet: map[string]rollout.Kiosk{}, sent: map[string]rollout.Job{}, ended: map[string]time.Time{},
		last: map[string]wire.Phase{}, heard: map[string]time.Time{},
	}
	for _, k := range kiosks(n) {
		w.fleet[k] = rollout.Kiosk{ID: k, SeenAt: t0.UnixMilli(), Board: "qemuarm64", Build: oldBuild}
	}
	var err error
	if w.r, err = rollout.New("r1", s, bundle(), "li", t0); err != nil {
		rt.Fatal(err)
	}
	return w
}

func (w *world) silence() time.Duration {
	return time.Duration(w.r.Spec.Gate.SilentMinutes) * time.Minute
}

// act is one thing that may happen.
func (w *world) act(rt *rapid.T) {
	switch rapid.IntRange(0, 9).Draw(rt, "what") {
	case 0:
		acts := []rollout.Act{rollout.Start, rollout.Start, rollout.Start, rollout.Pause, rollout.Stop, rollout.RollBack}
		act := rapid.SampledFrom(acts).Draw(rt, "act")
		by := rapid.SampledFrom([]string{"li", "wang"}).Draw(rt, "by")
		draft := w.r.State == rollout.Draft
		r, err := rollout.Order(w.r, act, by, "", kiosks(len(w.fleet)), w.now)
		if err == nil && draft && act == rollout.Start && by == "li" {
			rt.Fatal("started by who created it")
		}
		w.r, w.started = r, w.started || err == nil && act == rollout.Start
	case 1, 2, 3:
		w.now = w.now.Add(time.Duration(rapid.IntRange(1, 6000).Draw(rt, "seconds")) * time.Second)
	case 4:
		k := w.fleet[rapid.SampledFrom(kiosks(len(w.fleet))).Draw(rt, "kiosk")]
		k.Busy = rapid.SampledFrom([]string{"", "", "r0-x-up"}).Draw(rt, "busy")
		k.Other = rapid.SampledFrom([]uint64{k.Other, k.Other, 7}).Draw(rt, "other")
		w.fleet[k.ID] = k
	case 5:
		for id, k := range w.fleet {
			k.SeenAt = w.now.UnixMilli()
			w.fleet[id] = k
		}
	default:
		w.report(rt)
	}
}

func (w *world) report(rt *rapid.T) {
	if len(w.r.Targets) == 0 {
		return
	}
	t := &w.r.Targets[rapid.IntRange(0, len(w.r.Targets)-1).Draw(rt, "target")]
	job := &t.Up
	if t.Back.ID != "" && rapid.Bool().Draw(rt, "of the way back") {
		job = &t.Back
	}
	phase := rapid.SampledFrom([]wire.Phase{
		"offered", "downloading", "armed", "rebooting", "trial", "good", "good", "good", "fell-back", "refused", "failed",
	}).Draw(rt, "phase")
	rep := wire.JobReport{ID: job.ID, Phase: phase, From: oldBuild, To: newBuild}
	if phase == wire.PhaseRefused && job.Withdrawn {
		rep.Code = wire.CodeWithdrawn
	}
	after, news := job.Reported(rep, w.now.UnixMilli())
	if job.ID == "" || !news {
		return
	}
	*job = after
	w.last[job.ID], w.heard[job.ID] = phase, w.now
	if job == &t.Up && phase.Final() {
		w.ended[t.Kiosk] = w.now
		if phase == wire.PhaseGood {
			k := w.fleet[t.Kiosk]
			k.Build, k.Other = newBuild, oldBuild
			w.fleet[t.Kiosk] = k
		}
	}
}

// pending reports whether the kiosk of a job that was sent may still be working on it.
func (w *world) pending(j rollout.Job) bool {
	deadline := time.UnixMilli(j.SentAt).Add(time.Duration(w.r.Spec.JobHours) * time.Hour).Add(w.silence())
	return !w.last[j.ID].Final() && !w.now.After(deadline)
}

// check compares what was decided with the account.
func (w *world) check(rt *rapid.T, before rollout.Rollout) {
	reach, inFlight, backInFlight, fresh := 0, 0, 0, 0
	for i, t := range w.r.Targets {
		if t.Wave <= w.r.Wave {
			reach++
		}
		for _, j := range []rollout.Job{t.Up, t.Back} {
			if j.ID == "" {
				continue
			}
			if old, had := w.sent[j.ID]; had && (old.SentAt != j.SentAt || old.Deadline != j.Deadline || old.Kind != j.Kind) {
				rt.Fatalf("job %s was made twice", j.ID)
			} else if !had {
				fresh++
				w.sent[j.ID] = j
			}
		}
		if i < len(before.Targets) && (before.Targets[i].Up.ID != "" && before.Targets[i].Up.ID != t.Up.ID) {
			rt.Fatalf("%s got another job", t.Kiosk)
		}
		if t.Up.ID != "" && t.Wave > w.r.Wave {
			rt.Fatalf("%s of wave %d got its job in wave %d", t.Kiosk, t.Wave, w.r.Wave)
		}
		if t.Back.ID != "" && (w.last[t.Up.ID] != wire.PhaseGood || !w.halted && w.r.State != rollout.RollingBack) {
			rt.Fatalf("%s is sent back, though its update is %q in %s", t.Kiosk, w.last[t.Up.ID], w.r.State)
		}
		if t.Up.ID != "" && w.pending(t.Up) {
			inFlight++
		}
		if t.Back.ID != "" && w.pending(t.Back) {
			backInFlight++
		}
	}
	if limit := w.r.Spec.MaxInFlight; fresh > 0 && limit > 0 && (inFlight > limit && !w.halted && w.r.State == rollout.Running || backInFlight > limit) {
		rt.Fatalf("%d in flight and %d on their way back, limit %d", inFlight, backInFlight, limit)
	}
	if inFlight > reach {
		rt.Fatalf("%d in flight, %d in the waves", inFlight, reach)
	}
	if fresh > 0 && (!w.started || before.State == rollout.Paused || before.State == rollout.Stopped || before.State == rollout.Done || before.State == rollout.Draft) {
		rt.Fatalf("%d jobs in state %s", fresh, before.State)
	}
	if w.r.Wave != before.Wave || (w.r.State == rollout.Done && before.State != rollout.Done) {
		w.gate(rt, before)
	}
	w.halted = w.halted || w.r.State == rollout.Stopped || w.r.State == rollout.RollingBack
}

// gate checks that a wave was left with right.
func (w *world) gate(rt *rapid.T, before rollout.Rollout) {
	if w.r.Wave > before.Wave+1 || before.State != rollout.Running {
		rt.Fatalf("from wave %d to %d in state %s", before.Wave, w.r.Wave, before.State)
	}
	g := w.r.Spec.Gate
	soaks := time.Duration(w.r.Spec.Waves[before.Wave].SoakMinutes) * time.Minute
	good, failed, silent := 0, 0, 0
	for _, t := range before.Targets {
		if t.Wave > before.Wave || t.Up.ID == "" && t.Skip.Code != "" {
			continue
		}
		phase := w.last[t.Up.ID]
		heard := w.heard[t.Up.ID]
		down := (phase == wire.PhaseRebooting || phase == wire.PhaseTrial) && w.now.After(heard.Add(w.silence()))
		switch {
		case t.Up.ID == "":
			rt.Fatalf("wave %d was left while %s waits", before.Wave, t.Kiosk)
		case phase == wire.PhaseGood:
			good++
		case phase.Final():
			failed++
		case down || phase != "" && !w.pending(t.Up):
			silent++
		case w.pending(t.Up):
			rt.Fatalf("wave %d was left while %s is in %q", before.Wave, t.Kiosk, phase)
		}
		if end, ok := w.ended[t.Kiosk]; ok && t.Wave == before.Wave && w.now.Before(end.Add(soaks)) {
			rt.Fatalf("wave %d was left %s after %s ended; it soaks %s", before.Wave, w.now.Sub(end), t.Kiosk, soaks)
		}
	}
	if failed > g.MaxFailures || silent > g.MaxSilent {
		rt.Fatalf("wave %d was left with %d failed of %d, %d silent of %d", before.Wave, failed, g.MaxFailures, silent, g.MaxSilent)
	}
	if n := good + failed + silent; n > 0 && good*100 < g.MinSuccess*n {
		rt.Fatalf("wave %d was left with %d good of %d, want %d%%", before.Wave, good, n, g.MinSuccess)
	}
}

// TestRolloutsKeepTheirWord: never more in flight than allowed, no wave before
// the one before has ended, soaked and passed, nothing sent while paused or after
// a stop, one job of a kind for each kiosk, nobody sent back who is not on the new
// build.
func TestRolloutsKeepTheirWord(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := draw(rt)
		for range rapid.IntRange(1, 120).Draw(rt, "steps") {
			w.act(rt)
			for turn := 0; ; turn++ {
				if turn > 30 {
					rt.Fatal("it does not come to rest")
				}
				before := w.r
				r, changed := rollout.Decide(w.now, w.r, w.fleet)
				w.r = r
				w.check(rt, before)
				if !changed {
					break
				}
			}
		}
	})
}
