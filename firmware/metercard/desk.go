package metercard

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/payments"
)

// MaxInputs is how many reports wait for the journal.
const MaxInputs = 64

// ErrInputs means that too much waits for the journal.
var ErrInputs = errors.New("too much waits for the journal")

// Config is what the desk needs beside its reader.
type Config struct {
	Reader bool              // there is one
	Key    ed25519.PublicKey // head office's: what it signs is carried out. Without one nothing is written
	Random io.Reader         // of the numbers of sessions; without any nothing is written

	// Library has the library of the reader's maker work cards; without it head office's
	// steps do.
	Library bool
}

// Desk is the card desk. It is not safe for concurrent use, writes nothing, and is given
// the time.
type Desk struct {
	cfg   Config
	queue []input
	plan  *plan // waits for the journal
	ids   uint32

	wish Wish
	stir bool // the wish changed while something waited for the journal

	slot   slot
	writer writer
}

// past is how the last stay ended, for the page.
type past struct {
	why  string
	kept bool
}

// New is a desk. Without a reader nobody is offered anything there, and what an earlier
// run left is left to another visit.
func New(cfg Config) *Desk {
	d := &Desk{cfg: cfg}
	d.slot.at, d.writer.at = d, d
	d.slot.work = &steps{at: d}
	if cfg.Library {
		d.slot.work = &byLibrary{at: d}
	}

	return d
}

// able reports whether it could write.
func (d *Desk) able() bool { return len(d.cfg.Key) == ed25519.PublicKeySize && d.cfg.Random != nil }

// input is one thing that waits for Decide; one field beside the time is set.
type input struct {
	now    time.Time
	card   *card.Event
	answer *answer
	write  string // serial of a transaction whose card is to be written
	leaves bool   // the customer does not put the card back
}

// number is the next one of a command.
func (d *Desk) number() uint32 {
	d.ids++

	return d.ids
}

// Recover implements tender.Place. What was being written when the power went is in the
// books, and the table's act brings it back.
func (d *Desk) Recover(time.Time, []byte, tender.Books) error { return nil }

// Want says what the visit wants now. It may be said any number of times.
func (d *Desk) Want(now time.Time, w Wish) []tender.Effect {
	if w == d.wish {
		return nil
	}
	if w.Card && !d.wish.Card {
		d.slot.past = past{}
	}
	d.wish = w
	if d.plan != nil || len(d.queue) > 0 {
		d.stir = true

		return nil
	}

	p := d.begin(now, nil)
	d.slot.follow(p)

	return p.effects
}

// Write is the table's act "write-card". It is called again after a restart, and does
// nothing twice.
func (d *Desk) Write(now time.Time, t payments.Transaction) {
	d.queue = append(d.queue, input{now: now, write: t.Serial})
}

// Leave says that the customer does not put the card back. While a card is inside
// nothing happens.
func (d *Desk) Leave(now time.Time) {
	if d.writer.job.txn != "" && (d.slot.stay.stage == None || d.slot.stay.stage == Waiting) {
		d.queue = append(d.queue, input{now: now, leaves: true})
	}
}

// Heard implements tender.Place: it takes every card.Event of its reader.
func (d *Desk) Heard(now time.Time, r tender.Report) error {
	e, ok := r.(card.Event)
	if !ok {
		return fmt.Errorf("cannot take a report of type %T", r)
	}
	if len(d.queue) >= MaxInputs {
		return ErrInputs
	}
	d.queue = append(d.queue, input{now: now, card: &e})

	return nil
}

// Answered implements tender.Asker. That keys or systems are away for the moment is
// asked again; the desk's own patience ends it.
func (d *Desk) Answered(now time.Time, a tender.Ask, r tender.Reply) (again bool) {
	got, again := readAnswer(a, r)
	if again {
		return true
	}
	d.queue = append(d.queue, input{now: now, answer: got})

	return false
}

// Unanswered implements tender.Asker. The desk's own patience is what ends a wait.
func (d *Desk) Unanswered(time.Time, tender.Ask) {}

// Decide implements tender.Place.
func (d *Desk) Decide(b tender.Books, sealed bool) (tender.Decision, bool) {
	if d.plan == nil {
		if len(d.queue) == 0 {
			return tender.Decision{}, false
		}
		d.plan = d.process(d.queue[0], b)
	}

	if sealed && d.plan.durable() && d.plan.refuse != nil {
		d.plan.refuse(d.plan)
	}

	return d.plan.decision(), true
}

// process is what an input means.
func (d *Desk) process(in input, b tender.Books) *plan {
	p := d.begin(in.now, b)
	p.queued = true
	switch {
	case in.card != nil:
		d.slot.heardCard(p, *in.card)
	case in.answer != nil:
		d.writer.heardSteps(p, in.answer)
	case in.write != "":
		d.writer.take(p, in.write)
	case in.leaves:
		d.writer.leave(p)
	}
	d.slot.follow(p)

	return p
}

