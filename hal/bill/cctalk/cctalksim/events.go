package cctalksim

import (
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/cctalk"
)

var faultEvents = map[string]byte{
	billsim.Jam:          cctalk.EvJamUnsafe,
	billsim.JamCassette:  cctalk.EvJamStacker,
	billsim.Cheat:        cctalk.EvPulledBack,
	billsim.CassetteOut:  cctalk.EvStackerRemoved,
	billsim.CassetteFull: cctalk.EvStackerFull,
	billsim.Failure:      cctalk.EvStackerFaulty,
}

var faultCodes = map[string]byte{
	billsim.Jam:          cctalk.FaultJam,
	billsim.JamCassette:  cctalk.FaultJam,
	billsim.Cheat:        cctalk.FaultStringSensor,
	billsim.CassetteOut:  cctalk.FaultStackerMissing,
	billsim.CassetteFull: cctalk.FaultStackerFull,
	billsim.Failure:      cctalk.FaultStacker,
}

var rejectEvents = map[billsim.Reject]byte{
	billsim.Unrecognised: cctalk.EvInvalid,
	billsim.Unverified:   cctalk.EvTransport,
	billsim.Inhibited:    cctalk.EvInhibited,
}

func (d *Device) tell(code byte) { d.events.Push(cctalk.Event{Code: code}) }

func (d *Device) tellBill(fen int64, code byte) {
	d.events.Push(cctalk.Event{Type: d.typeOf(fen), Code: code})
}

// moved tells what the last phase led to.
func (d *Device) moved(before billsim.Phase) {
	now := d.Phase()
	if now == before {
		return
	}
	fen, why := d.Note()
	if before == billsim.Initialising {
		d.initialised()
	}
	switch now {
	case billsim.InEscrow:
		d.tellBill(fen, cctalk.BillInEscrow)
	case billsim.Pressing:
		d.tellBill(fen, cctalk.BillStacked)
	case billsim.Stacked:
		d.Acknowledge() // nobody is asked whether it was heard
		d.moved(now)
	case billsim.Rejecting:
		d.tell(rejectEvents[why])
	case billsim.Returned:
		d.seen = len(d.Returned())
		d.tellReturned()
		d.Acknowledge()
		d.moved(now)
	case billsim.Blocked:
		d.blocked()
	}
	if before == billsim.Blocked {
		d.unblocked()
	}
	if before == billsim.Rejecting || now == billsim.Blocked {
		d.seen = len(d.Returned()) // refused, or pulled out
	}
}

// initialised tells what the restart found.
func (d *Device) initialised() {
	if d.pressed {
		d.pressed = false
		if !d.cfg.Mute {
			d.tell(cctalk.EvUnknownStacked)
		}
	}
	if n := len(d.Returned()); n > d.seen {
		d.seen = n
		d.tellReturned()
	}
	if d.Phase() != billsim.Returning {
		d.start = false
	}
}

// tellReturned tells of a note that went out, unless it is one that a restart found
// and the device is mute on those.
func (d *Device) tellReturned() {
	if !d.start || !d.cfg.Mute {
		d.tell(cctalk.EvReturned)
	}
	d.start = false
}

func (d *Device) blocked() {
	kind := d.Blocking()
	d.away, d.full = kind == billsim.CassetteOut, kind == billsim.CassetteFull
	d.tell(faultEvents[kind])
}

func (d *Device) unblocked() {
	if d.away {
		d.tell(cctalk.EvStackerInserted)
	}
	if d.away || d.full {
		d.tell(cctalk.EvStackerOK)
	}
	d.away, d.full = false, false
}
