package bankcard

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/pinpad"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/terminal"
)

// MaxInputs is how many reports wait for the journal.
const MaxInputs = 64

// ErrInputs means that too much waits for the journal.
var ErrInputs = errors.New("too much waits for the journal")

// Station takes money by bank card. It is not safe for concurrent use.
type Station struct {
	cfg  Config
	kept kept

	queue []input
	plan  *plan // waits for the journal
	ids   uint32

	tried   time.Time // the last settlement was begun
	ordered order     // head office's

	toVoid tender.VoidOrder // head office's; no ID is none

	end tender.Reason // its end was asked for; empty for not

	slot slot
	bank teller
}

var (
	_ tender.Asker   = (*Station)(nil)
	_ tender.Chooser = (*Station)(nil)
	_ tender.Settler = (*Station)(nil)
)

// New is a station. It fails where the configuration does.
func New(cfg Config) (*Station, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}

	s := &Station{cfg: cfg}
	s.slot.at, s.bank.at = s, s

	return s, nil
}

// number is the next one of a command.
func (s *Station) number() uint32 {
	s.ids++

	return s.ids
}

// Recover implements tender.Station: a sale that was open when the power went is taken
// back, and the terminal signs in.
func (s *Station) Recover(now time.Time, b []byte, books tender.Books) error {
	k, err := readKept(now, s.cfg.Bank, b)
	if err != nil {
		return err
	}
	s.kept = k

	p := s.begin(now, books)
	p.tell(terminal.Event{Kind: terminal.Started})
	p.txn, p.leg = payments.Transaction{}, bankcard.Leg{}
	p.events, p.notes = nil, nil // said again, and known
	p.state.Last, p.state.Left = k.Last, k.Left
	if k.Left.At == now.UnixMilli() { // found just now
		p.note(bankcard.BatchLeft, k.Left)
	}
	if t, paying := books.Paying(); paying {
		s.slot.hears = now.Add(HearWait)
		if t.Card.State == bankcard.Selling || t.Card.State == bankcard.Approved {
			p.takeBack(t.Serial, t.Card.Sales, bankcard.PowerCut)
		} else {
			p.close(t.Serial, string(tender.ByPowerCut))
		}
	}
	p.tell(terminal.Event{Kind: terminal.Ordered, Op: posp.SignIn})
	p.ends = nil
	s.plan = p

	return nil
}

// Begin implements tender.Station: the gate opens, or as soon as the last card is gone.
func (s *Station) Begin(now time.Time, t payments.Transaction) []tender.Effect {
	s.end = ""
	y := stay{serial: t.Serial, amount: t.Card.Amount}
	if t.ByBank {
		y.bookTo = t.Account
	}
	if s.slot.stay.stage != Idle {
		s.slot.next = y
		return nil
	}

	s.slot.stay = y
	p := s.begin(now, nil)
	s.slot.open(p)

	return p.effects
}

// Undo implements tender.Station. What is to be taken back is in the books, and Turn
// does it.
func (s *Station) Undo(time.Time, payments.Transaction) []tender.Effect { return nil }

// Finish implements tender.Station. From the moment that a sale is recorded its answer
// decides, and nobody's wish.
func (s *Station) Finish(now time.Time, why tender.Reason, b tender.Books) []tender.Effect {
	t, paying := b.Paying()
	if !paying || s.end != "" {
		return nil
	}
	s.end = why

	p := s.begin(now, b)
	switch {
	case s.slot.next.serial == t.Serial:
		s.slot.next = stay{}
		s.queue = append(s.queue, input{now: now, closes: &closing{t.Serial, string(why)}})
	case s.slot.stay.serial == t.Serial && s.stops():
		s.slot.giveUp(p, string(why))
	}

	return p.effects
}

// stops reports whether nothing was recorded of a sale yet, or of its end.
func (s *Station) stops() bool {
	switch s.slot.stay.stage {
	case Inserting, Reading, Choosing, PIN:
		return true
	case Selling:
		return s.plan == nil && s.bank.talk.phase == sealing && !s.bank.talk.ordered
	}

	return false
}

// Choose implements tender.Chooser.
func (s *Station) Choose(now time.Time, i int) []tender.Effect {
	if s.slot.stay.stage != Choosing || i < 0 || i >= len(s.slot.stay.choices) {
		return nil
	}
	s.slot.stay.chosen = s.slot.stay.choices[i].AID

	p := s.begin(now, nil)
	s.slot.enter(p, Reading)
	s.slot.drive(p, s.slot.stay.kernel.Choose(i))

	return p.effects
}