// Settle implements tender.Place. What the journal refused waits; a write that has not
// begun is given up.
func (d *Desk) Settle(_ time.Time, durable bool) (effects []tender.Effect, more bool) {
	p := d.plan
	if p == nil {
		return nil, false
	}
	if !durable {
		if p.refuse == nil {
			return nil, false
		}
		p.refuse(p)
	}

	d.plan = nil
	if p.queued {
		d.queue = d.queue[1:]
	}

	return p.effects, len(d.queue) > 0
}

// Turn implements tender.Place: one thing at a time.
func (d *Desk) Turn(now time.Time, b tender.Books) (tender.Decision, bool) {
	switch {
	case d.plan != nil:
		return d.plan.decision(), !d.plan.queued
	case len(d.queue) > 0:
		return tender.Decision{}, false
	}

	stir := d.stir
	p := d.begin(now, b)
	switch {
	case isDue(now, d.slot.stay.session.ends):
		d.writer.fail(p, TooLong)
	case isDue(now, d.slot.stay.session.askBy):
		d.writer.fail(p, Silent)
	case isDue(now, d.slot.stay.due()):
		d.slot.overdue(p)
	case isDue(now, d.writer.dueJob()):
		d.writer.giveUp(p, d.writer.noCard())
	case stir:
	default:
		return tender.Decision{}, false
	}
	d.slot.follow(p)
	d.plan = p

	return p.decision(), true
}

func isDue(now, at time.Time) bool { return !at.IsZero() && !now.Before(at) }

// Wake implements tender.Place.
func (d *Desk) Wake(now time.Time, _ tender.Books, retry time.Duration) time.Time {
	if d.plan != nil || len(d.queue) > 0 {
		return now.Add(retry)
	}
	if d.stir {
		return now
	}

	wake := time.Time{}
	for _, t := range []time.Time{d.slot.stay.session.ends, d.slot.stay.session.askBy, d.slot.stay.due(), d.writer.dueJob()} {
		if !t.IsZero() && (wake.IsZero() || t.Before(wake)) {
			wake = t
		}
	}

	return wake
}

// Waiting implements tender.Place.
func (d *Desk) Waiting() int {
	n := len(d.queue)
	if d.plan != nil && !d.plan.queued {
		n++
	}

	return n
}

// Unsettled implements tender.Place.
func (d *Desk) Unsettled() string {
	switch {
	case d.writer.job.txn != "":
		return "a meter card is being written"
	case d.slot.stay.stage != None && d.slot.stay.stage != Waiting && (d.slot.stay.stage != Left || d.slot.stay.cmd != 0):
		return "a meter card is in the reader"
	}

	return ""
}

// Troubles implements tender.Place.
func (d *Desk) Troubles() []tender.Trouble {
	if !d.cfg.Reader {
		return nil
	}

	return []tender.Trouble{
		{Code: "starting-meter-reader", On: d.slot.reader.State == hal.DeviceUnknown},
		{Code: "meter-reader", On: d.slot.reader.State != hal.DeviceUnknown && !d.slot.works(), Detail: d.slot.reader.Detail},
		{Code: "meter-bin", On: d.slot.binFull(), Detail: "cards that are kept fill the bin of the meter-card reader"},
		{Code: "meter-card-left", On: d.slot.stay.stage == Left, Detail: "a meter card that nobody took, or that does not come out, is in the reader"},
		{Code: "meter-key", On: !d.able(), Detail: "the key of head office is missing (policy_key)"},
	}
}

func (s *slot) works() bool {
	return s.reader.State == hal.DeviceOnline && s.reader.Media != card.Jammed
}

// in reports whether a card is inside.
func (s *slot) in() bool {
	return s.reader.Media == card.Present || s.reader.Media == card.Latched
}

// Face is what pages show.
func (d *Desk) Face() Face {
	y := d.slot.stay
	f := Face{Step: y.stage, Known: y.known, Facts: y.facts, Why: d.slot.past.why, Round: y.session.round, Stays: y.stays || d.slot.never || d.slot.reader.BinFull, Kept: d.slot.past.kept}
	if y.why != "" && !y.over {
		f.Why = y.why
	}

	switch {
	case y.stage == Reading && d.writer.job.txn != "":
		f.Step = Writing // it is read before it is written
	case y.stage == None && d.wish.Card && !d.slot.works():
		f.Step = Away
	case y.stage == None && d.writer.job.txn != "", y.stage == Waiting && (d.writer.job.txn != "" || d.wish.Serial != ""):
		f.Step = PutBack
	}
	f.Ready = y.stage == Waiting && d.slot.works()
	switch y.stage {
	case None, Waiting, Forgotten, Left, Stuck: // of the last three nobody knows when the card comes out
	default:
		f.Holds = d.slot.works()
	}

	return f
}
