package metercard

import (
	"bytes"
	"errors"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/card"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
)

// Waits for card and customer.
const (
	CardWait    = 15 * time.Second // for the reader's answer
	ForgetAfter = 20 * time.Second // a card at the gate: the customer is warned
	KeepAfter   = 40 * time.Second // and it is captured
	StuckRetry  = 5 * time.Second  // between tries to move a card that does not come out
)

// stay is one card in the reader. What it said and was told is in memory only, and is
// wiped when it leaves.
type stay struct {
	stage Step // as Face.Step has it, but for what that says in place of it
	since time.Time
	cmd   uint32 // the reader's command that is waited for; 0 for none
	op    card.Op
	sent  card.Secret // with it, to be overwritten once the reader has answered
	phase phase
	form  metercard.Form
	run   *script.Run // of the reading, or of the session

	known bool
	facts metercard.Facts // as last read

	reading reading
	session session

	chip  string // serial, if it was read
	stays bool   // it cannot be kept: it waits at the gate
	why   string // it comes out
}

// phase is what the reader does with the card's contacts.
type phase int

const (
	powering phase = iota // the power is taken, so that the card begins where a reset leaves it
	starting              // it is given
	stepping              // steps are carried out
)

func (d *Desk) enter(p *plan, s Step) {
	d.stay.stage = s
	d.stay.since = p.now
}

// order orders something of the reader, and waits for its outcome.
func (d *Desk) order(p *plan, c card.Command) {
	c.ID = d.number()
	d.stay.cmd, d.stay.op, d.stay.sent = c.ID, c.Op, c.Data
	d.stay.since = p.now
	p.do(tender.Order{Command: c})
}

// tell orders something whose outcome says nothing.
func (d *Desk) tell(p *plan, op card.Op) {
	p.do(tender.Order{Command: card.Command{ID: d.number(), Op: op}})
}

// heardCard takes the reader's word. Its bytes are overwritten: what is wanted of them
// was copied.
func (d *Desk) heardCard(p *plan, e card.Event) {
	switch {
	case e.Kind == card.StatusChanged:
		d.reader = e.Status
		d.moved(p)
	case e.ID != 0 && e.ID == d.stay.cmd:
		clear(d.stay.sent)
		d.stay.cmd = 0
		d.done(p, e)
	}
	clear(e.Data)
}

// moved is for where the card is now.
func (d *Desk) moved(p *plan) {
	if d.reader.Media != card.NotPresent {
		return
	}
	switch {
	case d.stay.works():
		d.pulled(p)
	case d.stay.stage == TakeCard, d.stay.stage == Forgotten, d.stay.stage == Stuck:
		d.left(p, false) // of one that is kept the outcome says so
	}
}

// pulled is for a card that went while it was wanted.
func (d *Desk) pulled(p *plan) {
	digest := d.endSession(p)
	if d.job.txn != "" && p.open(d.job.txn) && p.leg.State == metercard.Writing {
		p.ended(metercard.Unsure, Pulled, metercard.Facts{}, digest)
	}
	d.stay.why = Pulled
	d.left(p, false)
}

// left ends the stay. What is to be written waits for its card.
func (d *Desk) left(p *plan, kept bool) {
	d.endSession(p)
	d.past = past{d.stay.why, kept}
	d.stay = stay{}
	d.job.since = p.now
}

// follow does what follows from where the card is and from what is wanted; it is called
// after everything else.
func (d *Desk) follow(p *plan) {
	wanted := d.wish.Card || d.job.txn != ""
	switch d.stay.stage {
	case None:
		switch {
		case !d.works():
		case d.in() && wanted:
			d.came(p)
		case d.in() || d.reader.Media == card.Entering: // left from before
			d.giveBack(p, "")
		case d.wish.Card:
			d.enter(p, Waiting)
			d.tell(p, card.Accept)
		}
	case Waiting:
		switch {
		case d.in() && wanted:
			d.came(p)
		case d.in():
			d.giveBack(p, "")
		case !d.wish.Card:
			d.tell(p, card.Refuse)
			d.stay = stay{}
		}
	case Ready:
		switch {
		case d.job.txn != "":
			d.read(p, Reading)
		case !wanted:
			d.giveBack(p, "")
		case d.wish.Serial != "" && d.wish.Serial != d.stay.facts.Serial:
			d.giveBack(p, OtherCard)
		}
	}
}

// came takes the card that came in.
func (d *Desk) came(p *plan) {
	if d.stay.stage == Waiting {
		d.tell(p, card.Refuse)
	}
	d.stay = stay{}
	d.past = past{}
	p.do(tender.Progress{})
	d.read(p, Reading)
}

// giveBack gives the card back, for a reason that the page says.
func (d *Desk) giveBack(p *plan, why string) {
	d.endSession(p)
	y := d.stay
	d.stay = stay{chip: y.chip, stays: y.stays, why: why}
	d.job.since = p.now
	d.enter(p, TakeCard)
	d.order(p, card.Command{Op: card.Eject})
}

// done takes the outcome of a command.
func (d *Desk) done(p *plan, e card.Event) {
	switch d.stay.op {
	case card.Eject:
		d.ejected(p, e)
	case card.Capture:
		d.wasCaptured(p, e)
	default:
		d.worked(p, e)
	}
}

func (d *Desk) ejected(p *plan, e card.Event) {
	switch {
	case e.Kind != card.NotDone:
	case errors.Is(e.Err, card.ErrNoCard):
		d.reader.Media = card.NotPresent
		d.left(p, false)
	default:
		d.stuck(p)
	}
}