// Finishing implements tender.Station.
func (s *Station) Finishing() bool { return s.end != "" }

// Over implements tender.Station: a device failed, or the bank must be heard first.
func (s *Station) Over(b tender.Books) (tender.Reason, bool) {
	t, paying := b.Paying()
	mine := s.slot.next.serial == t.Serial || s.slot.stay.serial == t.Serial && s.stops()

	return tender.ByDevice, paying && mine && s.end == "" && !s.able()
}

// able reports whether a sale could be made.
func (s *Station) able() bool {
	b := s.kept.Terminal.Blocked()

	return (b == terminal.NotBlocked || b == terminal.Busy) && s.readerWorks() && s.padWorks() && s.slot.pad.Keyed && !s.batchFull()
}

func (s *Station) readerWorks() bool {
	return s.slot.reader.State == hal.DeviceOnline && s.slot.reader.Media != card.Jammed
}

func (s *Station) padWorks() bool { return s.slot.pad.State == hal.DeviceOnline }

// Heard implements tender.Station: it takes every card.Event and pinpad.Event.
func (s *Station) Heard(now time.Time, r tender.Report) error {
	if len(s.queue) >= MaxInputs {
		return ErrInputs
	}
	switch e := r.(type) {
	case card.Event:
		s.queue = append(s.queue, input{now: now, card: &e})
	case pinpad.Event:
		s.queue = append(s.queue, input{now: now, pad: &e})
	default:
		return fmt.Errorf("cannot take a report of type %T", r)
	}

	return nil
}

// Answered implements tender.Asker. Every message is carried once; the procedure of the
// terminal says what is sent again.
func (s *Station) Answered(now time.Time, a tender.Ask, r tender.Reply) (again bool) {
	s.queue = append(s.queue, input{now: now, answer: readAnswer(a, r)})

	return false
}

// Unanswered implements tender.Asker.
func (s *Station) Unanswered(now time.Time, a tender.Ask) {
	s.queue = append(s.queue, input{now: now, answer: &answer{key: a.Key}})
}

// Decide implements tender.Station. A sealed journal is tried again with what waits for
// it.
func (s *Station) Decide(b tender.Books, sealed bool) (tender.Decision, bool) {
	if s.plan == nil {
		if len(s.queue) == 0 {
			return tender.Decision{}, false
		}
		s.plan = s.process(s.queue[0], b)
	}

	d := s.plan.decision()
	if d.Durable() && sealed && s.plan.refuse != nil {
		s.plan.refuse(s.plan)
		d = s.plan.decision()
	}

	return d, true
}

// process is what an input means.
func (s *Station) process(in input, b tender.Books) *plan {
	p := s.begin(in.now, b)
	p.queued = true
	switch {
	case in.card != nil:
		s.slot.heardCard(p, *in.card)
	case in.pad != nil:
		s.slot.heardPad(p, *in.pad)
	case in.answer != nil:
		s.bank.heardBank(p, in.answer)
	case in.closes != nil:
		p.close(in.closes.serial, in.closes.why)
	}

	return p
}

// Settle implements tender.Station. What the journal refused waits; a sale is given up.
func (s *Station) Settle(now time.Time, durable bool) (effects []tender.Effect, more bool) {
	p := s.plan
	if p == nil {
		return nil, false
	}
	if !durable {
		if p.refuse == nil {
			return nil, false
		}
		p.refuse(p)
	}

	s.plan = nil
	if p.queued {
		s.queue = s.queue[1:]
	}
	s.kept = p.state
	for _, e := range p.events {
		if _, closed := e.(bankcard.Closed); closed {
			s.end = ""
		}
	}

	p.now = now
	if p.load {
		s.bank.loadKeys(p)
	}
	for _, r := range p.sends {
		s.bank.transmit(p, r)
	}

	return p.effects, len(s.queue) > 0
}

// Waiting implements tender.Station.
func (s *Station) Waiting() int {
	n := len(s.queue)
	if s.plan != nil && !s.plan.queued {
		n++
	}

	return n
}

// Unsettled implements tender.Station.
func (s *Station) Unsettled() string {
	switch {
	case s.bank.talk.serial != "":
		return "a message to the bank is under way"
	case s.slot.stay.stage != Idle:
		return "a bank card is in the reader"
	}

	return ""
}

