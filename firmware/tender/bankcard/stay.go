package bankcard

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/pinpad"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/emv"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/terminal"
)

// Waits for card and customer.
const (
	CardWait    = 15 * time.Second // for the reader's answer
	PINWait     = 30 * time.Second
	ForgetAfter = 20 * time.Second // a card at the gate: the customer is warned
	KeepAfter   = 40 * time.Second // and it is captured
	HearWait    = 10 * time.Second // after a power cut: for the reader to say whether a card is inside
)

// forgotten is why a card is kept that nobody took (bankcard.Captured).
const forgotten = "forgotten"

// Stage is how far a card's stay is.
type Stage string

// The stages, as Face.Step says them; Idle has no page.
const (
	Idle      Stage = ""
	Inserting Stage = "insert-card" // the gate is open
	Reading   Stage = "reading"
	Choosing  Stage = "choose-application"
	PIN       Stage = "pin"     // the pad takes the PIN
	Working   Stage = "working" // the pad has taken it, and the chip is asked: Face.Step only, the stage is PIN
	Selling   Stage = "processing"
	Ending    Stage = "ending"    // the bank has answered, and the chip is told
	Giving    Stage = "take-card" // the card is at the gate
	Forgotten Stage = "card-forgotten"
	Keeping   Stage = "card-kept"
)

// stay is one card in the reader, for one payment. What is secret of it is in memory
// only, and is wiped when the card is given back or kept.
type stay struct {
	serial string
	amount money.Amount
	bookTo string // account that the bank is to book to; empty where head office posts
	stage  Stage
	since  time.Time // the stage began
	cmd    uint32    // the reader's command that is waited for; 0 for none
	op     card.Op
	pad    uint32 // of the PIN
	ready  bool   // the pad takes digits

	kernel   *emv.Kernel
	choices  []emv.Candidate
	chosen   []byte // the AID, for another try
	label    string // of the application that pays
	aid      string // of that, in hexadecimal
	proof    string // its certificate (TC), in hexadecimal
	failures int    // of the chip
	foreign  bool   // the chip answers, and has no payment application
	card     posp.Card
	entry    bankcard.Entry
	mode     posp.Entry // of the sale, in the bank's code
	masked   string
	issuer   []byte // field 55 of the answer
	last     terminal.Conclusion

	digits  int
	refused string
	capture bool
	why     string // of the capture
	stays   bool   // the reader could not keep it
	full    bool   // since the bin is full, as the reader said when it last tried
}

// past is how the last stay ended, for the page.
type past struct {
	serial, refused string
	kept            bool // the card was captured
}

// slot is the customer's side: the reader with the card in it, and the pad.
type slot struct {
	at *Station

	reader card.Status
	pad    pinpad.Status

	hears time.Time // until then the reader is to say what it holds after a power cut; zero for never

	stay stay
	next stay // begun while the last card is still there
	past past

	never bool // the reader has said that it keeps no cards at all
}

// wipe erases what is secret.
func (y *stay) wipe() {
	if y.kernel != nil {
		y.kernel.Wipe()
		y.kernel = nil
	}
	y.card.Wipe()
	y.issuer, y.choices = nil, nil
}

func (s *slot) enter(p *plan, g Stage) {
	s.stay.stage = g
	s.stay.since = p.now
}

// order orders something of the reader, and waits for its outcome.
func (s *slot) order(p *plan, c card.Command) {
	c.ID = s.at.number()
	s.stay.cmd, s.stay.op = c.ID, c.Op
	s.stay.since = p.now
	p.do(tender.Order{Command: c})
}

// in reports whether a card is inside.
func (s *slot) in() bool {
	return s.reader.Media == card.Present || s.reader.Media == card.Latched
}

// came takes the card that came in.
func (s *slot) came(p *plan) {
	s.enter(p, Reading)
	p.do(tender.Progress{}, tender.Order{Command: card.Command{ID: s.at.number(), Op: card.Refuse}})
	s.order(p, card.Command{Op: card.PowerOn})
}

// heardCard takes the reader's word.
func (s *slot) heardCard(p *plan, e card.Event) {
	switch {
	case e.Kind == card.StatusChanged:
		s.reader = e.Status
		if e.Status.State != hal.DeviceUnknown && e.Status.State != hal.DeviceStarting {
			s.hears = time.Time{}
		}
		s.moved(p)
	case e.ID == s.stay.cmd && e.ID != 0:
		s.stay.cmd = 0
		s.done(p, e)
	}
}

