package billtest

import (
	"errors"
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

func startsDisabled(t *testing.T, r *Rig) {
	r.Await(bill.Disabled)
	r.RunFor(10 * time.Second)
	if err := r.Device.Insert(r.Now, note100, Genuine); err == nil {
		t.Error("a disabled device took a note")
	}
	never(t, r, bill.Idling, bill.Accepting, bill.Silent, bill.Failed)
	if n := r.Count(bill.Disabled); n != 1 {
		t.Errorf("%d disabled events, want 1", n)
	}
}

func enablesByDenomination(t *testing.T, r *Rig) {
	begin(t, r, note100)
	insert(t, r, note20, Genuine)
	r.Await(bill.Rejected)
	r.Await(bill.Idling)
	take(t, r, note100)
	holdsNotes(t, r, notes(note100), notes(note20))
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	take(t, r, note20)
	holdsNotes(t, r, notes(note100, note20), notes(note20))
}

func answersCommands(t *testing.T, r *Rig) {
	begin(t, r)
	for range 3 {
		r.Do(bill.Enable)
		r.Await(bill.Idling)
		r.Do(bill.Disable)
		r.Await(bill.Disabled)
		r.Do(bill.Disable)
		r.Await(bill.Disabled)
		r.Do(bill.Enable, note20)
		r.Await(bill.Idling)
	}
	never(t, r, bill.Failed, bill.Silent)
}

func stacksOnce(t *testing.T, r *Rig) {
	begin(t, r)
	escrow(t, r, note100)
	holdsNotes(t, r, nil, nil)
	r.Do(bill.Stack)
	r.Await(bill.Stacking)
	r.Await(bill.Stacked)
	r.RunFor(10 * time.Second) // unconfirmed: reported again, but one event
	r.Do(bill.Confirm)
	r.Await(bill.Idling)
	r.RunFor(5 * time.Second)
	if n := r.Count(bill.Stacked); n != 1 {
		t.Errorf("%d stacked events, want 1", n)
	}
	take(t, r, note20)
	take(t, r, note20)
	holdsNotes(t, r, notes(note100, note20, note20), nil)
	never(t, r, bill.Returned, bill.Failed)
}

func returns(t *testing.T, r *Rig) {
	begin(t, r)
	escrow(t, r, note100)
	r.Do(bill.Return)
	r.Await(bill.Returning)
	if ev := r.Await(bill.Returned); ev.Value != note100 {
		t.Errorf("returned %d, want %d", ev.Value, note100)
	}
	r.Await(bill.Idling)
	holdsNotes(t, r, nil, notes(note100))
	never(t, r, bill.Stacked, bill.Rejected)
	if n := r.Count(bill.Returned); n != 1 {
		t.Errorf("%d returned events, want 1", n)
	}
	take(t, r, note20)
}

func refusesOrders(t *testing.T, r *Rig) {
	begin(t, r)
	for _, op := range []bill.Op{bill.Stack, bill.Return, bill.Hold} {
		if err := r.Engine.Do(r.Now, bill.Command{Op: op}); !errors.Is(err, bill.ErrNoNote) {
			t.Errorf("Do(%v) without a note: error %v", op, err)
		}
	}
	for _, op := range []bill.Op{0, 99} {
		if err := r.Engine.Do(r.Now, bill.Command{Op: op}); err == nil {
			t.Errorf("Do(%v) succeeded", op)
		}
	}
	if err := r.Engine.Do(r.Now, bill.Command{Op: bill.Enable, Values: notes(12345)}); !errors.Is(err, bill.ErrValues) {
		t.Errorf("Do(enable) with a value that the device does not know: error %v", err)
	}
	r.Do(bill.Confirm) // harmless
	take(t, r, note20)
}

func rejects(t *testing.T, r *Rig) {
	begin(t, r)
	for _, outcome := range []string{Suspect, Unreadable} {
		insert(t, r, note100, outcome)
		if ev := r.Await(bill.Rejected); ev.Detail == "" {
			t.Errorf("%s: rejected without a reason", outcome)
		}
		r.Await(bill.Idling)
	}
	holdsNotes(t, r, nil, notes(note100, note100))
	never(t, r, bill.Escrowed, bill.Stacked)
	if n := r.Count(bill.Rejected); n != 2 {
		t.Errorf("%d rejected events, want 2", n)
	}
}

func holds(t *testing.T, r *Rig) {
	begin(t, r)
	escrow(t, r, note100)
	r.RunFor(25 * time.Second)
	never(t, r, bill.Returning, bill.Returned)
	r.Do(bill.Hold)
	r.RunFor(45 * time.Second)
	never(t, r, bill.Returning, bill.Returned)
	r.Do(bill.Stack)
	r.Await(bill.Stacked)
	holdsNotes(t, r, notes(note100), nil)
	if n := r.Count(bill.Escrowed); n != 1 {
		t.Errorf("%d escrowed events, want 1", n)
	}
}

func forgotten(t *testing.T, r *Rig) {
	begin(t, r)
	escrow(t, r, note100)
	r.Await(bill.Returned)
	r.Await(bill.Idling)
	holdsNotes(t, r, nil, notes(note100))
}

func disablesWithNote(t *testing.T, r *Rig) {
	begin(t, r)
	insert(t, r, note100, Genuine)
	r.Await(bill.Accepting)
	disabled := r.Count(bill.Disabled)
	r.Do(bill.Disable)
	r.Await(bill.Escrowed)
	r.RunFor(2 * time.Second)
	r.Do(bill.Stack)
	r.Await(bill.Stacked)
	r.RunFor(2 * time.Second)
	if n := r.Count(bill.Disabled); n != disabled {
		t.Errorf("disabled was reported with a note in the path: %v", r.Events)
	}
	r.Do(bill.Confirm)
	r.Await(bill.Disabled)
	if err := r.Device.Insert(r.Now, note100, Genuine); err == nil {
		t.Error("a disabled device took a note")
	}
	holdsNotes(t, r, notes(note100), nil)
}

func validatorJam(t *testing.T, r *Rig) {
	begin(t, r)
	insert(t, r, note100, Genuine)
	r.Await(bill.Accepting)
	fault(t, r, FaultJam, false)
	if ev := r.Await(bill.Jammed); ev.Detail != "validator" {
		t.Errorf("jammed %q, want validator", ev.Detail)
	}
	r.RunFor(30 * time.Second)
	fault(t, r, FaultJam, true)
	r.Await(bill.Idling)
	holdsNotes(t, r, nil, notes(note100))
	never(t, r, bill.Stacked)
	take(t, r, note20)
}

func cassetteJam(t *testing.T, r *Rig) {
	begin(t, r)
	escrow(t, r, note100)
	r.Do(bill.Stack)
	r.Await(bill.Stacking)
	fault(t, r, FaultJamCassette, false)
	if ev := r.Await(bill.Jammed); ev.Detail != "cassette" {
		t.Errorf("jammed %q, want cassette", ev.Detail)
	}
	fault(t, r, FaultJamCassette, true)
	r.Await(bill.Idling)
	holdsNotes(t, r, nil, notes(note100))
	never(t, r, bill.Stacked)
	take(t, r, note20)
}

func cheat(t *testing.T, r *Rig) {
	begin(t, r)
	escrow(t, r, note100)
	r.Do(bill.Stack)
	r.Await(bill.Stacking)
	fault(t, r, FaultCheat, false)
	r.Await(bill.Cheated)
	fault(t, r, FaultCheat, true)
	r.Await(bill.Idling)
	never(t, r, bill.Stacked)
	if n := len(r.Device.Cassette()); n != 0 {
		t.Errorf("%d notes in the cassette, want 0", n)
	}
	take(t, r, note20)
}

// blockedBy is a fault at rest: reported, no note taken, and over when cleared.
func blockedBy(kind string, want bill.Kind) func(*testing.T, *Rig) {
	return func(t *testing.T, r *Rig) {
		begin(t, r)
		fault(t, r, kind, false)
		r.Await(want)
		if err := r.Device.Insert(r.Now, note100, Genuine); err == nil {
			t.Error("a blocked device took a note")
		}
		r.RunFor(time.Minute)
		if n := r.Count(want); n != 1 {
			t.Errorf("%d %v events, want 1", n, want)
		}
		fault(t, r, kind, true)
		r.Await(bill.Idling)
		take(t, r, note20)
	}
}
