package updater

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/ota/slot"
	"wattkiosk/uplink/wire"
)

func TestJob(t *testing.T) {
	y := newYard(t)
	t.Run("good", func(t *testing.T) {
		r := y.rig(t)
		r.offer(nil)
		if r.turns(final) || !r.down {
			t.Fatalf("no restart: %+v", r.last())
		}
		if run := r.boot(nil); run != (slot.Running{Slot: slot.B, Mode: slot.Trial}) {
			t.Fatalf("%+v", run)
		}
		r.ends(wire.PhaseGood, "")
		if s, _ := r.agent.State(); s.Mode != "good" || s.Slot != "b" || s.Build != 8 {
			t.Errorf("%+v", s)
		}
		want := []wire.Phase{wire.PhaseRebooting, wire.PhaseTrial, wire.PhaseGood}
		if got := r.phases(); !reflect.DeepEqual(got[len(got)-3:], want) {
			t.Errorf("%v", got)
		}
		if p := r.last(); p.From != 7 || p.To != 8 || p.Percent != 100 || r.restarts != 1 {
			t.Errorf("%+v, %d restarts", p, r.restarts)
		}
	})
	t.Run("gates", func(t *testing.T) {
		r := y.rig(t)
		r.offer(nil)
		r.turns(final)
		if run := r.boot(errors.New("black")); run != (slot.Running{Slot: slot.A, Mode: slot.Good}) {
			t.Fatalf("%+v", run)
		}
		r.ends(wire.PhaseFellBack, "gates")
		if p := r.last(); p.Detail != "screen: black" {
			t.Errorf("%+v", p)
		}
		for _, p := range r.said {
			if p.Phase == wire.PhaseGood {
				t.Errorf("%+v", p)
			}
		}
		r.clock.pass(time.Second)
		r.offer(func(j *wire.Job) { j.ID = "r2-1" })
		r.ends(wire.PhaseRefused, "failed-before")
	})
	t.Run("does not start", func(t *testing.T) {
		r := y.rig(t)
		r.offer(nil)
		r.turns(final)
		r.site.Spoil("boot_b", 100)
		if run := r.boot(nil); run != (slot.Running{Slot: slot.A, Mode: slot.Fallback}) {
			t.Fatalf("%+v", run)
		}
		r.ends(wire.PhaseFellBack, "fell-back")
	})
	t.Run("rollback", func(t *testing.T) {
		r := y.rig(t)
		r.offer(nil)
		r.turns(final)
		r.boot(nil)
		r.ends(wire.PhaseGood, "")
		r.clock.pass(time.Second)
		back := func(j *wire.Job) { j.ID, j.Kind, j.Build, j.Bundle = "r1-1-back", wire.JobRollback, 7, nil }
		r.offer(back)
		if r.turns(final) {
			t.Fatalf("%+v", r.last())
		}
		if run := r.boot(nil); run != (slot.Running{Slot: slot.A, Mode: slot.Trial}) {
			t.Fatalf("%+v", run)
		}
		r.ends(wire.PhaseGood, "")
		if p := r.last(); p.From != 8 || p.To != 7 {
			t.Errorf("%+v", p)
		}
	})
}

// TestPhases hears every change of the state, as kioskd does.
func TestPhases(t *testing.T) {
	r := newYard(t).rig(t)
	var heard []wire.JobReport
	r.fetch.read = func(int64, int) error {
		p := r.last()
		if n := len(heard); n == 0 || heard[n-1].Phase != p.Phase || heard[n-1].Percent != p.Percent {
			heard = append(heard, p)
		}
		return nil
	}
	r.offer(func(j *wire.Job) { j.JitterSeconds = 600 })
	if p := r.last(); p.Phase != wire.PhaseOffered {
		t.Errorf("%+v", p)
	}
	begun := r.clock.Elapsed()
	r.fetch.open = func() {
		if waited := r.clock.Elapsed() - begun; waited < 300*time.Second || waited > 340*time.Second {
			t.Errorf("fetched after %v; half of 600 s was to be waited", waited)
		}
	}
	r.turns(final)
	var phases []wire.Phase
	percent := -1
	for _, p := range heard {
		if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
			phases = append(phases, p.Phase)
		}
		if p.Phase == wire.PhaseWriting {
			if p.Percent < percent {
				t.Errorf("%d %% after %d %%", p.Percent, percent)
			}
			percent = p.Percent
		}
	}
	if want := []wire.Phase{wire.PhaseDownloading, wire.PhaseWriting}; !reflect.DeepEqual(phases, want) || percent < 90 {
		t.Errorf("%v, %d %%", phases, percent)
	}
}