// moved is for where the card is now.
func (s *slot) moved(p *plan) {
	gone := s.reader.Media == card.NotPresent
	switch s.stay.stage {
	case Idle:
		if s.in() || s.reader.Media == card.Entering { // left from before
			s.giveBack(p)
		}
	case Inserting:
		if s.in() {
			s.came(p)
		}
	case Giving, Forgotten, Keeping:
		if gone && s.stay.op != card.Capture {
			s.over(p)
		}
	default:
		if gone {
			s.pulled(p)
		}
	}
}

// over ends the stay; a payment that was begun meanwhile has its turn.
func (s *slot) over(p *plan) {
	next := s.next
	s.stay.wipe()
	s.past = past{s.stay.serial, s.stay.refused, s.stay.op == card.Capture && s.stay.capture}
	s.stay, s.next = stay{}, stay{}
	if next.serial != "" {
		s.stay = next
		s.open(p)
	}
}

func (s *slot) open(p *plan) {
	s.enter(p, Inserting)
	p.do(tender.Order{Command: card.Command{ID: s.at.number(), Op: card.Accept}})
}

// pulled is for a card that went while it was wanted.
func (s *slot) pulled(p *plan) {
	s.stay.cmd = 0
	switch k := s.stay.kernel; {
	case s.stay.stage == Selling && k != nil:
		k.CardGone() // it waits for the bank all the same
	case s.stay.stage == Selling:
	case k != nil:
		s.drive(p, k.CardGone())
	default:
		s.giveUp(p, "card-gone")
	}
}

// done takes the outcome of a command.
func (s *slot) done(p *plan, e card.Event) {
	ok := e.Kind == card.Done
	switch s.stay.op {
	case card.PowerOn:
		if !ok {
			s.chipFailed(p)
			return
		}
		s.startKernel(p)
	case card.Transmit:
		switch k := s.stay.kernel; {
		case k == nil:
		case errors.Is(e.Err, card.ErrPulled) || errors.Is(e.Err, card.ErrNoCard):
			s.drive(p, k.CardGone())
		case ok:
			s.drive(p, k.Answer(e.Data))
		default:
			s.drive(p, k.Answer(nil))
		}
		clear(e.Data)
	case card.ReadTracks:
		s.stripe(p, e.Tracks[1])
		for _, t := range e.Tracks {
			clear(t)
		}
	case card.Capture:
		if e.Kind == card.NotDone {
			s.stay.capture, s.stay.stays = false, true
			s.stay.full = errors.Is(e.Err, card.ErrBinFull)
			s.never = s.never || errors.Is(e.Err, card.ErrUnsupported)
			s.giveBack(p)
			return
		}
		s.kept(p)
	}
}

// binFull reports whether no card can be kept: as the reader's sensor says, or, where it has
// none, as long as one waits that it had no room for.
func (s *slot) binFull() bool { return s.reader.BinFull || s.stay.full }

// left reports whether the card is one that nobody took and that the reader could not keep: no
// other can be put in.
func (y stay) left() bool { return y.stays && y.why == forgotten }

// kept records that the card is in the bin.
func (s *slot) kept(p *plan) {
	p.captured(s.stay.serial, bankcard.Captured{Card: s.stay.masked, Why: s.stay.why, At: p.now.UnixMilli()})
	s.over(p)
}

// startKernel begins the dialogue with a chip that was reset.
func (s *slot) startKernel(p *plan) {
	pay := emv.Payment{Amount: s.stay.amount, At: p.now.In(s.at.cfg.Zone), Counter: p.state.Terminal.Trace}
	if _, err := io.ReadFull(s.at.cfg.Random, pay.Unpredictable[:]); err != nil {
		s.giveUp(p, string(tender.ByDevice))
		return
	}
	k, err := emv.New(s.at.cfg.Chip, pay)
	if err != nil {
		s.giveUp(p, string(tender.ByDevice))
		return
	}
	s.stay.kernel = k
	s.drive(p, k.Start())
}

// drive carries out what the kernel wants.
func (s *slot) drive(p *plan, step emv.Step) {
	switch e := step.(type) {
	case emv.Send:
		s.order(p, card.Command{Op: card.Transmit, Data: card.Secret(bytes.Clone(e.APDU))})
	case emv.Choose:
		s.choose(p, e.Applications)
	case emv.EnterPIN:
		s.askPIN(p, e.PAN)
	case emv.GoOnline:
		s.fromChip(p, e)
	case emv.End:
		s.kernelEnded(p, e.Outcome)
	}
}

