package metercard

import (
	"errors"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/card"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
)

// Waits for card and customer.
const (
	CardWait    = 15 * time.Second // for the reader's answer
	WorkWait    = 75 * time.Second // for that of its library, after whose own limit it is known to be gone
	ForgetAfter = 20 * time.Second // a card at the gate: the customer is warned
	KeepAfter   = 40 * time.Second // and it is captured
	LeaveAfter  = 20 * time.Second // one that cannot be: the customer was told, and the visit ends
	StuckRetry  = 5 * time.Second  // between tries to move a card that does not come out
	LeftRetry   = time.Minute      // between tries to keep one that could not be kept
)

// stay is one card in the reader. What it said and was told is in memory only, and is
// wiped when it leaves.
type stay struct {
	stage Step // as Face.Step has it, but for what that says in place of it
	since time.Time
	cmd   uint32 // the reader's command that is waited for; 0 for none
	op    card.Op
	sent  card.Secret // with it, to be overwritten once the reader has answered

	known bool
	facts metercard.Facts // as last read

	reading reading
	session session

	chip  string // serial, if it was read
	stays bool   // it cannot be kept now, and waits at the gate
	full  bool   // because the bin is full, as the reader said when it last tried
	over  bool   // the visit of who left it
	txn   string // its purchase then; empty for none
	dead  int    // looks at a reader that does not answer, since the card is stuck in it
	why   string // it comes out
}

// slot is the reader with the card in it.
type slot struct {
	at   *Desk
	work work

	reader card.Status
	stay   stay
	past   past // how the last stay ended
	never  bool // the reader has said that it keeps no cards at all
}

func (s *slot) enter(p *plan, to Step) {
	s.stay.stage = to
	s.stay.since = p.now
}

// order orders something of the reader, and waits for its outcome.
func (s *slot) order(p *plan, c card.Command) {
	c.ID = s.at.number()
	s.stay.cmd, s.stay.op = c.ID, c.Op
	s.stay.sent = c.Data
	s.stay.since = p.now
	p.do(tender.Order{Command: c})
}

// tell orders something whose outcome says nothing.
func (s *slot) tell(p *plan, op card.Op) {
	p.do(tender.Order{Command: card.Command{ID: s.at.number(), Op: op}})
}

// heardCard takes the reader's word. Its bytes are overwritten: what is wanted of them
// was copied.
func (s *slot) heardCard(p *plan, e card.Event) {
	switch {
	case e.Kind == card.StatusChanged:
		before := s.reader
		s.reader = e.Status
		s.moved(p)
		if before.BinFull && !e.Status.BinFull || before.State != e.Status.State {
			s.keepLeft(p)
		}
	case e.ID != 0 && e.ID == s.stay.cmd:
		clear(s.stay.sent)
		s.stay.cmd = 0
		s.done(p, e)
	}
	clear(e.Data)
	e.Fields.Wipe()
}

// moved is for where the card is now.
func (s *slot) moved(p *plan) {
	if s.reader.Media != card.NotPresent {
		return
	}
	switch {
	case s.stay.works():
		s.pulled(p)
	case s.stay.cmd != 0 && s.stay.op == card.Capture: // the outcome says whether it was kept
	case s.stay.stage == TakeCard, s.stay.stage == Forgotten, s.stay.stage == Left, s.stay.stage == Stuck:
		s.left(p, false)
	}
}

// pulled is for a card that went while it was wanted.
func (s *slot) pulled(p *plan) {
	digest := s.at.writer.endSession(p)
	if s.at.writer.job.txn != "" && p.open(s.at.writer.job.txn) && p.leg.State == metercard.Writing {
		p.ended(metercard.Unsure, Pulled, metercard.Facts{}, digest)
	}
	s.stay.why = Pulled
	s.left(p, false)
}

// left ends the stay. What is to be written waits for its card.
func (s *slot) left(p *plan, kept bool) {
	s.at.writer.endSession(p)
	s.past = past{s.stay.why, kept}
	s.stay = stay{}
	s.at.writer.job.since = p.now
}

