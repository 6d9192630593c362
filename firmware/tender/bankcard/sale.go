package bankcard

import (
	"bytes"
	"fmt"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/card"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/emv"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/mac"
	"wattkiosk/payments/posp/terminal"
)

// digits is a trace or batch number as the leg has it.
func digits(n uint32) string { return fmt.Sprintf("%06d", n) }

// orderOf is the sale as the terminal procedure takes it.
func (s *slot) orderOf(p *plan, mode posp.Entry) terminal.Event {
	return terminal.Event{
		Kind: terminal.Ordered, Now: p.now, Op: posp.Sale, Serial: s.stay.serial, Amount: s.stay.amount, Account: s.stay.bookTo, Entry: mode,
		Fallback: s.stay.entry == bankcard.Fallback, Masked: s.stay.masked,
	}
}

// prepare makes the message of the sale, and has the pad seal it. Nothing is known of
// it outside of memory before it is whole.
func (s *slot) prepare(p *plan, mode posp.Entry) {
	_, actions, err := terminal.Step(p.state.Terminal, s.orderOf(p, mode))
	if err != nil || len(actions) != 1 {
		s.giveUp(p, string(tender.ByDevice))
		return
	}
	r := actions[0].Request

	frame, err := s.at.cfg.Bank.Append(nil, r, &s.stay.card)
	if err != nil {
		s.giveUp(p, "bad-card")
		return
	}
	data, _ := iso8583.MACInput(frame)
	s.enter(p, Selling)
	s.stay.refused = "" // of the try before
	s.stay.mode = mode
	s.at.bank.talk = talk{request: r, serial: s.stay.serial, frame: frame, key: s.stay.serial}
	s.at.bank.seal(p, data)
}

// sell has the record of a sealed sale made durable, and then the message sent. Where
// the journal refuses, the card goes back.
func (s *slot) sell(p *plan, code mac.Code) {
	r := s.at.bank.talk.request
	t, ok := p.books.Find(s.stay.serial)
	err := p.step(s.orderOf(p, r.Entry))
	if !ok || err != nil || len(p.sends) != 1 || p.sends[0].Trace != r.Trace || p.sends[0].Batch != r.Batch {
		s.forget(p)
		return
	}
	p.sends = nil

	sold := p.add(t.Serial, bankcard.SaleOrdered{
		N: t.Card.Sales + 1, Terminal: s.at.cfg.Bank.ID, Merchant: s.at.cfg.Bank.Merchant, Batch: digits(r.Batch), Trace: digits(r.Trace),
		Amount: r.Amount, Card: s.stay.masked, Entry: s.stay.entry, Application: s.stay.label, AID: s.stay.aid,
		At: p.now.UnixMilli(),
	})
	if !sold {
		s.forget(p)
		return
	}
	p.refuse = s.forget
	iso8583.PutMAC(s.at.bank.talk.frame, code)
	s.at.bank.talk.ordered = true
	s.at.bank.ask(p)
}

// forget gives up a sale of which nothing was written or sent.
func (s *slot) forget(p *plan) {
	*p = plan{now: p.now, books: p.books, state: s.at.kept, id: p.id, queued: p.queued}
	s.at.bank.talk.wipe()
	s.giveUp(p, string(tender.ByDevice))
}

// concluded is the end of the sale at the bank, in the procedure's words.
func (s *slot) concluded(p *plan) {
	c := p.ends
	if c == nil || c.Op != posp.Sale {
		return
	}
	t, ok := p.books.Find(c.Serial)
	if !ok {
		return
	}
	n := t.Card.Sales
	here := s.stay.serial == c.Serial && s.stay.stage == Selling

	verdict := emv.BankUnreached
	switch c.Outcome {
	case posp.Done, posp.NotDone:
		verdict = emv.BankRefused
		if c.Outcome == posp.Done {
			verdict = emv.BankApproved
		}
		p.add(c.Serial, bankcard.SaleAnswered{
			N: n, Approved: c.Outcome == posp.Done, Response: string(c.Answer.Code), Reference: c.Answer.Reference, Auth: c.Answer.AuthCode,
			SettleDate: c.Answer.Settles,
		})
	default:
		why := bankcard.BadAnswer
		if c.Cause == terminal.TimedOut || c.Cause == terminal.NotSent {
			why = bankcard.NoAnswer
		}
		p.takeBack(c.Serial, n, why)
	}
	if !here {
		return
	}

	s.stay.last = *c
	if s.stay.kernel == nil {
		s.settleSale(p, verdict == emv.BankApproved)
		return
	}
	s.enter(p, Ending)
	a := emv.BankAnswer{Verdict: verdict, Field55: emv.Secret(bytes.Clone(s.stay.issuer))}
	copy(a.Code[:], c.Answer.Code)
	s.drive(p, s.stay.kernel.Bank(a))
}

