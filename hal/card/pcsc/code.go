package pcsc

import (
	"fmt"

	"wattkiosk/hal/card"
)

// Code is a result of pcscd (pcsc-lite, pcsclite.h).
type Code uint32

// The results that the driver distinguishes.
const (
	Success           Code = 0
	InternalError     Code = 0x80100001
	InvalidHandle     Code = 0x80100003
	InvalidParameter  Code = 0x80100004
	UnknownReader     Code = 0x80100009
	SharingViolation  Code = 0x8010000B
	NoSmartcard       Code = 0x8010000C
	ProtoMismatch     Code = 0x8010000F
	InvalidValue      Code = 0x80100011
	NotTransacted     Code = 0x80100016
	ReaderUnavailable Code = 0x80100017
	ServiceStopped    Code = 0x8010001E
	Unresponsive      Code = 0x80100066
	Unpowered         Code = 0x80100067
	CardWasReset      Code = 0x80100068
	CardRemoved       Code = 0x80100069
)

// String says the code in words.
func (c Code) String() string {
	switch c {
	case Success:
		return "success"
	case InternalError:
		return "internal error"
	case InvalidHandle:
		return "invalid handle"
	case InvalidParameter, InvalidValue:
		return "invalid parameter"
	case UnknownReader:
		return "unknown reader"
	case SharingViolation:
		return "card is used by another program"
	case NoSmartcard:
		return "no card"
	case ProtoMismatch:
		return "card speaks neither T=0 nor T=1"
	case NotTransacted:
		return "exchange with the card failed"
	case ReaderUnavailable:
		return "reader was unplugged"
	case ServiceStopped:
		return "service stopped"
	case Unresponsive:
		return "card does not answer its reset"
	case Unpowered:
		return "card has no power"
	case CardWasReset:
		return "card was reset by another program"
	case CardRemoved:
		return "card was taken out"
	}

	return fmt.Sprintf("code %#08x", uint32(c))
}

// wrap is the kind's error for the code.
func (c Code) wrap() error {
	base := card.ErrDevice
	switch c {
	case NoSmartcard, CardRemoved:
		base = card.ErrNoCard
	case Unresponsive, Unpowered, ProtoMismatch:
		base = card.ErrMute
	}
	return fmt.Errorf("%w: pcscd: %v", base, c)
}

// unsent reports whether the code says for certain that an APDU did not reach the
// card: pcscd checks these before it calls the reader's driver. After
// NotTransacted, NoSmartcard and the like the card may have worked.
func (c Code) unsent() bool {
	switch c {
	case InvalidHandle, InvalidParameter, InvalidValue, SharingViolation, ProtoMismatch, CardWasReset, CardRemoved, Unpowered:
		return true
	}
	return false
}