// stuck is for a card that does not come out: nobody knows when it will.
func (d *Desk) stuck(p *plan) {
	d.stay.cmd = 0
	d.enter(p, Stuck)
}

func (d *Desk) wasCaptured(p *plan, e card.Event) {
	if e.Kind == card.NotDone {
		d.stay.stays = true
		d.giveBack(p, d.stay.why)
		d.enter(p, Forgotten)

		return
	}

	kept := bankcard.Captured{Why: "forgotten", At: p.now.UnixMilli()}
	if d.stay.chip != "" {
		kept.Card = "meter card " + d.stay.chip
	}
	p.captured(d.wish.Txn, kept)
	d.reader.Media = card.NotPresent
	d.left(p, true)
}

// works reports whether the card is inside and wanted there.
func (y stay) works() bool {
	switch y.stage {
	case Reading, Ready, Writing, Checking:
		return true
	}

	return false
}

// due is when the stay must go on; zero for never.
func (y stay) due() time.Time {
	switch {
	case y.cmd != 0:
		return y.since.Add(CardWait)
	case y.stage == TakeCard:
		return y.since.Add(ForgetAfter)
	case y.stage == Forgotten && !y.stays:
		return y.since.Add(KeepAfter - ForgetAfter)
	case y.stage == Stuck:
		return y.since.Add(StuckRetry)
	}

	return time.Time{}
}

// overdue is for a card that nobody takes, and for a reader that says nothing.
func (d *Desk) overdue(p *plan) {
	switch y := &d.stay; {
	case y.cmd != 0:
		y.cmd = 0
		d.done(p, card.Event{Kind: card.NotDone, Err: card.ErrSilent})
	case y.stage == TakeCard:
		d.enter(p, Forgotten)
	case y.stage == Forgotten:
		d.enter(p, Kept)
		d.order(p, card.Command{Op: card.Capture})
	case d.works() && d.in() && d.job.txn != "":
		d.came(p)
	case d.works():
		d.giveBack(p, y.why)
	default:
		y.since = p.now
	}
}

// power takes the card's power and gives it again, as a card of one form.
func (d *Desk) power(p *plan, f metercard.Form) {
	d.stay.form, d.stay.phase = f, powering
	d.order(p, card.Command{Op: card.PowerOff})
}

// chips are the memory cards by their forms.
var chips = map[metercard.Form]card.Chip{metercard.SLE4442: card.SLE4442, metercard.AT88SC102: card.AT88SC102}

// worked takes the outcome of a command for the card itself.
func (d *Desk) worked(p *plan, e card.Event) {
	y := &d.stay
	switch y.phase {
	case powering:
		y.phase = starting
		if chip, memory := chips[y.form]; memory {
			d.order(p, card.Command{Op: card.Select, Chip: chip})
		} else {
			d.order(p, card.Command{Op: card.PowerOn})
		}
	case starting:
		switch {
		case e.Kind == card.Done:
			d.started(p)
		case y.stage == Writing:
			d.fail(p, whyOf(e.Err))
		default:
			d.notRead(p, whyOf(e.Err))
		}
	case stepping:
		y.run.Heard(answerOf(e))
		d.step(p)
	}
}

// started goes on with a card that was reset just now.
func (d *Desk) started(p *plan) {
	y := &d.stay
	if y.stage == Writing {
		y.run = script.NewRun(script.Purchase(y.form))
		d.ask(p)

		return
	}
	d.plainRead(p)
}

// step has the next step carried out, or goes on with what the last one brought.
func (d *Desk) step(p *plan) {
	y := &d.stay
	if s, due := y.run.Next(); due {
		y.phase = stepping
		d.order(p, commandOf(s))

		return
	}

	if y.stage == Writing {
		d.roundOver(p)
	} else {
		d.readOver(p)
	}
}

// commandOf is a step as the reader is told it.
func commandOf(s script.Step) card.Command {
	data := card.Secret(bytes.Clone(s.Data))
	switch s.Op {
	case script.Read:
		return card.Command{Op: card.Read, Area: card.Area(s.Area), Address: s.Address, Length: s.Length}
	case script.Write:
		return card.Command{Op: card.Write, Area: card.Area(s.Area), Address: s.Address, Data: data}
	case script.Verify:
		return card.Command{Op: card.Verify, Data: data}
	}

	return card.Command{Op: card.Transmit, Data: data}
}

// answerOf is what came of a step.
func answerOf(e card.Event) script.Answer {
	switch e.Kind {
	case card.Done:
		return script.Answer{Outcome: script.Done, Data: script.Bytes(e.Data)}
	case card.NotDone:
		return script.Answer{Outcome: script.Refused, Why: whyOf(e.Err)}
	}

	return script.Answer{Outcome: script.Unknown, Why: whyOf(e.Err)}
}

// whyOf is what a reader's error says of a card.
func whyOf(err error) string {
	switch {
	case errors.Is(err, card.ErrPulled), errors.Is(err, card.ErrNoCard):
		return Pulled
	case errors.Is(err, card.ErrSilent), errors.Is(err, card.ErrLine), errors.Is(err, card.ErrDevice), errors.Is(err, card.ErrJam):
		return NoReader
	case errors.Is(err, card.ErrMute), errors.Is(err, card.ErrUnsupported):
		return Unreadable
	}

	return CardRefused
}
