package metercard

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/uplink/wire"
)

// Waits and bounds of a write.
const (
	StepsTTL     = 8 * time.Second  // for head office's answer to one question
	StepsWait    = 20 * time.Second // for the steps of one round, whatever was asked again
	SessionLimit = 2 * time.Minute  // of one session, from its power-on
	PutBackWait  = time.Minute      // for the card to be put back
	HearWait     = 10 * time.Second // for a card that nobody is there to put back
	JobLimit     = 5 * time.Minute  // for all writes and waits of one visit
	MaxTries     = 3                // writes of one visit
)

// job is what is to be written, while the desk sees to it.
type job struct {
	txn    string // in front of the terminal
	sale   string // that bought it
	sold   metercard.Sold
	writes int       // begun in this visit
	since  time.Time // the card is waited for
	ends   time.Time // everything
}

// dueJob is when a card that is not here is not waited for any more; zero for never.
func (d *Desk) dueJob() time.Time {
	if d.job.txn == "" || d.stay.works() {
		return time.Time{}
	}

	until := d.job.since.Add(HearWait)
	if d.wish.Txn == d.job.txn {
		until = d.job.since.Add(PutBackWait)
	}
	if until.After(d.job.ends) {
		return d.job.ends
	}

	return until
}

// noCard is why a card is not here.
func (d *Desk) noCard() string {
	if d.stay.stage == Stuck || !d.works() {
		return NoReader
	}

	return NoCard
}

// session is one stay of a card on the contacts, while steps are carried out.
type session struct {
	id     string
	round  int // from 1
	asking bool
	askBy  time.Time // the steps are waited for; zero for not
	ends   time.Time
	why    string // it came to nothing
	digest string // once it is over
}

// take takes up what is to be written. Where its customer is not there, nor the card, it
// is left for another visit.
func (d *Desk) take(p *plan, serial string) {
	if d.job.txn == serial || !p.open(serial) || p.leg.Fact() != leg.Moving {
		return
	}
	if p.leg.State == metercard.Writing {
		p.ended(metercard.Unsure, PowerCut, metercard.Facts{}, "")
	}
	if d.job.txn != "" {
		p.add(metercard.GaveUp{Why: NoCard, At: p.now.UnixMilli()})

		return
	}

	d.job = job{txn: serial, sale: serial, sold: p.leg.Sold, since: p.now, ends: p.now.Add(JobLimit)}
	if o := p.txn.Original; o != "" {
		d.job.sale = o
	}
}

// leave ends the wait for a card that its customer does not put back.
func (d *Desk) leave(p *plan) {
	if d.job.txn != "" && (d.stay.stage == None || d.stay.stage == Waiting) {
		d.giveUp(p, ByCustomer)
	}
}

// giveUp leaves it to another visit.
func (d *Desk) giveUp(p *plan, why string) {
	if p.open(d.job.txn) {
		p.add(metercard.GaveUp{Why: why, At: p.now.UnixMilli()})
		d.note(p, string(metercard.GoneAway), why)
	}
	d.job = job{}
	if d.stay.works() {
		d.giveBack(p, why)
	}
}

// finish is for a card that holds what was sold.
func (d *Desk) finish(p *plan) {
	d.note(p, string(metercard.Written), "")
	d.job = job{}
	p.do(tender.Progress{})
	d.giveBack(p, "")
}

// holds reports whether the card that was read holds what was sold.
func (d *Desk) holds() bool {
	f, s := d.stay.facts, d.job.sold

	return f.Serial == s.Card && f.Count == s.Count && f.Purse == s.Amount
}

// compare decides about a card that was read before a write.
func (d *Desk) compare(p *plan) {
	f, s := d.stay.facts, d.job.sold
	switch {
	case f.Serial != s.Card:
		d.giveBack(p, OtherCard)

		return
	case !p.open(d.job.txn) || p.leg.Fact() != leg.Moving: // head office settled it meanwhile
		d.job = job{}
		d.giveBack(p, "")

		return
	case d.holds():
		d.isOn(p)

		return
	case p.leg.State == metercard.NotSure: // now it is known; it is read again before the write
		p.ended(metercard.Unwritten, p.leg.Why, f, "")
		d.enter(p, Ready)

		return
	}
	d.write(p)
}

// isOn is for a card that holds it before a step: an earlier write has reached it.
func (d *Desk) isOn(p *plan) {
	if p.leg.State != metercard.NotSure && !p.begun() {
		d.giveUp(p, Attempts)

		return
	}
	p.ended(metercard.Written, "", d.stay.facts, "")
	d.finish(p)
}

// write begins a write onto the card that was read just now, which must be one purchase
// before what was sold.
func (d *Desk) write(p *plan) {
	f, s := d.stay.facts, d.job.sold
	switch {
	case f.Count+1 != s.Count:
		d.giveUp(p, CountDiffers)

		return
	case !d.able():
		d.giveUp(p, BadScript)

		return
	case d.job.writes >= MaxTries || !p.begun():
		d.giveUp(p, Attempts)

		return
	}
	d.job.writes++

	var id [16]byte
	_, err := io.ReadFull(d.cfg.Random, id[:])
	d.stay.session = session{id: hex.EncodeToString(id[:]), round: 1, ends: p.now.Add(SessionLimit)}
	d.enter(p, Writing)
	if err != nil {
		d.fail(p, NoReader)

		return
	}
	d.power(p, f.Form)
	p.refuse = func(p *plan) {
		p.events, p.effects, p.refuse = nil, nil, nil
		d.job.writes--
		d.giveBack(p, NoJournal)
	}
}

