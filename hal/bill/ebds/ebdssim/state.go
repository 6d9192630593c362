package ebdssim

import (
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ebds"
)

var phaseBits = map[billsim.Phase]uint32{
	billsim.PowerUp:      ebds.BitPowerUp | ebds.BitStacked, // only with a note in the cassette
	billsim.Initialising: ebds.BitPowerUp,
	billsim.Rest:         ebds.BitIdling,
	billsim.Accepting:    ebds.BitAccepting,
	billsim.Rejecting:    ebds.BitReturning,
	billsim.InEscrow:     ebds.BitEscrowed,
	billsim.Lifting:      ebds.BitStacking,
	billsim.Pressing:     ebds.BitStacking,
	billsim.Stacked:      ebds.BitStacked,
	billsim.Returning:    ebds.BitReturning,
	billsim.Returned:     ebds.BitReturned,
}

var faultBits = map[string]uint32{
	billsim.Failure:      ebds.BitFailure,
	billsim.Jam:          ebds.BitJammed,
	billsim.JamCassette:  ebds.BitJammed,
	billsim.Cheat:        ebds.BitCheated,
	billsim.CassetteFull: ebds.BitFull,
}

// state is the reply that tells the state.
func (d *Device) state() ebds.Reply {
	phase := d.Phase()
	r := ebds.Reply{Status: ebds.Status{Bits: phaseBits[phase] | ebds.BitCassette, Model: d.cfg.Model, Revision: d.cfg.Revision}}
	if phase == billsim.Rest && (d.StaysShut() || d.cfg.Quiet && d.data[0] == 0) {
		r.Bits &^= ebds.BitIdling
	}
	if _, inPath := d.InPath(); inPath && phase == billsim.Initialising {
		r.Bits |= ebds.BitAccepting
	}
	if d.refused {
		r.Bits |= ebds.BitRejected
	}
	if phase == billsim.Blocked {
		r.Bits |= faultBits[d.Blocking()]
		if d.Blocking() == billsim.CassetteOut {
			r.Bits &^= ebds.BitCassette
		}
	}
	if phase == billsim.InEscrow || r.Bits&ebds.BitStacked != 0 {
		d.addNote(&r)
	}
	d.shown = phase
	return r
}

// addNote tells what the note in escrow or in the cassette is worth. A device that
// lost its power since does not know.
func (d *Device) addNote(r *ebds.Reply) {
	fen, _ := d.Note()
	known := !d.unsure
	if !d.extended() {
		if known {
			r.Status = r.WithDenomination(d.denominationOf(fen))
		}
		return
	}
	if d.cfg.Once && d.shown == d.Phase() {
		return
	}
	r.Subtype = ebds.SubNote
	for _, n := range d.cfg.Notes {
		if known && n.Value == fen {
			r.Note = n
			r.Note.Index = 0
			return
		}
	}
}
