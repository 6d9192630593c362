package billtest

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

// echoing is a device on a line that gives the host its own bytes back.
type echoing struct {
	Device
	back []byte
	at   time.Time
}

// Receive takes what the host sent, and keeps it for the way back.
func (e *echoing) Receive(now time.Time, rx []byte) {
	e.back, e.at = append(e.back, rx...), now
	e.Device.Receive(now, rx)
}

// Advance gives the echo in front of the reply. A device whose own line echoes gives it
// once all the same.
func (e *echoing) Advance(now time.Time) []byte {
	tx := e.Device.Advance(now)
	back := e.back
	e.back = nil
	if bytes.HasPrefix(tx, back) {
		return tx
	}
	return append(back, tx...)
}

// Wake is when the echo or the device has something to say.
func (e *echoing) Wake() time.Time {
	if w := e.Device.Wake(); len(e.back) == 0 || !w.IsZero() && w.Before(e.at) {
		return w
	}
	return e.at
}

// ownEcho: its own bytes are no reply to the driver, be the device there or not.
func ownEcho(t *testing.T, r *Rig) {
	r.Device = &echoing{Device: r.Device}
	begin(t, r)
	take(t, r, note100)
	escrow(t, r, note20)
	r.Do(bill.Return)
	r.Await(bill.Returned)
	r.Await(bill.Idling)
	holdsNotes(t, r, notes(note100), notes(note20))
	never(t, r, bill.Silent, bill.Failed)

	fault(t, r, FaultSilent, false)
	r.Await(bill.Silent)
	r.RunFor(time.Minute)
	if n := r.Count(bill.Silent); n != 1 {
		t.Errorf("%d silent events, want 1: an echo is no sign of life", n)
	}
	fault(t, r, FaultSilent, true)
	r.Await(bill.Idling)
	take(t, r, note20)
}

// unplugged is a line without a device.
type unplugged struct{ Device }

// Receive hears nothing.
func (unplugged) Receive(time.Time, []byte) {}

// Advance says nothing.
func (unplugged) Advance(time.Time) []byte { return nil }

// Wake is never.
func (unplugged) Wake() time.Time { return time.Time{} }

// unplug takes the device off the line, and waits until the driver says so.
func unplug(r *Rig) {
	r.Device = unplugged{r.Device}
	r.Await(bill.Silent)
}

// other is another device for the same driver.
func other(t *testing.T, r *Rig) Device {
	t.Helper()
	if r.Other == nil {
		t.Skip("the driver is not on a line")
	}
	return r.Other()
}

// swappedDevice: notes of a device that was plugged in are worth what its own table says.
func swappedDevice(t *testing.T, r *Rig) {
	next := other(t, r)
	begin(t, r)
	unplug(r)
	r.Device = next
	r.Await(bill.Idling) // Enable still stands
	take(t, r, note100)
	take(t, r, note20)
	holdsNotes(t, r, notes(note100, note20), nil)
}

// noteAfterSilence: a silence ends with another note in escrow. The one that was ordered
// into the cassette before it is given up first, with its value.
func noteAfterSilence(t *testing.T, r *Rig) {
	b := NewRig(t, r.NewEngine, other(t, r))
	begin(t, r)
	escrow(t, r, note100)
	r.Do(bill.Stack)
	r.Await(bill.Stacking)
	unplug(r)

	b.Now = r.Now
	begin(t, b)
	escrow(t, b, note20)
	r.Run(b.Now)
	before := len(r.Events)
	r.Device = b.Device
	r.RunFor(time.Minute)
	for _, ev := range r.Events[before:] {
		switch {
		case ev.Kind == bill.Lost && ev.Value == note100:
			return
		case ev.Value != 0:
			t.Fatalf("%v of %d before the first note was given up: %v", ev.Kind, ev.Value, r.Events[before:])
		}
	}
	t.Errorf("nobody knows of the first note: %v", r.Events[before:])
}

// enabledInVain: a device that takes Enable and does not open is reported, and works
// again once it opens.
func enabledInVain(t *testing.T, r *Rig) {
	r.Await(bill.Disabled)
	fault(t, r, FaultStuckShut, false)
	r.Do(bill.Enable)
	if ev := r.Await(bill.Unusable); ev.Detail == "" && r.Other != nil {
		t.Error("unusable without a reason")
	}
	if err := r.Device.Insert(r.Now, note100, Genuine); err == nil {
		t.Error("a device that does not open took a note")
	}
	r.RunFor(time.Minute)
	never(t, r, bill.Idling, bill.Accepting, bill.Silent)

	fault(t, r, FaultStuckShut, true)
	r.Do(bill.Disable)
	r.Await(bill.Disabled)
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	take(t, r, note20)
}

// stackedUnasked: a note that goes into the cassette without an order, after one with, is
// reported, once, and keeps nobody from the next one.
func stackedUnasked(t *testing.T, r *Rig) {
	begin(t, r)
	take(t, r, note20)
	fault(t, r, FaultUnasked, false)
	insert(t, r, note100, Genuine)
	before := len(r.Events)
	if !r.RunUntil(patience, func() bool { return inTheCassette(r.Events[before:]) > 0 }) {
		t.Fatalf("a note in the cassette is not reported: %v", r.Events)
	}
	r.RunFor(10 * time.Second)
	if n := inTheCassette(r.Events[before:]); n != 1 {
		t.Errorf("%d reports of one note: %v", n, r.Events)
	}
	for _, ev := range r.Events[before:] {
		if ev.Kind == bill.Stacked && ev.Value != note100 && ev.Value != 0 {
			t.Errorf("stacked %d, want %d", ev.Value, note100)
		}
	}

	fault(t, r, FaultUnasked, true)
	r.Do(bill.Confirm)
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	take(t, r, note20)
	holdsNotes(t, r, notes(note20, note100, note20), nil)
}

// inTheCassette counts the reports of notes that are in the cassette, or may be.
func inTheCassette(events []bill.Event) (n int) {
	for _, ev := range events {
		if ev.Kind == bill.Stacked || ev.Kind == bill.PoweredUpInStacker || ev.Kind == bill.Lost {
			n++
		}
	}
	return n
}

// unaskedUnheard: nothing is heard of a note that goes into the cassette without an order
// from some instant on. If the driver said that it is being stacked, it says once where it
// is, or that it does not know; that is no fault of the device, which goes on.
func unaskedUnheard(t *testing.T, r *Rig) {
	begin(t, r)
	take(t, r, note20)
	fault(t, r, FaultUnasked, false)
	for heard := time.Duration(0); heard < 4*time.Second; heard += 200 * time.Millisecond {
		before, inside := len(r.Events), len(r.Device.Cassette())
		insert(t, r, note100, Genuine)
		r.RunFor(heard)
		r.ToHost = func([]byte) []byte { return nil }
		r.RunFor(10 * time.Second)
		r.ToHost = nil
		r.RunFor(20 * time.Second)

		said := r.Events[before:]
		began := slices.ContainsFunc(said, func(ev bill.Event) bool { return ev.Kind == bill.Stacking })
		if n := inTheCassette(said); n > 1 || began && n == 0 {
			t.Errorf("heard of for %s: %d reports of one note: %v", heard, n, said)
		}
		if n := len(r.Device.Cassette()); n != inside+1 {
			t.Fatalf("heard of for %s: %d notes in the cassette, want %d", heard, n, inside+1)
		}
		r.Do(bill.Confirm)
		r.Do(bill.Enable)
		r.Await(bill.Idling)
	}
	never(t, r, bill.Failed)
}