// follow does what follows from where the card is and from what is wanted; it is called
// after everything else.
func (s *slot) follow(p *plan) {
	wanted := s.at.wish.Card || s.at.writer.job.txn != ""
	switch s.stay.stage {
	case None:
		switch {
		case !s.works():
		case s.in() && wanted:
			s.came(p)
		case s.in() || s.reader.Media == card.Entering: // left from before
			s.giveBack(p, "")
		case s.at.wish.Card:
			s.enter(p, Waiting)
			s.tell(p, card.Accept)
		}
	case Waiting:
		switch {
		case s.in() && wanted:
			s.came(p)
		case s.in():
			s.giveBack(p, "")
		case !s.at.wish.Card:
			s.tell(p, card.Refuse)
			s.stay = stay{}
		}
	case Left:
		if s.stay.dead > 0 && s.works() && s.in() { // the reader is there again, and has it
			s.stay.dead = 0
			s.comesBack(p)
		}
	case Ready:
		switch {
		case s.at.writer.job.txn != "":
			s.read(p, Reading)
		case !wanted:
			s.giveBack(p, "")
		case s.at.wish.Serial != "" && s.at.wish.Serial != s.stay.facts.Serial:
			s.giveBack(p, OtherCard)
		}
	}
}

// came takes the card that came in.
func (s *slot) came(p *plan) {
	if s.stay.stage == Waiting {
		s.tell(p, card.Refuse)
	}
	s.stay = stay{}
	s.past = past{}
	p.do(tender.Progress{})
	s.read(p, Reading)
}

// giveBack gives the card back, for a reason that the page says.
func (s *slot) giveBack(p *plan, why string) {
	s.at.writer.endSession(p)
	y := s.stay
	s.stay = stay{chip: y.chip, stays: y.stays, full: y.full, why: why, over: y.over, txn: y.txn}
	s.at.writer.job.since = p.now
	s.enter(p, TakeCard)
	s.order(p, card.Command{Op: card.Eject})
}

// done takes the outcome of a command.
func (s *slot) done(p *plan, e card.Event) {
	switch s.stay.op {
	case card.Eject:
		s.ejected(p, e)
	case card.Capture:
		s.wasCaptured(p, e)
	default:
		s.work.worked(p, e)
	}
}

func (s *slot) ejected(p *plan, e card.Event) {
	switch {
	case e.Kind != card.NotDone:
	case errors.Is(e.Err, card.ErrNoCard):
		s.reader.Media = card.NotPresent
		s.left(p, false)
	case errors.Is(e.Err, card.ErrUnsupported): // no motor: the customer has a hand on it
	default:
		s.stuck(p)
	}
}

// stuck is for a card that does not come out: nobody knows when it will.
func (s *slot) stuck(p *plan) {
	s.stay.cmd = 0
	s.enter(p, Stuck)
}

// capture takes the card at the gate into the bin.
func (s *slot) capture(p *plan) {
	s.enter(p, Kept)
	s.order(p, card.Command{Op: card.Capture})
}

// keepLeft tries again to keep a card that was left at the gate. It is no page's: who left it
// was told, and who stands there now has nothing to do with it. A bin whose sensor says that
// it is full is not tried.
func (s *slot) keepLeft(p *plan) {
	if s.stay.stage != Left || s.stay.cmd != 0 {
		return
	}
	s.stay.since = p.now
	if gate := s.reader.Media == card.Entering || s.in() && s.stay.dead == 0; gate && s.works() && !s.never && !s.reader.BinFull {
		s.stay.dead = 0
		s.order(p, card.Command{Op: card.Capture})
	}
}

