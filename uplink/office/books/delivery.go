package books

import (
	"fmt"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/metercard"
	"wattkiosk/uplink/office/stored"
)

// Stage is how far what was sold is on its way to the meter.
type Stage string

// The stages. OnCard and OtherWay are ends. Withdrawn is one unless the reversal of the
// sale is refused.
const (
	ToWrite   Stage = "to-write"  // sold; no steps were handed out for it
	InWriting Stage = "writing"   // steps were handed out: the card may be written
	OnCard    Stage = "written"   // read back from the card by a kiosk
	NotOnCard Stage = "unwritten" // the card left without it, as it said of itself
	Unsure    Stage = "unsure"    // the card left, and may hold it
	OtherWay  Stage = "settled"   // people had it sent to the meter another way
	Withdrawn Stage = "withdrawn" // the sale is being taken back, or was
)

// Stages before a delivery, of a purchase that is paid and not sold: see Posting.Unsold.
const (
	ToSell    Stage = "to-sell"   // the card-meter system has not said that it sold
	NotSold   Stage = "not-sold"  // and never will: the money is owed
	Contested Stage = "contested" // nobody can tell whether it sold
)

// Ended reports whether nothing is to be written any more.
func (s Stage) Ended() bool { return s == OnCard || s == OtherWay || s == Withdrawn }

// Bounds of what follows from a sale.
const (
	reportFirst = 2 * time.Second // between reports that nobody answers …
	reportLease = time.Minute     // of one report under way

	// ReportWithin is the longest of these waits: no NextAt of what the card-meter system is
	// to be told lies farther ahead.
	ReportWithin = 15 * time.Minute
)

// DeliverWithin is how long what was sold may be on its way to the card before that is a
// case. No NextAt lies farther ahead.
const DeliverWithin = 24 * time.Hour

// Delivery is how what was sold reaches its meter, and what the card-meter system is told
// of that. There is one for each sale, and one for each re-write of a sale that these
// books do not know (yet). Whoever has steps for the card, or takes the sale back, changes
// its row first: so that a card is never written of which the sale goes back.
type Delivery struct {
	Serial  string         // of the sale
	Kiosk   string         // that sold it; empty while the sale is not known
	Account string         // as Kiosk
	Sold    metercard.Sold // what is to be on the card
	SoldAt  int64          // when these books learned of it

	Stage Stage
	Visit string        // serial of the transaction that had the card in front of it last; empty for none
	How   metercard.Way // how it reached the meter, unless the sale's own visit wrote it; empty for not
	By    string        // a serial of the visit, or a person
	Why   string        // what the person said

	AskedHow metercard.Way // how one person wants it settled; another has to approve it
	AskedBy  string
	AskedWhy string

	Outcome metercard.Outcome // that the card-meter system is to know; empty for none yet
	Said    bool              // it answered that
	Tries   int64             // reports of Outcome so far
	Code    string            // of its last answer
	Text    string
	NextAt  int64 // when a report is due, or the delivery is too late; 0 for never

	Version   int64
	UpdatedAt int64
}

// Due reports whether a report is due, or the delivery is too late. One that is due later
// than ever is was put off by a wrong clock.
func (d Delivery) Due(now time.Time) bool {
	ahead := DeliverWithin
	if d.Outcome != "" {
		ahead = ReportWithin
	}

	return d.NextAt != 0 && (d.NextAt <= stored.Millis(now) || d.NextAt > stored.Millis(now.Add(ahead)))
}

// say has the card-meter system told of an outcome at once, unless it knows that already.
func (d *Delivery) say(o metercard.Outcome, now time.Time) {
	if d.Outcome == o && (d.Said || d.NextAt != 0) {
		return
	}
	d.Outcome, d.Said = o, false
	d.Tries = 0
	d.Code, d.Text = "", ""
	d.NextAt = stored.Millis(now)
}

// known takes whose sale it is. What waited for that is due now.
func (d *Delivery) known(kiosk, account string, now time.Time) {
	if d.Kiosk == "" {
		d.wake(now)
	}
	d.Kiosk, d.Account = kiosk, account
}

// wake has the delivery looked at now, unless all that it is to tell was heard.
func (d *Delivery) wake(now time.Time) {
	if d.NextAt == 0 && !d.Said {
		d.NextAt = stored.Millis(now)
	}
}

// sells takes what the card-meter system says that it sold. What journals told of the
// writing of something else is not believed, and what contradicts is said in words; empty
// if nothing does. A system that forgot what it sold says nothing.
func (d *Delivery) sells(s metercard.Sold, now time.Time) (odd string) {
	none := metercard.Sold{}
	if s == none || s == d.Sold {
		return ""
	}
	if d.Sold != none {
		odd = fmt.Sprintf("these books sold %s yuan, purchase %d of card %s; a journal had %s yuan, purchase %d of card %s: %s",
			s.Amount, s.Count, s.Card, d.Sold.Amount, d.Sold.Count, d.Sold.Card, d.Stage)
		d.Visit, d.How = "", ""
		d.By, d.Why = "", ""
		if d.Stage != ToWrite && d.Stage != Withdrawn {
			d.to(Unsure, "", now)
		}
	}
	d.Sold = s

	return odd
}

