package id003sim

import (
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/id003"
)

// motor is the stacker motor's failure, after 49.
const motor = 0xA2

var rejectCodes = map[billsim.Reject]byte{
	billsim.Unrecognised: 0x76, // denomination assessing
	billsim.Unverified:   0x72, // magnetic
	billsim.Inhibited:    inhibited,
}

const inhibited = 0x79

var phaseCodes = map[billsim.Phase]byte{
	billsim.Initialising: id003.StInitialize,
	billsim.Accepting:    id003.StAccepting,
	billsim.Rejecting:    id003.StRejecting,
	billsim.Lifting:      id003.StStacking,
	billsim.Returned:     id003.StReturning,
}

var faultCodes = map[string]byte{
	billsim.Failure:      id003.StFailure,
	billsim.Jam:          id003.StJamValidator,
	billsim.JamCassette:  id003.StJamCassette,
	billsim.Cheat:        id003.StCheated,
	billsim.CassetteOut:  id003.StCassetteOut,
	billsim.CassetteFull: id003.StCassetteFull,
}

// code is the state as STATUS REQUEST reports it.
func (d *Device) code() byte {
	switch d.Phase() {
	case billsim.PowerUp:
		return d.powerUpCode()
	case billsim.Blocked:
		return faultCodes[d.Blocking()]
	case billsim.Rest:
		return d.restCode()
	case billsim.InEscrow:
		if d.held && !d.cfg.NoHolding {
			return id003.StHolding
		}
		return id003.StEscrow
	case billsim.Pressing, billsim.Stacked:
		return d.stackCode()
	case billsim.Returning:
		if d.late && d.cfg.Rejects {
			return id003.StRejecting
		}
		return id003.StReturning
	}
	return phaseCodes[d.Phase()]
}

// stackCode is the state of a note past the lever: told of from there after STACK-1, and
// from when it is wholly in the cassette after STACK-2.
func (d *Device) stackCode() byte {
	switch {
	case d.paid:
		return id003.StStacked
	case d.early || d.Phase() == billsim.Stacked:
		return id003.StVendValid
	}
	return id003.StStacking
}

func (d *Device) powerUpCode() byte {
	_, inPath := d.InPath()
	switch {
	case d.InStacker():
		return id003.StPowerUpStacker
	case inPath:
		return id003.StPowerUpValidator
	}
	return id003.StPowerUp
}

func (d *Device) restCode() byte {
	switch {
	case d.retold == tellsStacking:
		return id003.StStacking
	case d.retold == tellsVendValid:
		return id003.StVendValid
	case d.cfg.Waits && !d.settled:
		return id003.StInitialize
	case d.heardAt.Before(d.storing):
		return id003.StStacked
	case d.shut || d.allRefused() || d.StaysShut():
		return id003.StDisabled
	}
	return id003.StIdling
}

func (d *Device) allRefused() bool {
	for i, v := range d.cfg.Table {
		if v > 0 && d.refused>>i&1 == 0 {
			return false
		}
	}
	return true
}

// status is the reply to STATUS REQUEST.
func (d *Device) status() []byte {
	code := d.code()
	fen, why := d.Note()
	name := byte(id003.CodeBase + max(d.indexOf(fen), 0))
	switch code {
	case id003.StEscrow:
		return frame(code, name)
	case id003.StVendValid:
		if d.cfg.NamesNote {
			return frame(code, name)
		}
	case id003.StRejecting:
		if d.Phase() == billsim.Returning {
			return frame(code, inhibited)
		}
		return frame(code, rejectCodes[why])
	case id003.StFailure:
		return frame(code, motor)
	}
	return d.simple[code]
}
