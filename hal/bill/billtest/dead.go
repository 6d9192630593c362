package billtest

import (
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

// opened is a device that a person can open.
type opened interface {
	// TakeOut takes the note out of the path; false where there is none.
	TakeOut() (fen int64, ok bool)
}

// deadLines are the ways in which a note in escrow leaves a device while its line is dead and
// nobody gives it back.
var deadLines = []struct {
	name string
	do   func(t *testing.T, r *Rig)
}{
	{"a failure, and the note is taken out", func(t *testing.T, r *Rig) {
		fault(t, r, FaultFailure, false)
		r.RunFor(20 * time.Second)
		takesOut(t, r)
		fault(t, r, FaultFailure, true)
	}},
	{"a power cut, and the note is taken out", func(t *testing.T, r *Rig) {
		r.Device.PowerCut(r.Now)
		r.RunFor(5 * time.Second)
		takesOut(t, r)
		r.Device.PowerOn(r.Now)
	}},
}

// takesOut is a person who opens the device and takes its note out.
func takesOut(t *testing.T, r *Rig) {
	t.Helper()
	if v, ok := r.Device.(opened).TakeOut(); !ok || v != note100 {
		t.Fatalf("%d taken out of the path (%v), want %d", v, ok, note100)
	}
}

// ordered is an order in the name of a case.
func ordered(op bill.Op) string {
	if op == 0 {
		return "nothing ordered"
	}

	return op.String() + " ordered"
}

// takenOutUnheard: a note is in escrow, the line goes dead, and the note leaves the device by
// another's hand. When the line is back nobody says that it went back to its customer, whatever
// was ordered: it is lost, once, with its value.
func takenOutUnheard(t *testing.T, newRig func(t *testing.T) *Rig) {
	for _, order := range []bill.Op{0, bill.Stack, bill.Return} {
		for _, way := range deadLines {
			t.Run(ordered(order)+"/"+way.name, func(t *testing.T) {
				r := newRig(t)
				if _, ok := r.Device.(opened); !ok {
					t.Skip("nobody can open the device")
				}
				begin(t, r)
				escrow(t, r, note100)
				cut(t, r)
				if order != 0 {
					r.Do(order) // and it never arrives
				}
				r.Await(bill.Silent)
				way.do(t, r)
				r.RunFor(10 * time.Second)

				r.ToHost, r.ToDevice = nil, nil
				r.Await(bill.Idling)
				r.RunFor(time.Minute)
				if lost := r.Count(bill.Lost); lost != 1 || valueOf(r, bill.Lost) != note100 {
					t.Errorf("%d notes lost (the last of %d), want one of %d: %v", lost, valueOf(r, bill.Lost), note100, r.Events)
				}
				never(t, r, bill.Returned, bill.Stacked, bill.PoweredUpInStacker, bill.PoweredUpInValidator)
				holdsNotes(t, r, nil, nil)
				take(t, r, note20)
			})
		}
	}
}

// takenOutHeard: the same with a line that works: the device says what is wrong with it, and not
// where the note went.
func takenOutHeard(t *testing.T, newRig func(t *testing.T) *Rig) {
	for _, way := range deadLines {
		t.Run(way.name, func(t *testing.T) {
			r := newRig(t)
			if _, ok := r.Device.(opened); !ok {
				t.Skip("nobody can open the device")
			}
			begin(t, r)
			escrow(t, r, note100)
			way.do(t, r)
			r.Await(bill.Idling)
			r.RunFor(time.Minute)
			if lost := r.Count(bill.Lost); lost != 1 || valueOf(r, bill.Lost) != note100 {
				t.Errorf("%d notes lost (the last of %d), want one of %d: %v", lost, valueOf(r, bill.Lost), note100, r.Events)
			}
			never(t, r, bill.Returned, bill.Stacked, bill.PoweredUpInStacker)
			holdsNotes(t, r, nil, nil)
			take(t, r, note20)
		})
	}
}

// wentBackUnheard: the line is dead while a note in escrow goes back by itself, or its device
// restarts. Where the device says so afterwards it is returned, else it is lost; it has one end.
func wentBackUnheard(t *testing.T, newRig func(t *testing.T) *Rig) {
	for _, off := range []bool{false, true} {
		t.Run(map[bool]string{false: "by itself", true: "after a power cut"}[off], func(t *testing.T) {
			r := newRig(t)
			begin(t, r)
			escrow(t, r, note100)
			cut(t, r)
			r.Await(bill.Silent)
			if off {
				power(r, 3*time.Second)
			}
			r.RunFor(30 * time.Second)

			r.ToHost, r.ToDevice = nil, nil
			r.Await(bill.Idling)
			r.RunFor(time.Minute)
			holdsNotes(t, r, nil, notes(note100))
			never(t, r, bill.Stacked, bill.PoweredUpInStacker)
			back, lost := r.Count(bill.Returned), r.Count(bill.Lost)
			switch {
			case back+lost != 1:
				t.Errorf("returned %d times, lost %d times, want one of them once: %v", back, lost, r.Events)
			case !off && r.Mute != (lost == 1):
				t.Errorf("returned %d times, lost %d times, though the device tells: %v: %v", back, lost, !r.Mute, r.Events)
			}
			take(t, r, note20)
		})
	}
}

// stillInEscrow: a note that is still in escrow after a silence is in escrow, or goes back and the
// device says so: no note is lost.
func stillInEscrow(t *testing.T, r *Rig) {
	begin(t, r)
	escrow(t, r, note100)
	cut(t, r)
	r.Await(bill.Silent)
	r.ToHost, r.ToDevice = nil, nil
	if !r.RunUntil(patience, func() bool { return r.Count(bill.Escrowed) == 2 || r.Count(bill.Returned) == 1 }) {
		t.Fatalf("the note is neither shown again nor returned: %v", r.Events)
	}
	if r.Count(bill.Escrowed) == 2 {
		r.Do(bill.Return)
		r.Await(bill.Returned)
	}
	r.Await(bill.Idling)
	r.RunFor(time.Minute)
	holdsNotes(t, r, nil, notes(note100))
	never(t, r, bill.Lost, bill.Stacked)
	if n := r.Count(bill.Returned); n != 1 {
		t.Errorf("%d returned events, want 1: %v", n, r.Events)
	}
}

// cut takes the line away.
func cut(t *testing.T, r *Rig) {
	t.Helper()
	if r.Other == nil {
		t.Skip("the driver is not on a line")
	}
	dead := func([]byte) []byte { return nil }
	r.ToHost, r.ToDevice = dead, dead
}

// valueOf is the value of the last event of the kind.
func valueOf(r *Rig, k bill.Kind) (fen int64) {
	for _, ev := range r.Events {
		if ev.Kind == k {
			fen = ev.Value
		}
	}
	return fen
}
