package crt310

import (
	"fmt"

	"wattkiosk/hal/card"
)

// Commands, and their parameters.
const (
	CmdStop    = 0x2E // where a card that comes in stops; the parameter is StopInside
	CmdEntry   = 0x2F // parameter front, one byte of data rear
	CmdReset   = 0x30
	CmdStatus  = 0x31
	CmdMove    = 0x32
	CmdPower   = 0x33
	CmdCPU     = 0x37
	CmdTracks  = 0x45
	Negative   = 0x4E // first content byte of a negative reply
	StopInside = 0x32 // off the contacts

	EntryFrontNone   = 0x31
	EntryFrontSwitch = 0x33 // any card
	EntryRearNone    = 0x31

	ResetStay    = 0x30 // the reply carries the version in ASCII
	StatusReader = 0x30 // the reply carries position, front and rear setting
	MoveContacts = 0x2F
	MoveEject    = 0x30 // to the front, not held
	MoveCapture  = 0x33 // out at the rear
	PowerDown    = 0x31
	CPUWarm      = 0x2F
	CPUCold      = 0x30
	CPUT0        = 0x31
	CPUT1        = 0x32
	TracksRead   = 0x30 // data 30 (ASCII), 37 (all three tracks)
)

// Positions of a card: the first byte of a status.
const (
	PosLong     = 0x46
	PosShort    = 0x47
	PosFront    = 0x48 // not held
	PosHeld     = 0x49 // at the front, held
	PosInside   = 0x4A
	PosContacts = 0x4B
	PosRearHeld = 0x4C
	PosRear     = 0x4D // not held
	PosNone     = 0x4E
)

// Front settings: the second byte of a status.
const (
	FrontSwitch = 0x4A
	FrontNone   = 0x4E
)

// Results: the first data byte of most positive replies.
const (
	ResultOK    = 0x59 // Y
	ResultFail  = 0x4E // N
	ResultEmpty = 0x45 // E: no card
	ResultPlace = 0x57 // W: the card is where this cannot be done
)

// media says where a card at the position is, and what is wrong with that.
func media(position byte) (m card.Media, detail string) {
	switch position {
	case PosNone:
		return card.NotPresent, ""
	case PosFront:
		return card.Entering, ""
	case PosHeld, PosInside, PosRearHeld:
		return card.Present, ""
	case PosContacts:
		return card.Latched, ""
	case PosLong:
		return card.Jammed, "card is too long"
	case PosShort:
		return card.Jammed, "card is too short"
	case PosRear:
		return card.Jammed, "card is in the rear exit"
	}

	return card.MediaUnknown, fmt.Sprintf("card position %02X", position)
}

// resultErr is the kind's error for a result byte.
func resultErr(p byte) error {
	switch p {
	case ResultEmpty:
		return fmt.Errorf("%w: result E", card.ErrNoCard)
	case ResultPlace:
		return fmt.Errorf("%w: result W, not at the right place", card.ErrNotPowered)
	case ResultFail:
		return fmt.Errorf("%w: result N", card.ErrDevice)
	}
	return fmt.Errorf("%w: result %02X", card.ErrDevice, p)
}

// codeErr is the kind's error for the code of a negative reply. The words are
// those of newer firmware of the family, from one public driver; check on a device.
func codeErr(code byte) error {
	switch code {
	case 0x00, 0x01, 0x03:
		return fmt.Errorf("%w: error %02X, command not known", card.ErrUnsupported, code)
	case 0x10, 0x17:
		return fmt.Errorf("%w: error %02X", card.ErrJam, code)
	case 0x11:
		return fmt.Errorf("%w: error 11, shutter", card.ErrDevice)
	case 0x13, 0x14:
		return fmt.Errorf("%w: error %02X, card has a wrong length", card.ErrJam, code)
	case 0x16:
		return fmt.Errorf("%w: error 16", card.ErrPulled)
	}

	return fmt.Errorf("%w: error %02X", card.ErrDevice, code)
}