// settleSale ends the payment after the bank, and the chip where there is one, have
// spoken.
func (s *slot) settleSale(p *plan, paid bool) {
	y := &s.stay
	switch {
	case paid:
		p.certificate = y.proof
		p.close(y.serial, "paid")
		s.giveBack(p)
	case y.last.Outcome == posp.Unknown: // closed already
		y.refused = "no-answer"
		s.giveBack(p)
	case y.last.Act == posp.AskPIN && s.at.end == "" && s.sales(p) < bankcard.MaxSales:
		y.refused = string(y.last.Reason)
		s.again(p)
	default:
		y.refused = string(y.last.Reason)
		if y.last.Capture {
			y.capture, y.why = true, "bank"
		}
		p.close(y.serial, "declined")
		s.giveBack(p)
	}
}

func (s *slot) sales(p *plan) int {
	t, _ := p.books.Find(s.stay.serial)

	return t.Card.Sales
}

// again asks for the PIN another time: a chip makes another cryptogram for it.
func (s *slot) again(p *plan) {
	if s.stay.kernel == nil {
		s.askPIN(p, s.stay.card.PAN)
		return
	}
	s.stay.wipe()
	s.enter(p, Reading)
	s.order(p, card.Command{Op: card.PowerOn})
}

// kernelEnded is for the end of the dialogue with the chip.
func (s *slot) kernelEnded(p *plan, o emv.Outcome) {
	if s.stay.stage != Ending {
		s.endedBefore(p, o)
		return
	}

	if o.Reverse {
		why := bankcard.CardDeclined
		if o.Ending == emv.Pulled {
			why = bankcard.CardGone
		}
		s.undoSale(p, why, o.Scripts)
		return
	}
	s.keepChip(p, o)
	s.settleSale(p, o.Ending == emv.Approved)
}

// keepChip keeps what the chip gave for the bank: its certificate, until the batch closes,
// and what it did with scripts. Neither names the card, and no money hangs on them: what
// cannot be kept is left.
func (s *slot) keepChip(p *plan, o emv.Outcome) {
	y := &s.stay
	y.proof = hexOf(y.kernel.Certificate())
	e := terminal.Event{Trace: y.last.Trace, Sequence: string(y.card.Sequence), Amount: y.amount, Entry: y.mode}
	if o.Ending == emv.Approved && !s.at.cfg.Bank.NoCertificates {
		e.Kind, e.Chip = terminal.Certified, bytes.Clone(y.kernel.Field55(emv.Field55Sale()))
		_ = p.step(e)
	}
	if o.Scripts {
		e.Kind, e.Chip = terminal.Scripted, bytes.Clone(y.kernel.Field55(emv.Field55Scripts()))
		_ = p.step(e)
	}
}

// undoSale takes back what the bank approved and the chip did not.
func (s *slot) undoSale(p *plan, why bankcard.Why, scripts bool) {
	serial := s.stay.serial
	_ = p.step(terminal.Event{Kind: terminal.Incomplete, Trace: s.stay.last.Trace}) // else Turn orders it
	s.keepChip(p, emv.Outcome{Scripts: scripts})
	p.takeBack(serial, s.sales(p), why)
	s.stay.refused = string(why)
	s.giveBack(p)
}

// endedBefore is for a dialogue that ended before the bank was asked.
func (s *slot) endedBefore(p *plan, o emv.Outcome) {
	switch {
	case o.Ending == emv.Pulled:
		s.giveUp(p, "card-gone")
	case o.ChipFailed:
		s.stay.foreign = o.Ending == emv.NotEMV
		s.chipFailed(p)
	default:
		s.giveUp(p, o.Ending.String())
	}
}
