package billtest

import (
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

// power takes the device's power for a while.
func power(r *Rig, off time.Duration) {
	r.Device.PowerCut(r.Now)
	r.RunFor(off)
	r.Device.PowerOn(r.Now)
}

// pastLever pumps until the note is in the cassette and no further.
func pastLever(t *testing.T, r *Rig, count int) {
	t.Helper()
	if !r.RunUntil(patience, func() bool { return len(r.Device.Cassette()) == count }) {
		t.Fatalf("the cassette never held %d notes", count)
	}
}

func powerUpInValidator(t *testing.T, r *Rig) {
	begin(t, r)
	escrow(t, r, note100)
	power(r, 3*time.Second)
	r.Await(bill.PoweredUpInValidator)
	r.Await(bill.Returned)
	r.Await(bill.Idling) // Enable still stands
	holdsNotes(t, r, nil, notes(note100))
	never(t, r, bill.Stacked, bill.PoweredUpInStacker)
	if n := r.Count(bill.Returned); n != 1 {
		t.Errorf("%d returned events, want 1", n)
	}
	take(t, r, note20)
}

// takenOutAtPowerUp: the note that a restarted device finds in its path is stuck, and somebody
// opens the device and takes it out. It did not go back to its customer: no driver says so,
// that of a restarted host neither.
func takenOutAtPowerUp(kind string, says bill.Kind) func(*testing.T, *Rig) {
	return func(t *testing.T, r *Rig) { takenOut(t, r, kind, says) }
}

func takenOut(t *testing.T, r *Rig, kind string, says bill.Kind) {
	t.Helper()
	opened, ok := r.Device.(interface{ TakeOut() (int64, bool) })
	if !ok {
		t.Skip("nobody can open the device")
	}
	begin(t, r)
	escrow(t, r, note100)
	r.Do(bill.Stack)
	r.RunFor(150 * time.Millisecond)
	r.Device.PowerCut(r.Now)
	r.HostOff()
	r.RunFor(time.Second)
	fault(t, r, kind, false)
	r.Device.PowerOn(r.Now)
	r.HostOn()
	r.Await(says)
	r.RunFor(20 * time.Second)
	if v, out := opened.TakeOut(); !out {
		t.Skipf("no note is in the path (%d)", v)
	}
	fault(t, r, kind, true)
	r.Await(bill.Disabled)
	r.RunFor(10 * time.Second)
	never(t, r, bill.Returned, bill.Stacked, bill.PoweredUpInStacker)
	holdsNotes(t, r, nil, nil)
}

func powerUpInStacker(t *testing.T, r *Rig) {
	begin(t, r)
	escrow(t, r, note100)
	r.Do(bill.Stack)
	pastLever(t, r, 1)
	power(r, 3*time.Second)
	if ev := r.Await(bill.PoweredUpInStacker); ev.Value != 0 {
		t.Errorf("value %d, want 0: the device does not know it", ev.Value)
	}
	idle := r.Count(bill.Idling)
	r.RunFor(10 * time.Second)
	if r.Count(bill.Idling) != idle {
		t.Error("the device went on before the report was confirmed")
	}
	r.Do(bill.Confirm)
	r.Await(bill.Idling)
	if n := r.Count(bill.PoweredUpInStacker); n != 1 {
		t.Errorf("%d powered-up-in-stacker events, want 1", n)
	}
	never(t, r, bill.Stacked, bill.Returned)
	holdsNotes(t, r, notes(note100), nil)
	take(t, r, note20)
}

// powerUpUnconfirmed: the device reports by its power-up state a note that its
// driver has reported already. One note, one report.
func powerUpUnconfirmed(t *testing.T, r *Rig) {
	begin(t, r)
	escrow(t, r, note100)
	r.Do(bill.Stack)
	r.Await(bill.Stacked)
	power(r, 3*time.Second)
	r.RunFor(5 * time.Second)
	r.Do(bill.Confirm)
	r.Await(bill.Idling)
	r.RunFor(5 * time.Second)
	if n := r.Count(bill.Stacked) + r.Count(bill.PoweredUpInStacker); n != 1 {
		t.Errorf("%d reports of one note: %v", n, r.Events)
	}
	take(t, r, note20)
}

func powerUpWithNote(t *testing.T, r *Rig) {
	begin(t, r)
	fault(t, r, FaultPowerUpWithNote, false)
	power(r, time.Second)
	r.Await(bill.PoweredUpInValidator)
	r.Await(bill.Returned)
	r.Await(bill.Idling)
	if got := r.Device.Returned(); len(got) != 1 {
		t.Errorf("returned %v, want one note", got)
	}
	never(t, r, bill.Stacked)
}

func lostAck(t *testing.T, r *Rig) {
	begin(t, r)
	escrow(t, r, note100)
	r.Do(bill.Stack)
	r.Await(bill.Stacked)
	fault(t, r, FaultLostAck, false)
	r.Do(bill.Confirm)
	r.Await(bill.Idling)
	r.RunFor(5 * time.Second)
	if n := r.Count(bill.Stacked); n != 1 {
		t.Errorf("%d stacked events, want 1", n)
	}
	take(t, r, note20)
	holdsNotes(t, r, notes(note100, note20), nil)
}

func restartHost(r *Rig) {
	r.HostOff()
	r.RunFor(2 * time.Second)
	r.HostOn()
}

func restartInEscrow(t *testing.T, r *Rig) {
	begin(t, r)
	escrow(t, r, note100)
	restartHost(r)
	if ev := r.Await(bill.Escrowed); ev.Value != note100 {
		t.Errorf("escrowed %d, want %d", ev.Value, note100)
	}
	r.Do(bill.Stack)
	if ev := r.Await(bill.Stacked); ev.Value != note100 {
		t.Errorf("stacked %d, want %d", ev.Value, note100)
	}
	r.Do(bill.Confirm)
	r.Await(bill.Disabled)
	holdsNotes(t, r, notes(note100), nil)
}

func restartUnconfirmed(t *testing.T, r *Rig) {
	begin(t, r)
	escrow(t, r, note100)
	r.Do(bill.Stack)
	r.Await(bill.Stacked)
	restartHost(r)
	if ev := r.Await(bill.Stacked); ev.Value != note100 && !r.untold(ev) {
		t.Errorf("stacked %d, want %d", ev.Value, note100)
	}
	r.RunFor(5 * time.Second)
	r.Do(bill.Confirm)
	r.Await(bill.Disabled)
	r.RunFor(5 * time.Second)
	if n := r.Count(bill.Stacked); n != 1 {
		t.Errorf("%d stacked events after the restart, want 1", n)
	}
	holdsNotes(t, r, notes(note100), nil)
}

// ManyRestarts checks that a device keeps a credit across any number of restarts of the
// host, until its owner has written it down: one credit, and no report more. Not every
// protocol can (Suite asks for one restart).
func ManyRestarts(t *testing.T, r *Rig) {
	t.Helper()
	o := NewOwner(r, time.Hour) // writes too slowly, for now
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	insert(t, r, note100, Genuine)
	r.Await(bill.Stacked)
	for i := range 5 {
		r.RunFor(time.Duration(i) * 37 * time.Millisecond)
		r.HostOff()
		r.RunFor(time.Second)
		r.HostOn()
		r.Await(bill.Stacked)
	}
	o.Delay = 0
	r.HostOff()
	r.HostOn()
	r.Await(bill.Disabled)
	if !slices.Equal(o.Credits, notes(note100)) || o.Repeats != 0 {
		t.Errorf("credits %v, %d repeats: %v", o.Credits, o.Repeats, r.Events)
	}
	holdsNotes(t, r, notes(note100), nil)
}

func restartConfirmed(t *testing.T, r *Rig) {
	begin(t, r)
	take(t, r, note100)
	restartHost(r)
	r.Await(bill.Disabled)
	r.RunFor(10 * time.Second)
	never(t, r, bill.Stacked, bill.PoweredUpInStacker)
	holdsNotes(t, r, notes(note100), nil)
}

func resetWhileStacking(t *testing.T, r *Rig) {
	begin(t, r)
	o := NewOwner(r, 0)
	insert(t, r, note100, Genuine)
	r.Await(bill.Stacking)
	r.Do(bill.Reset)
	r.Await(bill.Starting)
	r.Await(bill.Idling)
	r.RunFor(5 * time.Second)
	settled(t, r, o)
	if n := r.Count(bill.Stacked); n != len(r.Device.Cassette()) {
		t.Errorf("%d stacked events, cassette %v", n, r.Device.Cassette())
	}
}

func silence(t *testing.T, r *Rig) {
	begin(t, r)
	fault(t, r, FaultSilent, false)
	r.Await(bill.Silent)
	r.RunFor(time.Minute)
	if n := r.Count(bill.Silent); n != 1 {
		t.Errorf("%d silent events, want 1", n)
	}
	fault(t, r, FaultSilent, true)
	r.Await(bill.Idling)
	take(t, r, note20)

	escrow(t, r, note100) // and with a note on its way to the cassette
	r.Do(bill.Stack)
	r.Await(bill.Stacking)
	fault(t, r, FaultSilent, false)
	r.Await(bill.Silent)
	r.RunFor(20 * time.Second)
	fault(t, r, FaultSilent, true)
	r.Await(bill.Stacked)
	r.Do(bill.Confirm)
	r.Await(bill.Idling)
	holdsNotes(t, r, notes(note20, note100), nil)
	if n := r.Count(bill.Stacked); n != 2 {
		t.Errorf("%d stacked events, want 2", n)
	}
}

// returnWaits: a host that dies before it wrote down that a note went back hears
// of it again, or finds the device at rest; in no case of a note in the cassette.
// And a late Confirm of a return is never taken for that of a credit.
func returnWaits(t *testing.T, r *Rig) {
	r.HoldReturns = true
	begin(t, r)
	escrow(t, r, note100)
	r.Do(bill.Return)
	r.Await(bill.Returned)
	r.RunFor(5 * time.Second)
	if n := r.Count(bill.Returned); n != 1 {
		t.Errorf("%d returned events, want 1", n)
	}
	restartHost(r)
	r.HoldReturns = false
	r.Await(bill.Disabled)
	r.RunFor(5 * time.Second)
	never(t, r, bill.Stacked, bill.PoweredUpInStacker, bill.Failed)
	holdsNotes(t, r, nil, notes(note100))
	r.Do(bill.Enable)
	r.Await(bill.Idling)

	escrow(t, r, note20)
	r.Do(bill.Stack)
	r.Await(bill.Stacked)
	r.RunFor(10 * time.Second)
	restartHost(r) // unconfirmed: the confirms of returns were not for it
	if ev := r.Await(bill.Stacked); ev.Value != note20 && !r.untold(ev) {
		t.Errorf("stacked %d, want %d", ev.Value, note20)
	}
	r.Do(bill.Confirm)
	r.Await(bill.Disabled)
	holdsNotes(t, r, notes(note20), notes(note100))
}

// deafAfterStack: the way from the device to the host is dead for a while once a note is
// on its way into the cassette. Nothing that the driver sends meanwhile may take the report
// of it: it is credited as soon as the line is back.
func deafAfterStack(t *testing.T, r *Rig) {
	begin(t, r)
	for n, dead := range []time.Duration{5, 15, 24, 30, 60, 90} {
		escrow(t, r, note100)
		before := r.Count(bill.Stacked)
		r.Do(bill.Stack)
		r.Await(bill.Stacking)
		r.ToHost = func([]byte) []byte { return nil }
		r.RunFor(dead * time.Second)
		r.ToHost = nil
		r.RunFor(time.Minute)
		if got := r.Count(bill.Stacked) - before; got != 1 {
			t.Fatalf("dead for %d s: %d stacked events, want 1: %v", dead, got, r.Events)
		}
		r.Do(bill.Confirm)
		r.Await(bill.Idling)
		if got := len(r.Device.Cassette()); got != n+1 {
			t.Fatalf("dead for %d s: %d notes in the cassette, want %d", dead, got, n+1)
		}
	}
	never(t, r, bill.Lost)
}
