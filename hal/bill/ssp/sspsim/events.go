package sspsim

import (
	"time"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ssp"
)

var faultEvents = map[string]byte{
	billsim.Jam:          ssp.EvUnsafeJam,
	billsim.JamCassette:  ssp.EvSafeJam,
	billsim.Cheat:        ssp.EvFraud,
	billsim.CassetteOut:  ssp.EvBoxRemoved,
	billsim.CassetteFull: ssp.EvStackerFull,
}

// poll tells the events, and drops those that are told once.
func (d *Device) poll(now time.Time) []byte {
	d.accept(now)
	b, claim := d.events([]byte{ssp.ReplyOK})
	if claim {
		d.frontOut = 0
		if d.InStacker() {
			d.credited = true
			d.Forget()
		}
	}
	return b
}

// pollWithAck is the same, but a reply with a claim is repeated until EVENT ACK.
func (d *Device) pollWithAck(now time.Time) []byte {
	if d.frozen != nil {
		return d.frozen
	}
	d.accept(now)
	b := []byte{ssp.ReplyOK}
	if d.Phase() == billsim.Initialising {
		b = append(b, ssp.EvInitialising)
	}
	b, claim := d.events(b)
	if claim {
		d.frozen = b
	}
	return b
}

// accept stacks the note in escrow if it was told of.
func (d *Device) accept(now time.Time) {
	if d.shown && d.Phase() == billsim.InEscrow {
		before := d.Phase()
		d.Stack(now)
		d.moved(before)
	}
}

// events appends what there is to tell, and says whether it holds a claim: a credit
// or where a note went at power-up.
func (d *Device) events(b []byte) (_ []byte, claim bool) {
	if d.wasReset {
		d.wasReset = false
		b = append(b, ssp.EvReset)
	}
	if d.frontOut > 0 {
		b, claim = append(b, ssp.EvClearedFront, d.frontOut-1), true
	}
	b, credit := d.noteEvents(b)
	b = d.faults(b)
	if (!d.enabled || d.StaysShut() || d.Phase() == billsim.Initialising) && (!d.cfg.Once || !d.disabled) {
		d.disabled = true
		b = append(b, ssp.EvDisabled)
	}
	return b, claim || credit
}

// noteEvents tells where the note is.
func (d *Device) noteEvents(b []byte) (_ []byte, claim bool) {
	fen, why := d.Note()
	channel := d.channelOf(fen)
	phase := d.Phase()
	if out := len(d.Returned()); out > d.told && phase != billsim.Returned {
		d.told = out
		if phase != billsim.Blocked {
			if d.reason == reasonNone {
				d.reason = rejectReasons[why]
			}
			b = append(b, ssp.EvRejecting, ssp.EvRejected)
		}
	}
	switch phase {
	case billsim.PowerUp: // only with a claim
		return append(b, ssp.EvClearedBox, channel), true
	case billsim.Accepting:
		b = append(b, ssp.EvRead, 0)
	case billsim.InEscrow:
		d.shown = true
		b = append(b, ssp.EvRead, channel)
	case billsim.Lifting:
		b = append(b, ssp.EvStacking)
	case billsim.Pressing, billsim.Stacked:
		return d.stackEvents(phase, channel, b)
	case billsim.Rejecting:
		d.reason = rejectReasons[why]
		b = append(b, ssp.EvRejecting)
	case billsim.Returning:
		b = append(b, ssp.EvRejecting)
	case billsim.Returned:
		if d.told < len(d.Returned()) {
			b = append(b, ssp.EvRejected)
			d.told = len(d.Returned())
		}
		if d.frontOut == 0 {
			d.Acknowledge()
		}
	}
	return b, false
}

// stackEvents tells the credit from the lever on, and Stacked when the note is at
// rest and the credit was heard.
func (d *Device) stackEvents(phase billsim.Phase, channel byte, b []byte) (_ []byte, claim bool) {
	if phase == billsim.Pressing {
		b = append(b, ssp.EvStacking)
	}
	if !d.credited {
		return append(b, ssp.EvCredit, channel), true
	}
	if phase == billsim.Stacked {
		b = append(b, ssp.EvStacked)
		d.Acknowledge()
	}
	return b, false
}

// faults tells what keeps the device from work.
func (d *Device) faults(b []byte) []byte {
	kind := ""
	if d.Phase() == billsim.Blocked {
		kind = d.Blocking()
	}
	switch {
	case kind == billsim.CassetteOut:
		d.out = true
	case d.out:
		d.out = false
		b = append(b, ssp.EvBoxReplaced)
	}
	if kind == "" {
		return b
	}
	b = append(b, faultEvents[kind])
	if kind == billsim.Cheat {
		b = append(b, 0)
	}
	return b
}