// Troubles implements tender.Station.
func (s *Station) Troubles() []tender.Trouble {
	t := s.kept.Terminal
	reversing := t.Reversal.Request.Op != ""
	unheard := s.slot.reader.State == hal.DeviceUnknown || s.slot.pad.State == hal.DeviceUnknown
	outside := !t.Keys.Ready || t.Keys.Wanted || t.Keys.Loading

	return []tender.Trouble{
		{Code: "starting-card", On: unheard || outside && t.Keys.Failures == 0},
		{Code: "card-reversal", On: reversing, Detail: fmt.Sprintf("tried %d times", t.Reversal.Attempts)},
		{Code: "card-sign-in", On: outside && t.Keys.Failures > 0, Detail: fmt.Sprintf("failed %d times", t.Keys.Failures)},
		{Code: "card-settling", On: t.Close.Phase != terminal.Open, Detail: fmt.Sprintf("%s, failed %d times", t.Close.Phase, t.Close.Failures)},
		s.batchTrouble(),
		{Code: "card-reader", On: s.slot.reader.State != hal.DeviceUnknown && !s.readerWorks(), Detail: s.slot.reader.Detail},
		{Code: "card-bin", On: s.slot.binFull(), Detail: "cards that are kept fill the reader's bin"},
		{Code: "card-left", On: s.slot.stay.left(), Detail: "a bank card that nobody took, or that does not come out, is in the reader"},
		{Code: "pin-pad", On: s.slot.pad.State != hal.DeviceUnknown && !s.padWorks(), Detail: s.slot.pad.Detail},
		{Code: "pin-pad-keys", On: s.padWorks() && !s.slot.pad.Keyed, Detail: s.slot.pad.Detail},
	}
}

// order is head office's to settle a batch, since at; zero for none.
type order struct {
	batch uint32
	at    time.Time
}

// SettleNow implements tender.Settler. An order is in memory only: head office says it
// again until it sees the settlement.
func (s *Station) SettleNow(now time.Time, terminal string, batch uint32) {
	if terminal == s.cfg.Bank.ID && batch == s.kept.Terminal.Batch.Number && s.ordered.batch != batch {
		s.ordered = order{batch, now}
	}
}

// batchTrouble is about a batch that people have to compare with the bank's.
func (s *Station) batchTrouble() tender.Trouble {
	b, last := s.kept.Terminal.Batch, s.kept.Last
	left := s.kept.Left
	t := tender.Trouble{Code: "card-batch", On: true}
	switch {
	case left.Batch != 0:
		t.Detail = fmt.Sprintf("terminal %s was changed to %s, and its batch %06d was left open", left.Terminal, left.Now, left.Batch)
	case b.Other != 0:
		t.Detail = fmt.Sprintf("the bank has batch %06d open, the terminal %06d", b.Other, b.Number)
	case last.Batch != 0 && !last.Equal:
		t.Detail = fmt.Sprintf("batch %06d: the bank has other totals", last.Batch)
	default:
		t.On = false
	}

	return t
}

// Face implements tender.Station.
func (s *Station) Face(t payments.Transaction) tender.Face {
	y := s.slot.stay
	if t.Serial != "" && t.Serial == s.slot.past.serial && t.Serial != y.serial {
		return tender.Face{Refused: s.slot.past.refused, Kept: s.slot.past.kept}
	}

	f := tender.Face{
		Ready: y.stage == Inserting && s.able(), Busy: y.stage == Selling || y.stage == Ending, Refused: y.refused,
		Step: string(y.stage), Digits: y.digits, Kept: y.stage == Keeping,
		Stays: (y.stays || s.slot.never) && (y.stage == Giving || y.stage == Forgotten),
	}
	stuck := !s.readerWorks() || y.why != "" && !y.capture // nobody knows when it comes out: the customer does not wait for it
	f.Holds = y.stage != Idle && y.stage != Inserting && !stuck || !s.slot.hears.IsZero()
	switch {
	case y.stage != PIN || y.ready: // the page says what the pad does
	case y.pad == 0:
		f.Step = string(Working)
	default:
		f.Step = string(Reading)
	}
	if y.stage == Choosing {
		for _, c := range y.choices {
			f.Choices = append(f.Choices, tender.Choice{Label: c.Label, Kind: bankcard.KindOf(hexOf(c.AID))})
		}
	}

	return f
}