func (s *slot) wasCaptured(p *plan, e card.Event) {
	if e.Kind == card.NotDone {
		s.notCaptured(p, e.Err)

		return
	}

	y := s.stay
	if !y.over {
		y.txn = s.at.wish.Txn
	}
	kept := bankcard.Captured{Why: "forgotten", At: p.now.UnixMilli()}
	if y.chip != "" {
		kept.Card = "meter card " + y.chip
	}
	p.captured(y.txn, kept)
	s.reader.Media = card.NotPresent
	s.left(p, true)
	if y.over { // it is none of the customer's who stands there now
		s.past = past{}
	}
}

// notCaptured is for a card that the reader did not keep. It waits at the gate.
func (s *slot) notCaptured(p *plan, err error) {
	s.stay.stays, s.stay.full = true, errors.Is(err, card.ErrBinFull)
	s.never = s.never || errors.Is(err, card.ErrUnsupported)
	switch {
	case s.stay.stage != Left:
		s.giveBack(p, s.stay.why)
		s.enter(p, Forgotten)
	case s.reader.Media == card.NotPresent: // it was taken meanwhile
		s.left(p, false)
	default:
		s.leave(p)
	}
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
	case y.cmd != 0 && y.op == card.Work:
		return y.since.Add(WorkWait)
	case y.cmd != 0:
		return y.since.Add(CardWait)
	case y.stage == TakeCard:
		return y.since.Add(ForgetAfter)
	case y.stage == Forgotten && y.stays:
		return y.since.Add(LeaveAfter)
	case y.stage == Forgotten:
		return y.since.Add(KeepAfter - ForgetAfter)
	case y.stage == Stuck:
		return y.since.Add(StuckRetry)
	case y.stage == Left:
		return y.since.Add(LeftRetry)
	}

	return time.Time{}
}

// overdue is for a card that nobody takes, and for a reader that says nothing.
func (s *slot) overdue(p *plan) {
	switch y := &s.stay; {
	case y.cmd != 0:
		y.cmd = 0
		s.done(p, card.Event{Kind: card.NotDone, Err: card.ErrSilent})
	case y.stage == TakeCard:
		s.enter(p, Forgotten)
	case y.stage == Forgotten && y.stays:
		s.leave(p)
	case y.stage == Forgotten:
		s.capture(p)
	case y.stage == Left:
		s.keepLeft(p)
	case s.works():
		s.comesBack(p)
	default:
		y.since = p.now
		if y.dead++; y.dead >= maxDead {
			s.leave(p)
		}
	}
}

// binFull reports whether no card can be kept: as the reader's sensor says, or, where it has
// none, as long as one waits that it had no room for.
func (s *slot) binFull() bool { return s.reader.BinFull || s.stay.full }

// leave ends the visit, and has the card wait where it is. Who forgot it was told of it.
func (s *slot) leave(p *plan) {
	if y := &s.stay; y.stays && !y.over {
		y.over, y.txn = true, s.at.wish.Txn
	}
	s.enter(p, Left)
}

// comesBack is for a card that was stuck, in a reader that works: it is read for what is to
// be written, or comes out; and it may be kept then, whatever became of that before.
func (s *slot) comesBack(p *plan) {
	s.stay.stays, s.stay.full = false, false
	if s.in() && s.at.writer.job.txn != "" {
		s.came(p)
	} else {
		s.giveBack(p, s.stay.why)
	}
}

// maxDead is how often a card is looked for in a reader that does not answer: its customer
// was told then for LeaveAfter.
const maxDead = int(LeaveAfter / StuckRetry)

// whyOf is what a reader's error says of a card.
func whyOf(err error) string {
	switch {
	case errors.Is(err, card.ErrPulled), errors.Is(err, card.ErrNoCard):
		return Pulled
	case errors.Is(err, card.ErrSilent), errors.Is(err, card.ErrLine), errors.Is(err, card.ErrDevice), errors.Is(err, card.ErrJam):
		return NoReader
	case errors.Is(err, card.ErrMute), errors.Is(err, card.ErrUnsupported):
		return Unreadable
	case errors.Is(err, card.ErrOtherCard):
		return OtherCard
	case errors.Is(err, card.ErrKeys):
		return string(mis.KeysAway)
	}

	return CardRefused
}