func TestRefusals(t *testing.T) {
	y := newYard(t)
	for _, c := range []struct {
		name  string
		job   func(*wire.Job)
		set   func(*rig)
		phase wire.Phase
		code  string
	}{
		{"another build", func(j *wire.Job) { j.Build = 9 }, nil, wire.PhaseRefused, "wrong-build"},
		{"another size", func(j *wire.Job) { j.Bundle.Size-- }, nil, wire.PhaseRefused, "wrong-file"},
		{"no bundle", nil, func(r *rig) { clear(r.fetch.file[:1024]) }, wire.PhaseRefused, "not-a-bundle"},
		{"a new board's disk", nil, func(r *rig) { r.fetch.file = y.fleet.Disk(t, 8) }, wire.PhaseRefused, "whole-disk"},
		{"cut short", nil, func(r *rig) { r.fetch.file = r.fetch.file[:len(r.fetch.file)/2] }, wire.PhaseRefused, "truncated"},
		{"damaged", nil, func(r *rig) { r.fetch.file[len(r.fetch.file)/2] ^= 1 }, wire.PhaseFailed, "chunk-damaged"},
		{"content", func(j *wire.Job) { j.Kind, j.Build = wire.JobContent, 0 }, nil, wire.PhaseRefused, "not-supported"},
		{"nothing to go back to", func(j *wire.Job) { j.Kind, j.Build, j.Bundle = wire.JobRollback, 6, nil }, nil, wire.PhaseRefused, "not-there"},
		{"runs already", func(j *wire.Job) { j.Build = 7 }, nil, wire.PhaseGood, ""},
		{"late", func(j *wire.Job) { j.Issued -= 10_000; j.Deadline = j.Issued + 1 }, nil, wire.PhaseRefused, "deadline"},
		{"withdrawn", func(j *wire.Job) { j.Withdrawn = true }, nil, wire.PhaseRefused, "withdrawn"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := y.rig(t)
			r.fetch.file = append([]byte{}, y.file...)
			if c.set != nil {
				c.set(r)
			}
			before := r.site.Sum("state", "boot_a", "root_a")
			r.offer(c.job)
			r.ends(c.phase, c.code)
			if r.site.Sum("state", "boot_a", "root_a") != before || r.restarts != 0 || r.kioskd.held() {
				t.Error("something was changed")
			}
		})
	}
}

func TestOffer(t *testing.T) {
	y := newYard(t)
	stranger := newYard(t)
	r := y.rig(t)
	refused := func(what string, err error, code agentapi.ErrorCode) {
		t.Helper()
		if e, ok := errors.AsType[*agentapi.Error](err); !ok || e.Code != code {
			t.Errorf("%s: %v, want %s", what, err, code)
		}
	}
	s, err := wire.SignJob(stranger.key, r.job(nil))
	if err != nil {
		t.Fatal(err)
	}
	refused("by a stranger", r.agent.Offer(&s), agentapi.CodeSignature)
	refused("for another", r.agent.Offer(r.sign(r.job(func(j *wire.Job) { j.Kiosk = "10000002" }))), agentapi.CodeWrongKiosk)
	if s, _ := r.agent.State(); s.Job != nil {
		t.Errorf("%+v", s.Job)
	}
	r.fetch.err = errLine
	r.offer(nil)
	refused("older", r.agent.Offer(r.sign(r.job(func(j *wire.Job) { j.ID = "old"; j.Issued-- }))), agentapi.CodeOlder)
	if err := r.agent.Offer(nil); err != nil {
		t.Fatal(err)
	}
	if p := r.last(); p.ID != "r1-1" || p.Phase != wire.PhaseOffered {
		t.Errorf("an empty message took the job back: %+v", p)
	}
	r.clock.pass(time.Second)
	r.offer(func(j *wire.Job) { j.ID = "r2-1" })
	if p := r.last(); p.ID != "r2-1" || p.Phase != wire.PhaseOffered {
		t.Errorf("not replaced: %+v", p)
	}
	r.clock.pass(time.Second)
	r.offer(func(j *wire.Job) { j.ID = "r2-1"; j.Withdrawn = true })
	r.ends(wire.PhaseRefused, wire.CodeWithdrawn)
	if err := r.agent.Offer(nil); err != nil {
		t.Fatal(err)
	}
	if s, _ := r.agent.State(); s.Job != nil {
		t.Errorf("still told: %+v", s.Job)
	}
	r.clock.pass(time.Second)
	r.offer(func(j *wire.Job) { j.ID = "r2-1"; j.Withdrawn = true })
	if p := r.last(); p.Code != wire.CodeWithdrawn {
		t.Errorf("the same job again is not answered: %+v", p)
	}
}

