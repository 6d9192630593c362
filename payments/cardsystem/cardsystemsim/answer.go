package cardsystemsim

import (
	"fmt"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// Answer carries out one request on the ledger, without any fault. What the code means is
// filled in, as a client makes of it.
func (s *Server) Answer(r cardsystem.Request) cardsystem.Reply {
	reply, err := cardsystem.Conclude(s.dialect.Codes(), r, s.answer(r))
	if err != nil {
		s.fail(err)
	}

	return reply
}

// answer carries a request out and says so by code, text and values.
func (s *Server) answer(r cardsystem.Request) cardsystem.Reply {
	if r.Op == cardsystem.OpSteps {
		return s.steps(r.Steps)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrive()
	switch r.Op {
	case cardsystem.OpQuote:
		return s.quote(r.Card)
	case cardsystem.OpSell:
		return s.sell(r.Payment)
	case cardsystem.OpAsk:
		return s.ask(r.Serial)
	case cardsystem.OpReverse:
		return s.reverse(r.Reversal)
	case cardsystem.OpReport:
		return s.report(r.Report)
	case cardsystem.OpTotals:
		return s.totals(r.Date)
	}

	return s.say(r.Op, cardsystem.SaysBadPacket)
}

// standing is what a card may buy as it is: the quote, as far as it is known, and what
// speaks against a purchase.
func (s *Server) standing(f metercard.Facts) (q cardsystem.Quote, m cardsystem.Meaning) {
	if m := kind(f); m != "" {
		return q, m
	}
	c, known := s.cards[f.Serial]
	if !known || differs(c.Meter, f.Meter) || differs(c.Customer, f.Customer) {
		return q, cardsystem.SaysOtherCard
	}
	a := s.accounts[c.Account]
	q = s.quoteOf(a, f)
	if c.ReplacedBy != "" {
		return q, cardsystem.SaysOldCard
	}
	if m := s.counts(a, f, &q); m != "" {
		return q, m
	}

	switch {
	case a.Arrears > 0:
		return q, cardsystem.SaysArrearsFirst
	case a.TariffDue:
		return q, cardsystem.SaysTariffDue
	case q.Max < max(q.Min, 1), a.Fixed > q.Max:
		return q, cardsystem.SaysOverHoarding
	}

	return q, ""
}

// kind is what the card itself speaks against.
func kind(f metercard.Facts) cardsystem.Meaning {
	switch f.Kind {
	case metercard.Blank:
		return cardsystem.SaysBlankCard
	case metercard.Other:
		return cardsystem.SaysOtherCard
	case metercard.OpenAccount:
		if f.Loaded == 0 {
			return cardsystem.SaysNotOpened
		}
	}

	return ""
}

func differs(kept, shown string) bool { return kept != "" && shown != "" && kept != shown }

// counts compares the purchases of card, meter and ledger. A card that shows a sale is
// written, whatever was reported of it.
func (s *Server) counts(a *Account, f metercard.Facts, q *cardsystem.Quote) cardsystem.Meaning {
	e, count := s.last(a.Number), s.count(a)
	if e != nil && e.Written != metercard.Written {
		switch {
		case f.Serial == e.Card && f.Count == e.Count && f.Purse == e.Amount:
			e.Written = metercard.Written
			s.save()
		case f.Serial == e.Card && f.Count == e.Count-1:
			q.Unwritten = cardsystem.Unwritten{Serial: e.Serial, Sold: e.sold()}

			return cardsystem.SaysUnwritten
		}
	}

	switch {
	case f.Count != count, f.Loaded > count:
		return cardsystem.SaysCountDiffers
	case f.Loaded < count:
		return cardsystem.SaysNotLoaded
	}

	return ""
}

func (s *Server) quoteOf(a *Account, f metercard.Facts) cardsystem.Quote {
	q := cardsystem.Quote{
		Account: a.Number, Name: a.Name, Address: a.Address, Arrears: a.Arrears,
		Min: a.Least, Max: money.Max, Step: a.Step, Fixed: a.Fixed,
	}
	if a.Limit > 0 {
		q.Max = max(0, a.Limit-max(0, f.Left))
	}
	c := a.clone()
	q.Tariff, q.ByTime = c.Ladder, c.ByTime

	return q
}

func (s *Server) quote(f metercard.Facts) cardsystem.Reply {
	q, m := s.standing(f)
	if m == "" {
		m = cardsystem.SaysOK
	}
	r := s.say(cardsystem.OpQuote, m)
	r.Quote.Quote = q

	return r
}

func (s *Server) sell(p mis.Payment) cardsystem.Reply {
	if e, ok := s.entries[p.Serial]; ok {
		e.Attempts++
		switch {
		case e.Reversed:
			return s.say(cardsystem.OpSell, cardsystem.SaysReversed)
		case !e.isOf(p):
			return s.say(cardsystem.OpSell, cardsystem.SaysDuplicate)
		}

		return s.booked(cardsystem.OpSell, e, cardsystem.SaysOK)
	}
	q, m := s.standing(p.Card)
	if m == "" {
		m = outside(q, p)
	}
	if m != "" {
		return s.say(cardsystem.OpSell, m)
	}

	a := s.accounts[q.Account]
	e := &Entry{
		Serial: p.Serial, Account: a.Number, Amount: p.Amount, Tender: p.Tender, Count: s.count(a) + 1, Card: p.Card.Serial,
		Number: fmt.Sprintf("SD%.8s%08d", p.BusinessDate, len(s.order)+1), Energy: a.energy(p.Amount),
		Date: p.BusinessDate, Time: s.now(), Kiosk: p.Kiosk, Attempts: 1,
	}
	e.Booked++
	a.Used += e.Energy
	s.entries[p.Serial] = e
	s.order = append(s.order, e)
	s.save()

	return s.booked(cardsystem.OpSell, e, cardsystem.SaysOK)
}

// outside is why an amount is not sold, or "".
func outside(q cardsystem.Quote, p mis.Payment) cardsystem.Meaning {
	switch {
	case p.Account != q.Account:
		return cardsystem.SaysNoUser
	case q.Fixed > 0 && p.Amount != q.Fixed:
		return cardsystem.SaysFixedAmount
	case p.Amount < q.Min:
		return cardsystem.SaysBelowMinimum
	case p.Amount > q.Max:
		return cardsystem.SaysOverHoarding
	case q.Step > 0 && p.Amount%q.Step != 0:
		return cardsystem.SaysNotMultiple
	}

	return ""
}

func (s *Server) booked(op cardsystem.Op, e *Entry, m cardsystem.Meaning) cardsystem.Reply {
	r := s.say(op, m)
	r.Post.Amount, r.Post.Sold = e.Amount, e.sold()

	return r
}

func (s *Server) ask(serial string) cardsystem.Reply {
	e, ok := s.entries[serial]
	switch {
	case !ok:
		s.hurry(serial)

		return s.say(cardsystem.OpAsk, cardsystem.SaysNone)
	case e.Reversed:
		return s.booked(cardsystem.OpAsk, e, cardsystem.SaysReversed)
	}

	return s.booked(cardsystem.OpAsk, e, cardsystem.SaysOK)
}

func (s *Server) reverse(r mis.Reversal) cardsystem.Reply {
	e, ok := s.entries[r.Original]
	switch {
	case !ok:
		return s.say(cardsystem.OpReverse, cardsystem.SaysInvalidReversal)
	case e.Reversed:
		return s.say(cardsystem.OpReverse, cardsystem.SaysReversed)
	case e.Written == metercard.Written:
		return s.say(cardsystem.OpReverse, cardsystem.SaysWritten)
	case e.Date != r.BusinessDate:
		return s.say(cardsystem.OpReverse, cardsystem.SaysNoNextDay)
	}

	e.Reversed, e.ReversedBy = true, r.Serial
	s.accounts[e.Account].Used -= e.Energy
	s.save()

	return s.say(cardsystem.OpReverse, cardsystem.SaysOK)
}

// steps asks the encryptor without a lock: it may take its time.
func (s *Server) steps(o cardsystem.StepsOrder) cardsystem.Reply {
	sold, encrypt, m := s.writable(o)
	if m == "" && (encrypt == nil || s.Take(KeysAway)) {
		m = cardsystem.SaysKeysAway
	}
	if m != "" {
		return s.say(cardsystem.OpSteps, m)
	}

	r := cardsystem.Reply{Op: cardsystem.OpSteps, Steps: encrypt(o, sold)}
	if r.Steps.Outcome == mis.Done {
		r.Steps.Code, r.Steps.Text = s.code(cardsystem.SaysOK), message(cardsystem.SaysOK)

		return r
	}
	if r.Steps.Code != "" {
		return r
	}

	return s.say(cardsystem.OpSteps, cardsystem.SaysKeysAway)
}

// writable is what is to be written onto a card as it is, or why nothing is.
func (s *Server) writable(o cardsystem.StepsOrder) (metercard.Sold, Encryptor, cardsystem.Meaning) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrive()
	e, ok := s.entries[o.Serial]
	switch {
	case !ok:
		return metercard.Sold{}, nil, cardsystem.SaysNone
	case e.Reversed:
		return metercard.Sold{}, nil, cardsystem.SaysReversed
	case o.Card.Serial != e.Card:
		return metercard.Sold{}, nil, cardsystem.SaysOtherCard
	case s.cards[e.Card] != nil && s.cards[e.Card].ReplacedBy != "":
		return metercard.Sold{}, nil, cardsystem.SaysOldCard
	case e.Written == metercard.Written, o.Card.Count == e.Count && o.Card.Purse == e.Amount:
		return metercard.Sold{}, nil, cardsystem.SaysWritten
	case o.Card.Count != e.Count-1:
		return metercard.Sold{}, nil, cardsystem.SaysCountDiffers
	}

	return e.sold(), s.encrypt, ""
}

// report keeps how a writing ended. What is written stays written.
func (s *Server) report(r cardsystem.Report) cardsystem.Reply {
	e, ok := s.entries[r.Serial]
	switch {
	case !ok:
		return s.say(cardsystem.OpReport, cardsystem.SaysNone)
	case e.Reversed:
		return s.say(cardsystem.OpReport, cardsystem.SaysReversed)
	case r.Outcome == metercard.Written && r.Count != e.Count:
		return s.say(cardsystem.OpReport, cardsystem.SaysCountDiffers)
	}

	e.Reports++
	if e.Written != metercard.Written {
		e.Written = r.Outcome
	}
	s.save()

	return s.say(cardsystem.OpReport, cardsystem.SaysOK)
}

func (s *Server) totals(date string) cardsystem.Reply {
	r := s.say(cardsystem.OpTotals, cardsystem.SaysOK)
	for _, e := range s.order {
		if e.Date != date || len(r.Totals.Sales) == cardsystem.MaxSales {
			continue
		}
		if !e.Reversed {
			r.Totals.Count++
			r.Totals.Sum += e.Amount
		}
		r.Totals.Sales = append(r.Totals.Sales, cardsystem.Sale{
			Serial: e.Serial, Account: e.Account, Amount: e.Amount, Count: e.Count, Reversed: e.Reversed, Written: e.Written,
		})
	}

	return r
}
