package metercard

import (
	"encoding/hex"
	"encoding/json"
	"errors"
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

// writer sees to it that what was sold is written.
type writer struct {
	at *Desk

	job  job
	last Last
}

// dueJob is when a card that is not here is not waited for any more; zero for never.
func (w *writer) dueJob() time.Time {
	if w.job.txn == "" || w.at.slot.stay.works() {
		return time.Time{}
	}

	until := w.job.since.Add(HearWait)
	if w.at.wish.Txn == w.job.txn {
		until = w.job.since.Add(PutBackWait)
	}
	if until.After(w.job.ends) {
		return w.job.ends
	}

	return until
}

// noCard is why a card is not here.
func (w *writer) noCard() string {
	if w.at.slot.stay.stage == Stuck || !w.at.slot.works() {
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
func (w *writer) take(p *plan, serial string) {
	if w.job.txn == serial || !p.open(serial) || p.leg.Fact() != leg.Moving {
		return
	}
	if p.leg.State == metercard.Writing {
		p.ended(metercard.Unsure, PowerCut, metercard.Facts{}, "")
	}
	if w.job.txn != "" {
		p.add(metercard.GaveUp{Why: NoCard, At: p.now.UnixMilli()})

		return
	}

	w.job = job{txn: serial, sale: serial, sold: p.leg.Sold, since: p.now, ends: p.now.Add(JobLimit)}
	if o := p.txn.Original; o != "" {
		w.job.sale = o
	}
}

// leave ends the wait for a card that its customer does not put back.
func (w *writer) leave(p *plan) {
	if w.job.txn != "" && (w.at.slot.stay.stage == None || w.at.slot.stay.stage == Waiting) {
		w.giveUp(p, ByCustomer)
	}
}

// giveUp leaves it to another visit.
func (w *writer) giveUp(p *plan, why string) {
	if p.open(w.job.txn) {
		p.add(metercard.GaveUp{Why: why, At: p.now.UnixMilli()})
		w.note(p, string(metercard.GoneAway), why)
	}
	w.job = job{}
	if w.at.slot.stay.works() {
		w.at.slot.giveBack(p, why)
	}
}

// finish is for a card that holds what was sold.
func (w *writer) finish(p *plan) {
	w.note(p, string(metercard.Written), "")
	w.job = job{}
	p.do(tender.Progress{})
	w.at.slot.giveBack(p, "")
}

// holds reports whether the card that was read holds what was sold, so that its meter takes it.
func (w *writer) holds() bool { return w.reached() && !w.stale() }

// reached reports whether what was sold is in the purse of the card that was read.
func (w *writer) reached() bool {
	f, s := w.at.slot.stay.facts, w.job.sold

	return f.Serial == s.Card && f.Count == s.Count && f.Purse == s.Amount
}

// stale reports whether a processor card has its meter's word about an earlier purchase
// (返写信息文件): that is cleared before the purse is written, and the meter refuses the purchase
// where it stayed (Err-18), as on a card that is worn out.
func (w *writer) stale() bool {
	f := w.at.slot.stay.facts

	return f.Form == metercard.CPU && f.Loaded != 0 && f.Loaded < w.job.sold.Count
}

// misfit is why a card that counts neither what it did before nor what was sold, or that its
// meter would refuse, is not written.
func (w *writer) misfit() string {
	if w.reached() {
		return NotCleared
	}

	return CountDiffers
}

// compare decides about a card that was read before a write.
func (w *writer) compare(p *plan) {
	f, s := w.at.slot.stay.facts, w.job.sold
	switch {
	case f.Serial != s.Card:
		w.at.slot.giveBack(p, OtherCard)

		return
	case !p.open(w.job.txn) || p.leg.Fact() != leg.Moving: // head office settled it meanwhile
		w.job = job{}
		w.at.slot.giveBack(p, "")

		return
	case w.holds():
		w.isOn(p)

		return
	case p.leg.State == metercard.NotSure && f.Count+1 != s.Count: // it still is not known
		w.giveUp(p, w.misfit())

		return
	case p.leg.State == metercard.NotSure: // now it is known; it is read again before the write
		p.ended(metercard.Unwritten, p.leg.Why, f, "")
		w.at.slot.enter(p, Ready)

		return
	}
	w.write(p)
}

// isOn is for a card that holds it before a step: an earlier write has reached it.
func (w *writer) isOn(p *plan) {
	if p.leg.State != metercard.NotSure && !p.begun() {
		w.giveUp(p, Attempts)

		return
	}
	p.ended(metercard.Written, "", w.at.slot.stay.facts, "")
	w.finish(p)
}

// write begins a write onto the card that was read just now, which must be one purchase
// before what was sold.
func (w *writer) write(p *plan) {
	f, s := w.at.slot.stay.facts, w.job.sold
	switch {
	case f.Count+1 != s.Count:
		if f.Count >= s.Count && p.begun() { // it may have been on this card, from another visit
			p.ended(metercard.Unsure, w.misfit(), metercard.Facts{}, "")
		}
		w.giveUp(p, w.misfit())

		return
	case !w.at.able():
		w.giveUp(p, NoKey)

		return
	case w.job.writes >= MaxTries || !p.begun():
		w.giveUp(p, Attempts)

		return
	}
	w.job.writes++

	var id [16]byte
	_, err := io.ReadFull(w.at.cfg.Random, id[:])
	w.at.slot.stay.session = session{id: hex.EncodeToString(id[:]), round: 1, ends: p.now.Add(SessionLimit)}
	w.at.slot.enter(p, Writing)
	if err != nil {
		w.fail(p, NoReader)

		return
	}
	w.at.slot.work.begin(p, f.Form)
	p.refuse = func(p *plan) {
		p.events, p.effects = nil, nil
		p.refuse = nil
		w.job.writes--
		w.at.slot.giveBack(p, NoJournal)
	}
}

// ask asks head office what is to be done to the card; saved is what it has answered so
// far.
func (w *writer) ask(p *plan, saved map[string]script.Bytes) {
	y := &w.at.slot.stay
	body := wire.CardStepsBody{
		Txn: w.job.txn, Sale: w.job.sale, Card: y.facts, Session: y.session.id, Round: y.session.round - 1, Saved: saved, Library: w.at.cfg.Library,
	}
	b, err := json.Marshal(body)
	wipe(saved)
	if err != nil { // texts, numbers and bytes
		w.fail(p, BadScript)

		return
	}

	y.session.asking, y.session.askBy = true, p.now.Add(StepsWait)
	p.do(tender.Ask{Op: wire.OpCardSteps, Key: w.job.txn, Body: b, TTL: StepsTTL, Urgent: true})
}

// bound is the stay of a card that what head office signed must be for.
func (w *writer) bound(p *plan) script.Bound {
	y := &w.at.slot.stay

	return script.Bound{Txn: w.job.txn, Card: y.facts.Serial, Session: y.session.id, Round: y.session.round - 1, Now: p.now}
}

// answer is head office's answer about a round.
type answer struct {
	key  string
	said wire.CardSteps
	why  string // there is nothing to be done
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
		got.said = steps
	}

	return got, false
}

// heardSteps takes what is to be done to the card, if that is waited for.
func (w *writer) heardSteps(p *plan, a *answer) {
	y := &w.at.slot.stay
	defer clear(a.said.Script.Body)
	if !y.session.asking || a.key != w.job.txn {
		return
	}
	y.session.asking, y.session.askBy = false, time.Time{}
	if a.why != "" {
		w.fail(p, a.why)

		return
	}
	switch err := w.at.slot.work.given(p, a.said); {
	case errors.Is(err, script.ErrExpired), errors.Is(err, script.ErrTooLong):
		w.fail(p, WrongClock)
	case err != nil:
		w.fail(p, BadScript)
	}
}

// fail ends the session, for whatever reason or for none, and has the card read back.
func (w *writer) fail(p *plan, why string) {
	id, round := w.at.slot.stay.session.id, w.at.slot.stay.session.round
	digest := w.endSession(p)
	w.at.slot.stay.session = session{id: id, round: round, why: why, digest: digest}
	w.at.slot.read(p, Checking)
}

// endSession forgets what was said in it, and returns the digest of its steps.
func (w *writer) endSession(p *plan) (digest string) {
	y := &w.at.slot.stay
	y.wipeReading()
	if y.session.asking {
		p.do(tender.Drop{Op: wire.OpCardSteps, Key: w.job.txn})
	}
	digest = y.session.digest
	if done := w.at.slot.work.end(); y.stage == Writing {
		digest = done
	}
	y.session = session{}

	return digest
}

// checked decides by what was read back.
func (w *writer) checked(p *plan) {
	f, s := w.at.slot.stay.facts, w.at.slot.stay.session
	if !p.open(w.job.txn) || p.leg.State != metercard.Writing {
		w.job = job{}
		w.at.slot.giveBack(p, "")

		return
	}

	switch {
	case f.Serial != w.job.sold.Card:
		p.ended(metercard.Unsure, OtherCard, metercard.Facts{}, s.digest)
		w.at.slot.giveBack(p, OtherCard)
	case w.holds():
		p.ended(metercard.Written, "", f, s.digest)
		w.finish(p)
	case f.Count+1 != w.job.sold.Count: // neither what it held before nor what was sold
		p.ended(metercard.Unsure, w.misfit(), metercard.Facts{}, s.digest)
		w.giveUp(p, w.misfit())
	default:
		why := s.why
		if why == "" {
			why = CardRefused
		}
		p.ended(metercard.Unwritten, why, f, s.digest)
		if w.again(why) {
			w.at.slot.enter(p, Ready) // it is read again before the write
		} else {
			w.giveUp(p, why)
		}
	}
}

// again reports whether the same may do another time what it did not do now.
func (w *writer) again(why string) bool {
	switch why {
	case Pulled, NoReader, CardRefused, TooLong:
		return w.job.writes < MaxTries
	// A round whose answer was lost is given again by the head office that had it, while it
	// is good; by another one it is refused, and another session begins.
	case Silent, string(mis.NotPayable), string(mis.KeysAway):
		return w.job.writes < MaxTries-1
	}

	return false
}

// unchecked is for a card that cannot be read back.
func (w *writer) unchecked(p *plan, why string) {
	if p.open(w.job.txn) && p.leg.State == metercard.Writing {
		p.ended(metercard.Unsure, why, metercard.Facts{}, w.at.slot.stay.session.digest)
	}
}