// TestArmedCannotBeReplaced: what is armed or on trial ends as itself.
func TestArmedCannotBeReplaced(t *testing.T) {
	r := newYard(t).rig(t)
	r.offer(nil)
	r.turns(final)
	if run := r.site.Reboot(); run.Mode != slot.Trial {
		t.Fatalf("%+v", run)
	}
	r.start()
	r.turns(func(p wire.JobReport) bool { return p.Phase == wire.PhaseTrial })
	r.clock.pass(time.Second)
	err := r.agent.Offer(r.sign(r.job(func(j *wire.Job) { j.ID = "r2-1" })))
	if e, ok := errors.AsType[*agentapi.Error](err); !ok || e.Code != agentapi.CodeArmed {
		t.Errorf("%v", err)
	}
	r.offer(func(j *wire.Job) { j.Withdrawn = true })
	if r.turns(final) {
		t.Errorf("%+v", r.last())
	}
	r.settle(nil)
	r.ends(wire.PhaseGood, "")
}

// TestLine: a broken line only takes time, until the deadline.
func TestLine(t *testing.T) {
	y := newYard(t)
	t.Run("comes back", func(t *testing.T) {
		r := y.rig(t)
		n := 0
		r.fetch.read = func(_ int64, size int) error {
			if size < chunk {
				return nil
			}
			if n++; n%2 == 0 {
				return errLine
			}
			return nil
		}
		r.offer(nil)
		if r.turns(final) || !r.down {
			t.Fatalf("%+v", r.last())
		}
		if most := int64(len(y.file)) + 64<<10; r.fetch.bytes > most {
			t.Errorf("%d bytes were fetched of a file of %d: chunks were fetched again", r.fetch.bytes, len(y.file))
		}
	})
	t.Run("never", func(t *testing.T) {
		r := y.rig(t)
		r.fetch.err = errLine
		r.offer(nil)
		r.ends(wire.PhaseRefused, "deadline")
		if p := r.last(); p.Detail != errLine.Error() {
			t.Errorf("%+v", p)
		}
	})
	t.Run("half way", func(t *testing.T) {
		r := y.rig(t)
		r.fetch.read = func(at int64, n int) error {
			if at > int64(len(y.file))/3 && n > chunk {
				return errLine
			}
			return nil
		}
		r.offer(nil)
		r.ends(wire.PhaseFailed, "deadline")
		if st := r.site.State(); st.Try != "" || r.restarts != 0 {
			t.Errorf("%+v", st)
		}
	})
	t.Run("deadline in the middle", func(t *testing.T) {
		r := y.rig(t)
		r.fetch.read = func(int64, int) error {
			r.clock.pass(10 * time.Hour)
			return nil
		}
		r.offer(nil)
		r.ends(wire.PhaseFailed, "deadline")
	})
	t.Run("withdrawn in the middle", func(t *testing.T) {
		r := y.rig(t)
		n := 0
		r.fetch.read = func(_ int64, size int) error {
			if size < chunk {
				return nil
			}
			if n++; n == 1 {
				r.offer(func(j *wire.Job) { j.Withdrawn = true })
			}
			return nil
		}
		r.offer(nil)
		r.ends(wire.PhaseRefused, wire.CodeWithdrawn)
		if n > 1 {
			t.Errorf("%d chunks were fetched", n)
		}
	})
}