// outcomes of stages, as the card-meter system is told.
var saying = map[Stage]metercard.Outcome{OnCard: metercard.Written, NotOnCard: metercard.Unwritten, Unsure: metercard.Unsure}

// to brings the delivery to a stage that a card told.
func (d *Delivery) to(s Stage, visit string, now time.Time) {
	d.Stage, d.Visit = s, visit
	if o, known := saying[s]; known {
		d.say(o, now)
	}
}

// Count is what a report says that the card counts: what was read back, 0 where nothing
// could be.
func (d Delivery) Count() uint32 {
	switch d.Outcome {
	case metercard.Written:
		return d.Sold.Count
	case metercard.Unwritten:
		return d.Sold.Count - 1
	}

	return 0
}

// after is the delivery after what the journal of a visit says of the writing. odd says
// what contradicts what was decided before, in words; empty if nothing does.
//
//	the visit's card leg         the delivery
//	written                      written, whatever it was
//	moving, a write began        writing
//	left, seen without it        unwritten
//	left, perhaps with it        unsure
//
// Nothing but a card that was read back changes one that has ended. A re-write knows
// better than the visit that sold, since it had the card later. Of two re-writes nobody
// can tell which was later but by the steps that were handed out: the other one than the
// last can say that the card may hold it, and not that it does not; nor can a re-write
// that had no steps, while the visit that sold has some.
func (d Delivery) after(t payments.Transaction, now time.Time) (next Delivery, odd string) {
	w := t.Write
	if w.State == metercard.On {
		return d.written(t, now)
	}
	if d.Stage.Ended() || d.overtook(t) {
		return d, ""
	}

	left := w.State == metercard.GoneAway
	seen := left && w.Sure && t.MeterCard.Count < d.Sold.Count
	touched := left || w.Fact() == leg.Moving && w.Writes > 0
	switch {
	case d.others(t):
		if touched && !seen && d.Stage != InWriting {
			d.to(Unsure, d.Visit, now)
		}
	case seen && d.Stage == InWriting && d.Visit != t.Serial: // the sale's own visit may write it since
	case seen:
		d.to(NotOnCard, t.Serial, now)
	case left:
		d.to(Unsure, t.Serial, now)
	case touched:
		d.to(InWriting, t.Serial, now)
	}

	return d, ""
}

// overtook reports whether a later visit has had the card: t is that of the sale, and a
// re-write came after it.
func (d Delivery) overtook(t payments.Transaction) bool {
	return t.Serial == d.Serial && d.Visit != "" && d.Visit != d.Serial
}

// others reports whether the last visit was another re-write than t.
func (d Delivery) others(t payments.Transaction) bool {
	return d.Visit != "" && d.Visit != d.Serial && d.Visit != t.Serial
}

// written takes a card that was read back with what was sold.
func (d Delivery) written(t payments.Transaction, now time.Time) (next Delivery, odd string) {
	switch d.Stage {
	case OnCard:
		return d, ""
	case Withdrawn:
		odd = fmt.Sprintf("the card holds purchase %d, and the sale goes back", d.Sold.Count)
	case OtherWay:
		odd = fmt.Sprintf("the card holds purchase %d, which was settled another way: %s by %s", d.Sold.Count, d.How, d.By)
	}

	d.How, d.By = "", ""
	d.Why = ""
	if t.Serial != d.Serial {
		d.How, d.By = metercard.Rewritten, t.Serial
	}
	d.askNothing()
	d.to(OnCard, t.Serial, now)

	return d, odd
}

// askNothing forgets what waits for another person.
func (d *Delivery) askNothing() {
	d.AskedHow = ""
	d.AskedBy, d.AskedWhy = "", ""
}

// heard is the delivery after a report of outcome o: answered says that the card-meter
// system said something to it.
func (d Delivery) heard(o metercard.Outcome, answered bool, code, text string, now time.Time) Delivery {
	if d.Outcome != o || d.Said {
		return d
	}
	if !answered {
		d.NextAt = stored.Millis(now.Add(backoff.Wait(int(d.Tries)-1, reportFirst, ReportWithin)))

		return d
	}
	d.Said, d.NextAt = true, 0
	d.Code, d.Text = stored.Text(code), stored.Text(text)

	return d
}

// Settled is what the kiosk that sold is told, once the customer has what was sold by
// something else than its own writing; zero before.
func (d Delivery) Settled() metercard.Settled {
	if d.Stage != OnCard && d.Stage != OtherWay || d.How == "" {
		return metercard.Settled{}
	}

	return metercard.Settled{How: d.How, By: d.By, Reason: d.Why}
}

// MayReverse reports whether the sale may be taken back: not while the card may hold it,
// or the meter does.
func (d Delivery) MayReverse() bool { return d.Stage == ToWrite || d.Stage == NotOnCard }
