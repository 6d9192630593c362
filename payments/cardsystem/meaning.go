package cardsystem

import (
	"fmt"

	"wattkiosk/payments/mis"
)

// Meaning is what a return code says, whatever a system writes for it. It is the
// vocabulary of a dialect's Codes.
type Meaning string

// The meanings that change what we do. What a dialect gives none of them is unknown for a
// call that moves money or writes a card, and a refusal for one that does not.
const (
	SaysOK              Meaning = "ok"
	SaysFailed          Meaning = "failed"           // something went wrong, perhaps half way
	SaysBadPacket       Meaning = "bad-packet"       // the request could not be read
	SaysNone            Meaning = "none"             // no record of what was asked for
	SaysNoUser          Meaning = "no-user"          // no such account
	SaysBusy            Meaning = "busy"             // nothing was looked at: another time
	SaysInProcess       Meaning = "in-process"       // an earlier call for this card is still being worked on, perhaps our own
	SaysDuplicate       Meaning = "duplicate"        // the serial was used before
	SaysBought          Meaning = "bought"           // bought already, perhaps by our own earlier call
	SaysReversed        Meaning = "reversed"         // it is reversed already
	SaysInvalidReversal Meaning = "invalid-reversal" // this cannot be reversed, or is not there
	SaysNoNextDay       Meaning = "no-next-day"      // no reversal on a later day

	SaysNotLoaded    Meaning = "not-loaded"    // the last purchase is not in the meter
	SaysOldCard      Meaning = "old-card"      // another card took its place
	SaysNotOpened    Meaning = "not-opened"    // the meter was not opened
	SaysBlankCard    Meaning = "blank-card"    // an empty card
	SaysOtherCard    Meaning = "other-card"    // no card of this system, or another card than was sold onto
	SaysCountDiffers Meaning = "count-differs" // card and system count purchases differently
	SaysArrearsFirst Meaning = "arrears-first"
	SaysOverHoarding Meaning = "over-hoarding"
	SaysBelowMinimum Meaning = "below-minimum"
	SaysFixedAmount  Meaning = "fixed-amount"
	SaysNotMultiple  Meaning = "not-multiple"
	SaysTariffDue    Meaning = "tariff-due"
	SaysUnwritten    Meaning = "unwritten"   // a sale waits to be written first
	SaysTwoRecords   Meaning = "two-records" // two sales with one count: at the counter
	SaysWritten      Meaning = "written"     // it is on the card already
	SaysKeysAway     Meaning = "keys-away"   // the encryption service failed; a sale may have been booked
)

// Says is one return code of a dialect.
type Says struct {
	Code    mis.Code
	Meaning Meaning
}

// Codes are the return codes of one dialect. Several codes may say the same; the first of
// them is the one to write. It is read-only.
type Codes []Says

// Meaning is what a code says, empty if the dialect gives it no meaning.
func (c Codes) Meaning(code mis.Code) Meaning {
	for _, s := range c {
		if s.Code == code {
			return s.Meaning
		}
	}

	return ""
}

// Code is how the dialect says m, empty if it cannot.
func (c Codes) Code(m Meaning) mis.Code {
	for _, s := range c {
		if s.Meaning == m {
			return s.Code
		}
	}

	return ""
}

// needed is what every dialect must be able to say, or nothing about money can be told
// from its answers.
var needed = [...]Meaning{SaysOK, SaysFailed, SaysNone, SaysDuplicate, SaysReversed, SaysInvalidReversal, SaysWritten, SaysOtherCard}

// Check finds a code that is empty or listed twice, a meaning that is not known here, and
// a meaning without which the dialect cannot be used.
func (c Codes) Check() error {
	seen := map[mis.Code]bool{}
	for _, s := range c {
		if s.Code == "" || seen[s.Code] {
			return fmt.Errorf("code %q is empty or listed twice", s.Code)
		}
		seen[s.Code] = true

		if !s.Meaning.known() {
			return fmt.Errorf("code %s: meaning %q is not known", s.Code, s.Meaning)
		}
	}

	for _, m := range needed {
		if c.Code(m) == "" {
			return fmt.Errorf("no code says %s", m)
		}
	}

	return nil
}
