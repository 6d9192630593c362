package ebds

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

const (
	inPath  = BitAccepting | BitEscrowed | BitReturning | BitReturned // at power-up: comes back
	busy    = inPath | BitStacking | BitStacked
	faults  = BitCheated | BitJammed | BitFull | BitPaused | BitCalibration | BitFailure | BitOpen | BitStalled
	hopeful = BitJammed | BitFailure | BitStalled // RESET may mend them
	events  = BitStacked | BitReturned            // told until acknowledged, and confirmed by the owner
	timed   = BitPowerUp | BitStacking | BitPaused
)

// troubleOf is what keeps the device from work; BitCassette stands for a cassette
// that is out. While it starts nothing is held against it.
func troubleOf(bits uint32) uint32 {
	if bits&BitPowerUp != 0 {
		return 0
	}
	return bits&faults | ^bits&BitCassette
}

// told acts on a state that is not the one last acted on.
func (d *Driver) told(now time.Time, r Reply) {
	began := r.Bits &^ d.bits
	d.bits = r.Bits
	if began&timed != 0 {
		d.since, d.pauseSaid = now, false
	}
	if began&BitPowerUp != 0 {
		d.onRestart()
	}
	before := d.trouble
	d.trouble = troubleOf(r.Bits)
	d.onTrouble(now, d.trouble&^before)
	if r.Bits&BitStacked == 0 && d.note.reported && d.owner.Confirmed() {
		d.note = note{}
	}
	if r.Bits&BitPowerUp != 0 && r.Bits&inPath != 0 && r.Bits&BitStacked == 0 {
		d.onFound()
	}
	d.onNote(now, r, began)
}

// onNote follows the note.
func (d *Driver) onNote(now time.Time, r Reply, began uint32) {
	switch {
	case r.Bits&BitStacked != 0:
		d.onStacked(r, began&BitStacked != 0)
	case began&BitReturned != 0:
		d.onReturned(r)
	case began&BitRejected != 0:
		d.onRejected(r)
	}
	if r.Bits&(BitPowerUp|BitStacked|BitReturned) != 0 && r.Bits&BitStacking == 0 {
		return
	}
	switch {
	case r.Bits&BitEscrowed != 0:
		d.onEscrowed(now, r)
	case r.Bits&BitStacking != 0:
		d.onStacking()
	case r.Bits&BitReturning != 0:
		d.giveBack()
	case r.Bits&BitAccepting != 0:
		d.onAccepting()
	}
}

// onRestart: the device lost its power, or obeyed RESET.
func (d *Driver) onRestart() {
	d.forgetSettings()
	d.bootUntil = time.Time{}
	d.booted, d.fresh, d.owner.ResetWanted = true, true, false
	d.reset = owner.Backoff{}
	d.note.afterCut, d.note.doubted = true, true
	d.owner.EmitStart()
}

// forgetSettings forgets what a restarted device has forgotten.
func (d *Driver) forgetSettings() {
	d.timeoutSet, d.tableKnown, d.table, d.asked = d.cfg.Plain, d.cfg.Plain, Table{}, 1
	d.appliedKnown, d.inForceKnown = false, false
	d.owner.Setting, d.asks = owner.Backoff{}, owner.Backoff{}
	d.owner.Announced, d.resting, d.restSince = 0, false, time.Time{}
}

func (d *Driver) onTrouble(now time.Time, began uint32) {
	for _, f := range [...]struct {
		bit    uint32
		kind   bill.Kind
		detail string
	}{
		{BitFull, bill.CassetteFull, ""},
		{BitCassette, bill.CassetteRemoved, ""},
		{BitCheated, bill.Cheated, ""},
		{BitJammed, bill.Jammed, d.jamPlace()},
		{BitFailure, bill.Failed, "device failure"},
		{BitOpen, bill.Failed, "note path open"},
		{BitCalibration, bill.Failed, "in calibration"},
		{BitStalled, bill.Failed, "stalled with a note it cannot credit"},
	} {
		if began&f.bit != 0 {
			d.emit(f.kind, 0, f.detail)
		}
	}
	if n := &d.note; began&(BitJammed|BitFailure|BitCheated|BitOpen|BitStalled|BitCassette) != 0 && n.phase >= escrowed {
		n.doubted = true
	}
	if began&hopeful != 0 {
		d.fault.Wait(now, owner.FaultReset)
	}
}

// jamPlace is where a jam is: the device does not say.
func (d *Driver) jamPlace() string {
	if d.note.phase == stacking || d.note.ordered {
		return "cassette"
	}
	return "validator"
}

// idle does what hangs on time: rest, an order that is not carried out, and a pause
// that does not end.
func (d *Driver) idle(now time.Time) {
	if d.bits&BitEscrowed != 0 {
		d.stillThere()
	}
	if d.bits&BitPaused != 0 && !d.pauseSaid && now.Sub(d.since) >= pauseMax {
		d.pauseSaid = true
		d.emit(bill.Failed, 0, "paused: a note is held into the slot")
	}
	if d.bits&(busy|BitRejected|BitPowerUp) != 0 || d.trouble != 0 {
		d.resting, d.restSince, d.owner.Announced = false, time.Time{}, 0
		return
	}
	d.onRest(now)
}

// onRest: no note is in the path as far as the device tells. A note whose end it did
// not tell is given a while, then settled; then rest is announced once it is the rest
// that is wanted.
func (d *Driver) onRest(now time.Time) {
	d.resting = false
	if d.restSince.IsZero() {
		d.restSince = now
	}
	n := &d.note
	if n.phase == moving {
		d.note = note{}
	}
	if d.restGrace() > now.Sub(d.restSince) || n.reported && !d.owner.Confirmed() {
		return
	}
	d.settle()
	d.resting, d.fresh = true, false
	d.fault = owner.Backoff{}
	d.owner.Rested(&d.reset)
	if d.booted {
		d.booted = false
		d.emit(bill.PoweredUp, 0, "")
	}
	d.announceRest()
}

// restGrace is how long rest does not yet mean that nothing will follow.
func (d *Driver) restGrace() time.Duration {
	n := &d.note
	switch {
	case n.phase <= moving:
		return 0
	case n.afterCut:
		return resetGrace
	}
	return restGrace
}

func (d *Driver) announceRest() {
	want := d.denominations()
	inForce := d.inForceKnown && d.inForce == want
	d.owner.EmitRest(inForce, inForce && want != 0 && d.bits&BitIdling != 0)
	if d.tableKnown && (!d.knowsAny(nil) || d.owner.Enabled && !d.knowsAny(d.owner.Values)) {
		d.owner.EmitNoValues()
	}
}
