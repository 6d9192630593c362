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
func (d *Desk) read(p *plan, stage Step) {
	y := &d.stay
	y.wipeReading()
	y.reading = reading{}
	d.enter(p, stage)
	f := forms[0]
	if y.known {
		f = y.facts.Form
	}
	d.power(p, f)
}

// plainRead has the files of the card read once.
func (d *Desk) plainRead(p *plan) {
	y := &d.stay
	if y.run != nil {
		y.run.Wipe()
	}
	y.run = script.NewRun(script.ReadOnly(y.form))
	if err := y.run.Take(userfile.Plan(y.form), true); err != nil {
		d.notRead(p, Unreadable)

		return
	}
	d.step(p)
}

// readOver compares what the files say with what they said before.
func (d *Desk) readOver(p *plan) {
	y := &d.stay
	if fault, failed := y.run.Fault(); failed {
		why := fault.Why
		if why == script.WhyRefused {
			why = Unreadable
		}
		d.notRead(p, why)

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
		d.wasRead(p, now)
	case y.reading.equal == 2: // it says something else each time
		wipe(now)
		y.reading.tries = maxTries
		d.notRead(p, Unreadable)
	default:
		y.reading.first = now
		d.power(p, y.form)
	}
}

// wasRead takes what the files say.
func (d *Desk) wasRead(p *plan, files map[string]script.Bytes) {
	f, err := userfile.Facts(d.stay.form, files)
	wipe(files)
	if err == nil {
		err = f.Check()
	}
	if err != nil {
		d.notRead(p, Unreadable)

		return
	}

	y := &d.stay
	y.facts, y.known, y.chip = f, true, f.Serial
	switch {
	case y.stage == Checking:
		d.checked(p)
	case d.job.txn != "":
		d.compare(p)
	default:
		d.enter(p, Ready)
		d.tell(p, card.PowerOff)
	}
}

// notRead tries the next form of card, or the same again.
func (d *Desk) notRead(p *plan, why string) {
	y := &d.stay
	y.wipeReading()
	y.reading.equal = 0

	other := !y.known && why != Pulled && why != NoReader && y.reading.form+1 < len(forms)
	switch {
	case y.reading.tries >= maxTries:
	case other:
		y.reading.form++
		d.power(p, forms[y.reading.form])

		return
	default:
		y.reading.tries++
		if y.reading.tries < maxTries {
			y.reading.form = 0
			f := y.form
			if !y.known {
				f = forms[0]
			}
			d.power(p, f)

			return
		}
	}

	if y.stage == Checking {
		d.unchecked(p, why)
	}
	d.giveBack(p, why)
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