// choose takes the application that was chosen before, or the only one, or asks.
func (s *slot) choose(p *plan, all []emv.Candidate) {
	at := slices.IndexFunc(all, func(c emv.Candidate) bool { return bytes.Equal(c.AID, s.stay.chosen) })
	switch {
	case at >= 0:
		s.drive(p, s.stay.kernel.Choose(at))
	case len(all) == 1 && !all[0].Confirm:
		s.drive(p, s.stay.kernel.Choose(0))
	default:
		s.stay.choices = slices.Clone(all)
		s.enter(p, Choosing)
	}
}

// askPIN has the pad take the PIN for a card number.
func (s *slot) askPIN(p *plan, pan []byte) {
	s.enter(p, PIN)
	s.stay.digits, s.stay.ready = 0, false
	s.stay.pad = s.at.number()
	p.do(tender.Order{Command: pinpad.Command{
		ID: s.stay.pad, Op: pinpad.EnterPIN, Slot: s.at.cfg.PINSlot, Format: pinpad.Format0, PAN: bytes.Clone(pan), Wait: PINWait,
	}})
}

// heardPad takes the pad's word.
func (s *slot) heardPad(p *plan, e pinpad.Event) {
	switch {
	case e.Kind == pinpad.StatusChanged:
		if s.pad.Keyed && !e.Status.Keyed && e.Status.Tamper {
			p.tell(terminal.Event{Kind: terminal.KeysGone})
		}
		s.pad = e.Status
	case e.Kind == pinpad.KeyPressed:
		if s.stay.pad != 0 {
			s.stay.digits, s.stay.ready = e.Count, true
			p.do(tender.Progress{})
		}
	case e.ID == 0:
	case e.ID == s.stay.pad:
		s.stay.pad = 0
		s.tookPIN(p, e)
	case e.ID == s.at.bank.talk.pad && s.at.bank.talk.phase != silent || e.ID == s.at.bank.late.pad:
		s.at.bank.padAboutBank(p, e)
	}
}

// tookPIN goes on with the block, or gives the card back.
func (s *slot) tookPIN(p *plan, e pinpad.Event) {
	if s.stay.stage != PIN {
		clear(e.Data)
		return
	}
	s.stay.ready = false
	if e.Kind != pinpad.Done {
		why := string(tender.ByDevice)
		switch {
		case errors.Is(e.Err, pinpad.ErrCancelled):
			why = string(tender.ByCustomer)
		case errors.Is(e.Err, pinpad.ErrTimeout):
			why = string(tender.ByTimeOut)
		case errors.Is(e.Err, pinpad.ErrNoKey):
			p.tell(terminal.Event{Kind: terminal.KeysGone})
		}
		s.giveUp(p, why)

		return
	}

	clear(s.stay.card.PINBlock)
	s.stay.card.PINBlock = bytes.Clone(e.Data)
	clear(e.Data)
	if s.stay.kernel != nil {
		s.drive(p, s.stay.kernel.PIN(emv.PINEntered))
		return
	}
	s.prepare(p, posp.StripePIN)
}

// fromChip takes what the chip said for the bank.
func (s *slot) fromChip(p *plan, e emv.GoOnline) {
	y := &s.stay
	block := y.card.PINBlock
	y.card = posp.Card{
		PAN: bytes.Clone(e.Card.PAN), Expiry: bytes.Clone(e.Card.Expiry), Sequence: bytes.Clone(e.Card.Sequence),
		Track2: bytes.Clone(e.Card.Track2), Chip: bytes.Clone(e.Field55), PINBlock: block,
	}
	y.masked, y.entry = e.Card.Masked(), bankcard.Chip
	y.label, y.aid = y.kernel.Application().Label, hexOf(y.kernel.Application().AID)
	mode := posp.ChipPIN
	if !e.PIN {
		mode = posp.ChipNoPIN
	}
	s.prepare(p, mode)
}

// hexOf writes bytes as people do, in upper case.
func hexOf(b []byte) string { return fmt.Sprintf("%X", b) }

// chipFailed counts, and looks at the stripe.
func (s *slot) chipFailed(p *plan) {
	s.stay.wipe()
	s.stay.failures++
	s.order(p, card.Command{Op: card.ReadTracks})
}