// ask asks head office for the steps of the round.
func (d *Desk) ask(p *plan) {
	y := &d.stay
	body := wire.CardStepsBody{Txn: d.job.txn, Sale: d.job.sale, Card: y.facts, Session: y.session.id, Round: y.session.round - 1, Saved: y.run.Saved()}
	b, err := json.Marshal(body)
	wipe(body.Saved)
	if err != nil { // texts, numbers and bytes
		d.fail(p, BadScript)

		return
	}

	y.session.asking, y.session.askBy = true, p.now.Add(StepsWait)
	p.do(tender.Ask{Op: wire.OpCardSteps, Key: d.job.txn, Body: b, TTL: StepsTTL, Urgent: true})
}

// answer is head office's answer about a round.
type answer struct {
	key   string
	steps wire.Signed
	why   string // there are none
}

// readAnswer reads an answer; again says that the same is to be asked once more.
func readAnswer(a tender.Ask, r tender.Reply) (got *answer, again bool) {
	got = &answer{key: a.Key}
	if r.Error != nil {
		got.why = Refused

		return got, r.Error.Code == wire.ErrCodeUnavailable || r.Error.Code == wire.ErrCodeInternal
	}

	var steps wire.CardSteps
	switch err := json.Unmarshal(r.Body, &steps); {
	case err != nil:
		got.why = BadScript
	case steps.Reason == mis.KeysAway:
		return got, true
	case steps.Reason != "" && steps.Reason.Valid():
		got.why = string(steps.Reason)
	case steps.Reason != "":
		got.why = Refused
	default:
		got.steps = steps.Script
	}

	return got, false
}

// heardSteps takes the steps of a round, if they are those that are waited for.
func (d *Desk) heardSteps(p *plan, a *answer) {
	y := &d.stay
	defer clear(a.steps.Body)
	if !y.session.asking || a.key != d.job.txn {
		return
	}
	y.session.asking, y.session.askBy = false, time.Time{}
	if a.why != "" {
		d.fail(p, a.why)

		return
	}

	s, err := wire.OpenScript(d.cfg.Key, a.steps)
	if err == nil {
		bound := script.Bound{Txn: d.job.txn, Card: y.facts.Serial, Session: y.session.id, Round: y.session.round - 1, Now: p.now}
		err = y.run.Open(bound, s)
	}
	wipeSteps(s.Steps) // the run has copies of its own
	if err != nil {
		d.fail(p, BadScript)

		return
	}
	d.step(p)
}

func wipeSteps(steps []script.Step) {
	for _, s := range steps {
		clear(s.Data)
	}
}

// roundOver goes on after the last step of a round, or after the one that failed.
func (d *Desk) roundOver(p *plan) {
	y := &d.stay
	if fault, failed := y.run.Fault(); failed {
		why := fault.Why
		if why == script.WhyRefused {
			why = CardRefused
		}
		d.fail(p, why)

		return
	}
	if y.run.Last() {
		d.fail(p, "")

		return
	}

	y.session.round++
	d.ask(p)
}

// fail ends the session, for whatever reason or for none, and has the card read back.
func (d *Desk) fail(p *plan, why string) {
	id, round := d.stay.session.id, d.stay.session.round
	digest := d.endSession(p)
	d.stay.session = session{id: id, round: round, why: why, digest: digest}
	d.read(p, Checking)
}

// endSession forgets what was said in it, and returns the digest of its steps.
func (d *Desk) endSession(p *plan) (digest string) {
	y := &d.stay
	y.wipeReading()
	if y.session.asking {
		p.do(tender.Drop{Op: wire.OpCardSteps, Key: d.job.txn})
	}
	digest = y.session.digest
	if y.run != nil && y.stage == Writing {
		digest = y.run.Digest()
	}
	if y.run != nil {
		y.run.Wipe()
	}
	y.run, y.session = nil, session{}

	return digest
}

// checked decides by what was read back.
func (d *Desk) checked(p *plan) {
	f, s := d.stay.facts, d.stay.session
	if !p.open(d.job.txn) || p.leg.State != metercard.Writing {
		d.job = job{}
		d.giveBack(p, "")

		return
	}

	switch {
	case f.Serial != d.job.sold.Card:
		p.ended(metercard.Unsure, OtherCard, metercard.Facts{}, s.digest)
		d.giveBack(p, OtherCard)
	case d.holds():
		p.ended(metercard.Written, "", f, s.digest)
		d.finish(p)
	default:
		why := s.why
		if why == "" {
			why = CardRefused
		}
		p.ended(metercard.Unwritten, why, f, s.digest)
		if d.again(why) {
			d.enter(p, Ready) // it is read again before the write
		} else {
			d.giveUp(p, why)
		}
	}
}

// again reports whether the same may do another time what it did not do now.
func (d *Desk) again(why string) bool {
	switch why {
	case Pulled, NoReader, CardRefused, TooLong:
		return d.job.writes < MaxTries
	case Silent:
		return d.job.writes < MaxTries-1
	}

	return false
}

// unchecked is for a card that cannot be read back.
func (d *Desk) unchecked(p *plan, why string) {
	if p.open(d.job.txn) && p.leg.State == metercard.Writing {
		p.ended(metercard.Unsure, why, metercard.Facts{}, d.stay.session.digest)
	}
}
