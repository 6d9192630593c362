package ccnetsim

import (
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ccnet"
)

// motor is the stacker motor's failure, after 47.
const motor = 0x50

var rejectCodes = map[billsim.Reject]byte{
	billsim.Unrecognised: 0x65, // identification
	billsim.Unverified:   0x66, // verification
	billsim.Inhibited:    0x68,
}

var phaseCodes = map[billsim.Phase]byte{
	billsim.Initialising: ccnet.StInitialize,
	billsim.Accepting:    ccnet.StAccepting,
	billsim.Rejecting:    ccnet.StRejecting,
	billsim.InEscrow:     ccnet.StEscrow,
	billsim.Lifting:      ccnet.StStacking,
	billsim.Pressing:     ccnet.StStacking,
	billsim.Stacked:      ccnet.StStacked,
	billsim.Returning:    ccnet.StReturning,
	billsim.Returned:     ccnet.StReturned,
}

var faultCodes = map[string]byte{
	billsim.Failure:      ccnet.StFailure,
	billsim.Jam:          ccnet.StJamValidator,
	billsim.JamCassette:  ccnet.StJamCassette,
	billsim.Cheat:        ccnet.StCheated,
	billsim.CassetteOut:  ccnet.StCassetteOut,
	billsim.CassetteFull: ccnet.StCassetteFull,
}

// code is the state as POLL reports it.
func (d *Device) code() byte {
	switch d.Phase() {
	case billsim.PowerUp:
		return d.powerUpCode()
	case billsim.Blocked:
		return faultCodes[d.Blocking()]
	case billsim.Rest:
		if d.enabled == 0 || d.StaysShut() {
			return ccnet.StDisabled
		}
		return ccnet.StIdling
	}
	return phaseCodes[d.Phase()]
}

func (d *Device) powerUpCode() byte {
	_, inPath := d.InPath()
	switch {
	case d.InStacker():
		return ccnet.StPowerUpStacker
	case inPath:
		return ccnet.StPowerUpValidator
	}
	return ccnet.StPowerUp
}

func (d *Device) pollReply() []byte {
	code := d.code()
	fen, why := d.Note()
	switch code {
	case ccnet.StEscrow, ccnet.StStacked, ccnet.StReturned:
		return d.data([]byte{code, byte(max(d.indexOf(fen), 0))})
	case ccnet.StRejecting:
		return d.data([]byte{code, rejectCodes[why]})
	case ccnet.StFailure:
		return d.data([]byte{code, motor})
	}
	return d.simple[code]
}