// stripe takes track 2 where the rule lets it, and tries the chip again where it must.
func (s *slot) stripe(p *plan, track card.Secret) {
	y := &s.stay
	t, err := emv.ReadStripe(emv.Secret(track))
	switch {
	case err != nil && y.foreign: // a meter card, for one: nothing is wrong with it
		s.giveUp(p, emv.NotEMV.String())
		return
	case err != nil:
		s.giveUp(p, "bad-card")
		return
	}
	defer t.Wipe()

	switch err := t.Usable(s.at.cfg.Stripe, y.failures); {
	case errors.Is(err, emv.ErrChipFirst) && y.failures < s.at.cfg.Stripe.Failures:
		s.order(p, card.Command{Op: card.PowerOn})
		return
	case errors.Is(err, emv.ErrChipFirst):
		s.giveUp(p, "bad-chip")
		return
	case err != nil:
		s.giveUp(p, "stripe-refused")
		return
	case t.Expired(p.now.In(s.at.cfg.Zone)):
		s.giveUp(p, "expired")
		return
	}

	y.card = posp.Card{PAN: bytes.Clone(t.PAN), Expiry: bytes.Clone(t.Expiry), Track2: bytes.Clone(t.Track2)}
	y.masked, y.entry = t.Masked(), bankcard.Stripe
	y.label, y.aid = "", ""
	y.proof = ""
	if t.Chip() {
		y.entry = bankcard.Fallback
	}
	s.askPIN(p, y.card.PAN)
}

// giveUp ends a payment for which nothing was taken, and gives the card back.
func (s *slot) giveUp(p *plan, why string) {
	if s.stay.serial != "" {
		s.stay.refused = why
		s.at.queue = append(s.at.queue, input{now: p.now, closes: &closing{s.stay.serial, why}})
	}
	s.giveBack(p)
}

// giveBack gives the card back, or keeps it where the bank wants that, and forgets it.
func (s *slot) giveBack(p *plan) {
	y := &s.stay
	if y.pad != 0 {
		p.do(tender.Order{Command: pinpad.Command{ID: s.at.number(), Op: pinpad.Cancel}})
		y.pad = 0
	}
	if !s.at.bank.talk.ordered && s.at.bank.talk.phase == sealing {
		s.at.bank.talk.wipe()
	}
	waiting := y.stage == Inserting
	y.wipe()
	y.cmd = 0

	switch {
	case y.capture:
		s.enter(p, Keeping)
		s.order(p, card.Command{Op: card.Capture})
	case s.reader.Media == card.NotPresent || waiting && !s.in() && s.reader.Media != card.Entering:
		p.do(tender.Order{Command: card.Command{ID: s.at.number(), Op: card.Refuse}})
		s.over(p)
	default:
		if waiting {
			p.do(tender.Order{Command: card.Command{ID: s.at.number(), Op: card.Refuse}})
		}
		s.enter(p, Giving)
		s.order(p, card.Command{Op: card.Eject})
	}
}

// dueStay is when somebody must be reminded; zero for never.
func (s *slot) dueStay() time.Time {
	y := s.stay
	switch {
	case y.stage == Giving:
		return y.since.Add(ForgetAfter)
	case y.stage == Forgotten:
		return y.since.Add(KeepAfter - ForgetAfter)
	case y.stage == PIN:
		return y.since.Add(PINWait + grace)
	case y.stage == Reading || y.stage == Ending || y.stage == Keeping:
		return y.since.Add(CardWait)
	}

	return time.Time{}
}

// overdueStay is for a card that nobody takes, and for a device that says nothing.
func (s *slot) overdueStay(p *plan) {
	y := &s.stay
	switch y.stage {
	case Giving:
		s.enter(p, Forgotten)
	case Forgotten:
		y.capture, y.why = true, forgotten
		s.giveBack(p)
	case Keeping:
		if s.reader.Media == card.NotPresent {
			s.kept(p)
			return
		}
		y.capture, y.stays = false, true
		s.giveBack(p)
	case PIN:
		s.giveUp(p, string(tender.ByTimeOut))
	case Reading:
		s.giveUp(p, string(tender.ByDevice))
	case Ending:
		y.since = p.now
		if y.kernel != nil {
			s.drive(p, y.kernel.CardGone())
		}
	}
}
