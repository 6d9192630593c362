package metercard

import (
	"bytes"
	"maps"

	"wattkiosk/hal/card"
	"wattkiosk/payments/metercard/script"
)

// maxTries is how often the whole reading of a card is tried.
const maxTries = 3

// reading is a card that is being read: its files twice, and compared.
type reading struct {
	form  int                     // place among the forms of its work
	tries int                     // that came to nothing
	first map[string]script.Bytes // of the time before; nil for none
	equal int                     // times that were compared
}

// read reads the card that is inside. The stage says what for: Reading for the page or
// before a write, Checking after one.
func (s *slot) read(p *plan, stage Step) {
	y := &s.stay
	y.wipeReading()
	y.reading = reading{}
	s.enter(p, stage)
	s.readAgain(p)
}

// readAgain reads the card once, as the form that it is, or that is tried.
func (s *slot) readAgain(p *plan) {
	f := s.work.forms()[s.stay.reading.form]
	if s.stay.known {
		f = s.stay.facts.Form
	}
	s.work.begin(p, f)
}

// failed is for a card that cannot be worked now.
func (s *slot) failed(p *plan, why string) {
	if s.stay.stage == Writing {
		s.at.writer.fail(p, why)
	} else {
		s.notRead(p, why)
	}
}

// readOver compares what the card says with what it said before.
func (s *slot) readOver(p *plan, now map[string]script.Bytes) {
	y := &s.stay
	same := y.reading.first != nil && maps.EqualFunc(now, y.reading.first, func(a, b script.Bytes) bool { return bytes.Equal(a, b) })
	if y.reading.first != nil {
		y.reading.equal++
	}
	y.wipeReading()
	switch {
	case same:
		s.wasRead(p, now)
	case y.reading.equal == 2: // it says something else each time
		wipe(now)
		y.reading.tries = maxTries
		s.notRead(p, Unreadable)
	default:
		y.reading.first = now
		s.readAgain(p)
	}
}

// wasRead takes what the card says.
func (s *slot) wasRead(p *plan, said map[string]script.Bytes) {
	f, err := s.work.facts(said)
	wipe(said)
	if err == nil {
		err = f.Check()
	}
	if err != nil {
		s.notRead(p, Unreadable)

		return
	}

	y := &s.stay
	y.facts, y.known = f, true
	y.chip = f.Serial
	switch {
	case y.stage == Checking:
		s.at.writer.checked(p)
	case s.at.writer.job.txn != "":
		s.at.writer.compare(p)
	default:
		s.enter(p, Ready)
		s.tell(p, card.PowerOff)
	}
}

// notRead tries the next form of card, or the same again.
func (s *slot) notRead(p *plan, why string) {
	y := &s.stay
	y.wipeReading()
	y.reading.equal = 0

	other := !y.known && why != Pulled && why != NoReader && y.reading.form+1 < len(s.work.forms())
	switch {
	case y.reading.tries >= maxTries:
	case other:
		y.reading.form++
		s.readAgain(p)

		return
	default:
		y.reading.tries++
		if y.reading.tries < maxTries {
			y.reading.form = 0
			s.readAgain(p)

			return
		}
	}

	if y.stage == Checking {
		s.at.writer.unchecked(p, why)
	}
	s.giveBack(p, why)
}

func (y *stay) wipeReading() {
	wipe(y.reading.first)
	y.reading.first = nil
}

// wipe overwrites answers of a card.
func wipe(saved map[string]script.Bytes) {
	for _, b := range saved {
		clear(b)
	}
}