// TestWindow: the board is restarted in the window, and a job that waits for it can
// be called back.
func TestWindow(t *testing.T) {
	y := newYard(t)
	in := func(r *rig, hours int) wire.Window { // a window of two hours from then on, in the kiosk's zone
		at := r.clock.Now().Add(time.Duration(hours) * time.Hour).In(time.FixedZone("", 8*3600))
		m := at.Hour()*60 + at.Minute()
		return wire.Window{From: m, To: (m + 120) % wire.MinutesOfDay}
	}
	t.Run("waits", func(t *testing.T) {
		r := y.rig(t)
		begun := r.clock.Now()
		w := in(r, 3)
		r.offer(func(j *wire.Job) { j.Window = w })
		written := func(p wire.JobReport) bool { return p.Phase == wire.PhaseWriting && p.Percent == 100 }
		if !r.turns(written) {
			t.Fatalf("%+v", r.last())
		}
		if st := r.site.State(); st.Try != "" || r.site.Holds(slot.B) != 8 {
			t.Errorf("armed before the window: %+v", st)
		}
		r.turns(final)
		if waited := r.clock.Now().Sub(begun); !r.down || waited < 3*time.Hour-time.Minute || waited > 3*time.Hour+10*time.Minute {
			t.Errorf("restarted %v after %v", r.down, waited)
		}
	})
	t.Run("withdrawn while it waits", func(t *testing.T) {
		r := y.rig(t)
		r.offer(func(j *wire.Job) { j.Window = in(r, 3) })
		r.turns(func(p wire.JobReport) bool { return p.Phase == wire.PhaseWriting && p.Percent == 100 })
		r.clock.pass(time.Minute)
		r.offer(func(j *wire.Job) { j.Withdrawn = true })
		r.ends(wire.PhaseRefused, wire.CodeWithdrawn)
	})
	t.Run("spoilt while it waits", func(t *testing.T) {
		r := y.rig(t)
		r.offer(func(j *wire.Job) { j.Window = in(r, 3) })
		r.turns(func(p wire.JobReport) bool { return p.Phase == wire.PhaseWriting && p.Percent == 100 })
		r.site.Spoil("root_b", 4_250_000)
		r.turns(final) // rig.restart fails if the slot is not whole
		if !r.down || r.site.Holds(slot.B) != 8 {
			t.Errorf("%+v", r.last())
		}
	})
	t.Run("lost clock", func(t *testing.T) {
		r := y.rig(t)
		r.offer(func(j *wire.Job) { j.Window = in(r, 3) })
		r.turns(func(p wire.JobReport) bool { return p.Phase == wire.PhaseWriting && p.Percent == 100 })
		r.clock.trusted, r.clock.wall = false, time.Unix(0, 0)
		r.start() // nothing was heard since
		begun := r.clock.Elapsed()
		if r.turns(func(wire.JobReport) bool { return r.clock.Elapsed()-begun > 2*time.Hour }); r.down {
			t.Fatal("a restart without a window")
		}
		for !r.down && r.clock.Elapsed()-begun < 48*time.Hour {
			r.turns(final)
		}
		if waited := r.clock.Elapsed() - begun; !r.down || waited < BlindWait || waited > BlindWait+10*time.Minute {
			t.Errorf("restarted %v after %v: %+v", r.down, waited, r.last())
		}
	})
	t.Run("lost clock, office heard", func(t *testing.T) {
		r := y.rig(t)
		w := in(r, 3)
		real := r.job(func(j *wire.Job) { j.Window = w })
		r.clock.trusted, r.clock.wall = false, time.Unix(0, 0)
		r.start()
		if err := r.agent.Offer(r.sign(real)); err != nil {
			t.Fatal(err)
		}
		begun := r.clock.Elapsed()
		r.turns(final)
		if waited := r.clock.Elapsed() - begun; !r.down || waited < 3*time.Hour-time.Minute || waited > 3*time.Hour+10*time.Minute {
			t.Errorf("restarted %v after %v: %+v", r.down, waited, r.last())
		}
	})
}

func TestHold(t *testing.T) {
	y := newYard(t)
	t.Run("busy", func(t *testing.T) {
		r := y.rig(t)
		r.kioskd.err = ErrBusy
		r.offer(nil)
		if r.turns(func(wire.JobReport) bool { return r.kioskd.asked > 50 }); r.down {
			t.Fatal("a customer was cut off")
		}
		if st := r.site.State(); st.Try != "" {
			t.Errorf("armed without a hold: %+v", st)
		}
		r.kioskd.err = nil
		r.turns(final)
		if !r.down {
			t.Errorf("%+v", r.last())
		}
	})
	t.Run("down for long", func(t *testing.T) {
		r := y.rig(t)
		r.kioskd.err = ErrDown
		r.offer(nil)
		r.turns(func(wire.JobReport) bool { return r.kioskd.asked > 0 })
		begun := r.clock.Elapsed()
		r.turns(final)
		if waited := r.restartAt - begun; !r.down || waited < DownWait-time.Minute || waited > DownWait+time.Minute {
			t.Errorf("restarted %v after %v", r.down, waited)
		}
	})
	t.Run("down now and then", func(t *testing.T) {
		r := y.rig(t)
		r.kioskd.err = ErrDown
		r.offer(nil)
		for range 30 {
			for range 60 {
				r.agent.turn(t.Context())
				r.clock.pass(lookSoon)
			}
			r.kioskd.err = ErrBusy
			r.agent.turn(t.Context())
			r.kioskd.err = ErrDown
		}
		if r.down {
			t.Error("a restart although kioskd answered in between")
		}
	})
	t.Run("given back when not needed", func(t *testing.T) {
		r := y.rig(t)
		r.offer(func(j *wire.Job) { j.Kind, j.Build, j.Bundle = wire.JobRollback, 6, nil })
		r.ends(wire.PhaseRefused, "not-there")
		if r.kioskd.asked == 0 || r.kioskd.held() {
			t.Errorf("asked %d times, held %v", r.kioskd.asked, r.kioskd.held())
		}
	})
	t.Run("never comes back", func(t *testing.T) {
		r := y.rig(t)
		r.offer(nil)
		for range 6 { // the restart does nothing at all
			r.down = false
			if r.turns(final) {
				break
			}
		}
		r.down = false
		r.ends(wire.PhaseFailed, "not-restarted")
		if st := r.site.State(); r.restarts != MaxRestarts || st.Try != "" {
			t.Errorf("%d restarts, %+v", r.restarts, st)
		}
	})
}
