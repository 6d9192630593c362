package cash

import (
	"time"

	"wattkiosk/hal/bill"
)

// slotState is whether the validator was told to open, and whether it did.
type slotState int

const (
	slotShut    slotState = iota
	slotOpening           // told to open for a customer
	slotOpen              // it did
	slotProbing           // told to open while nobody is there, to see whether it does
	slotBlind             // it was told to, and did not
)

// slot follows the opening of the validator. After each start of the device, and after it
// was unusable, it is proven once: opened for a moment while nobody is there.
type slot struct {
	state  slotState
	since  time.Time // of opening, probing or blind
	proven bool      // it opened since its last start, and was not unusable since
	failed bool      // it was told to open and did not, and has not opened since, whatever it does meanwhile
}

func (s *slot) heard(now time.Time, k bill.Kind) {
	switch k {
	case bill.Idling:
		s.idling()
	case bill.Starting, bill.PoweredUp, bill.PoweredUpInStacker, bill.PoweredUpInValidator, bill.Silent:
		s.proven = false
		if s.state == slotBlind || s.state == slotProbing {
			s.state = slotShut
		}
	case bill.Accepting, bill.Escrowed:
		if s.state == slotOpening {
			s.idling()
		}
	case bill.Unusable: // it may come to rest by itself, and is tried then
		s.proven, s.failed = false, true
	}
}

// idling: it is open. Where nobody wants that, because the device was away while it was
// tried, it is shut as after a try.
func (s *slot) idling() {
	switch s.state {
	case slotOpening:
		s.state = slotOpen
	case slotShut, slotBlind:
		s.state = slotProbing
	}
	s.proven, s.failed = true, false
}

func (s *slot) open(now time.Time) {
	s.state = slotOpening
	s.since = now
}

func (s *slot) shut() {
	if s.state != slotBlind {
		s.state = slotShut
	}
}

func (s *slot) blind(now time.Time) {
	s.state = slotBlind
	s.since = now
	s.proven, s.failed = false, true
}

// probe is the order that is due by time: open for a try, and shut after it. taking
// says that a customer's leg takes notes.
func (s *slot) probe(now time.Time, k bill.Kind, taking bool) bill.Op {
	switch s.state {
	case slotOpening, slotProbing:
		switch {
		case s.state == slotProbing && s.proven:
			s.state = slotShut
			return bill.Disable
		case !now.Before(s.since.Add(s.patience())):
			s.blind(now)
			return bill.Disable
		}
	case slotBlind:
		if now.Before(s.since.Add(ProbeEvery)) {
			return 0
		}
		s.since = now
		if !taking && k == bill.Disabled {
			return s.try(now)
		}
	case slotShut:
		if !taking && k == bill.Disabled && !s.proven {
			return s.try(now)
		}
	}

	return 0
}

func (s *slot) try(now time.Time) bill.Op {
	s.state = slotProbing
	s.since = now

	return bill.Enable
}

// patience is how long the slot may take to open.
func (s *slot) patience() time.Duration {
	if s.state == slotProbing {
		return ProbePatience
	}

	return SlotPatience
}

// wake is when probe has something to do; zero for never.
func (s *slot) wake() time.Time {
	switch s.state {
	case slotOpening, slotProbing:
		return s.since.Add(s.patience())
	case slotBlind:
		return s.since.Add(ProbeEvery)
	}

	return time.Time{}
}
