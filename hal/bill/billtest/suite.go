package billtest

import (
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

// Notes the suite inserts; every simulated device knows them.
const (
	note100 = 10000
	note20  = 2000
)

// Suite runs every conformance case of the kind. newRig returns a fresh driver
// joined to a fresh device, which has power and no note. The device must know
// notes of 20 and 100 yuan.
func Suite(t *testing.T, name string, newRig func(t *testing.T) *Rig) {
	cases := []struct {
		name string
		run  func(t *testing.T, r *Rig)
	}{
		{"starts disabled", startsDisabled},
		{"enables by denomination", enablesByDenomination},
		{"answers enable and disable", answersCommands},
		{"stacks once", stacksOnce},
		{"returns", returns},
		{"refuses orders without a note", refusesOrders},
		{"rejects with a reason", rejects},
		{"holds", holds},
		{"forgotten note goes back", forgotten},
		{"disables with a note on its way", disablesWithNote},
		{"power-up with a note in the validator", powerUpInValidator},
		{"power-up with a note in the stacker", powerUpInStacker},
		{"a note that jams at power-up is taken out", takenOutAtPowerUp(FaultJam, bill.Jammed)},
		{"a note that is held by a failure at power-up is taken out", takenOutAtPowerUp(FaultFailure, bill.Failed)},
		{"power-up after an unconfirmed report", powerUpUnconfirmed},
		{"power-up with a note of somebody else", powerUpWithNote},
		{"cassette removed", blockedBy(FaultCassetteOut, bill.CassetteRemoved)},
		{"cassette full", blockedBy(FaultCassetteFull, bill.CassetteFull)},
		{"cheat at rest", blockedBy(FaultCheat, bill.Cheated)},
		{"validator jam", validatorJam},
		{"cassette jam", cassetteJam},
		{"cheat", cheat},
		{"lost acknowledgement", lostAck},
		{"a returned note waits for confirm", returnWaits},
		{"host restart with a note in escrow", restartInEscrow},
		{"host restart before confirm", restartUnconfirmed},
		{"host restart after confirm", restartConfirmed},
		{"reset while stacking", resetWhileStacking},
		{"silence", silence},
		{"still in escrow after a silence", stillInEscrow},
		{"nothing is heard after stack", deafAfterStack},
		{"own echo is no reply", ownEcho},
		{"another device after a silence", swappedDevice},
		{"another note after a silence", noteAfterSilence},
		{"enable without effect", enabledInVain},
		{"stacked without an order", stackedUnasked},
		{"stacked without an order while the line is down", unaskedUnheard},
	}
	for _, c := range cases {
		t.Run(name+"/"+c.name, func(t *testing.T) { c.run(t, newRig(t)) })
	}
	t.Run(name+"/taken out while the line is dead", func(t *testing.T) { takenOutUnheard(t, newRig) })
	t.Run(name+"/taken out of escrow", func(t *testing.T) { takenOutHeard(t, newRig) })
	t.Run(name+"/went back while the line is dead", func(t *testing.T) { wentBackUnheard(t, newRig) })
	suiteCuts(t, name, newRig)
	SecondNote(t, name, newRig)
}

// begin brings the rig to idling.
func begin(t *testing.T, r *Rig, values ...int64) {
	t.Helper()
	r.Await(bill.Disabled)
	r.Do(bill.Enable, values...)
	r.Await(bill.Idling)
}

func insert(t *testing.T, r *Rig, fen int64, outcome string) {
	t.Helper()
	if err := r.Device.Insert(r.Now, fen, outcome); err != nil {
		t.Fatalf("Insert(%d): %v", fen, err)
	}
}

// escrow inserts a note and awaits it in escrow.
func escrow(t *testing.T, r *Rig, fen int64) {
	t.Helper()
	insert(t, r, fen, Genuine)
	if ev := r.Await(bill.Escrowed); ev.Value != fen {
		t.Fatalf("escrowed %d, want %d", ev.Value, fen)
	}
}

// take takes a whole note.
func take(t *testing.T, r *Rig, fen int64) {
	t.Helper()
	before := r.Count(bill.Stacked)
	escrow(t, r, fen)
	r.Do(bill.Stack)
	if ev := r.Await(bill.Stacked); ev.Value != fen {
		t.Fatalf("stacked %d, want %d", ev.Value, fen)
	}
	r.RunFor(time.Second)
	r.Do(bill.Confirm)
	r.Await(bill.Idling)
	if got := r.Count(bill.Stacked) - before; got != 1 {
		t.Fatalf("%d stacked events for one note", got)
	}
}

func fault(t *testing.T, r *Rig, kind string, clear bool) {
	t.Helper()
	if err := r.Device.Fault(kind, clear); err != nil {
		t.Skipf("the device cannot show this fault: %v", err)
	}
}

// holdsNotes checks what is in the cassette and what came out.
func holdsNotes(t *testing.T, r *Rig, cassette, returned []int64) {
	t.Helper()
	if got := r.Device.Cassette(); !slices.Equal(got, cassette) {
		t.Errorf("cassette %v, want %v", got, cassette)
	}
	if got := r.Device.Returned(); !slices.Equal(got, returned) {
		t.Errorf("returned %v, want %v", got, returned)
	}
}

func never(t *testing.T, r *Rig, kinds ...bill.Kind) {
	t.Helper()
	for _, k := range kinds {
		if n := r.Count(k); n != 0 {
			t.Errorf("%d %v events, want none: %v", n, k, r.Events)
		}
	}
}

func notes(fen ...int64) []int64 { return fen }
