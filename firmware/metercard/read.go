package metercard

import (
	"bytes"
	"maps"

	"wattkiosk/hal/card"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
)

// maxTries is how often the whole reading of a card is tried.
const maxTries = 3

// reading is a card that is being read: its files twice, and compared.
type reading struct {
	form  int                     // place in forms that is tried
	tries int                     // that came to nothing
	first map[string]script.Bytes // of the time before; nil for none
	equal int                     // times that were compared
}

// forms are tried in this order.
var forms = []metercard.Form{metercard.CPU, metercard.SLE4442, metercard.AT88SC102}

// read reads the card that is inside. The stage says what for: Reading for the page or
// before a write, Checking after one.
func (s *slot) read(p *plan, stage Step) {
	y := &s.stay
	y.wipeReading()
	y.reading = reading{}
	s.enter(p, stage)
	f := forms[0]
	if y.known {
		f = y.facts.Form
	}
	s.power(p, f)
}

// plainRead has the files of the card read once.
func (s *slot) plainRead(p *plan) {
	y := &s.stay
	if y.run != nil {
		y.run.Wipe()
	}
	y.run = script.NewRun(script.ReadOnly(y.form))
	if err := y.run.Take(userfile.Plan(y.form), true); err != nil {
		s.notRead(p, Unreadable)

		return
	}
	s.step(p)
}

// readOver compares what the files say with what they said before.
func (s *slot) readOver(p *plan) {
	y := &s.stay
	if fault, failed := y.run.Fault(); failed {
		why := fault.Why
		if why == script.WhyRefused {
			why = Unreadable
		}
		s.notRead(p, why)

		return
	}

	now := y.run.Saved()
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
		s.power(p, y.form)
	}
}

// wasRead takes what the files say.
func (s *slot) wasRead(p *plan, files map[string]script.Bytes) {
	f, err := userfile.Facts(s.stay.form, files)
	wipe(files)
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

	other := !y.known && why != Pulled && why != NoReader && y.reading.form+1 < len(forms)
	switch {
	case y.reading.tries >= maxTries:
	case other:
		y.reading.form++
		s.power(p, forms[y.reading.form])

		return
	default:
		y.reading.tries++
		if y.reading.tries < maxTries {
			y.reading.form = 0
			f := y.form
			if !y.known {
				f = forms[0]
			}
			s.power(p, f)

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
