package visit

import (
	"time"

	"wattkiosk/firmware/metercard"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/buypower"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/payments"
	"wattkiosk/uplink/wire"
)

// Wants is what the visit wants of the reader of meter cards: a card from the slot on,
// and that card until what was sold is on it.
func Wants(s State, m Machine) metercard.Wish {
	t := m.Standing.Txn
	if t.Purpose == payments.Purchase || t.Purpose == payments.Rewrite {
		due := !t.Status().Ended() && t.Status() != payments.Undoing && !s.result()

		return metercard.Wish{Card: due, Serial: t.MeterCard.Serial, Txn: t.Serial}
	}

	w := metercard.Wish{Card: s.beforeMoney()}
	if s.Card != nil && s.Screen != page.InsertMeterCard {
		w.Serial = s.Card.Facts.Serial
	}

	return w
}

// beforeMoney reports whether the screen is one of those that need a meter card, before
// a transaction is opened.
func (s State) beforeMoney() bool {
	switch s.Screen {
	case page.InsertMeterCard, page.MeterCard, page.MeterErrors:
		return true
	case page.ChooseAmount, page.EnterAmount, page.ChooseTender:
		return s.Card != nil
	}

	return false
}

// FollowCard goes where the meter card leads: to what is on it once it was read, back to
// the slot where it was taken out, to the write, and to the slot that it comes out of.
func FollowCard(s State, m Machine, now time.Time) (State, []page.Effect) {
	f, t := m.Meter, m.Standing.Txn
	open := t.Serial != "" && (t.Purpose == payments.Purchase || t.Purpose == payments.Rewrite)
	switch {
	case s.result() || m.Face.Holds: // a bank card comes out first
		return s, nil
	case buypower.Leaving(f):
		return s.cardLeaves(open, now), nil
	case open:
		return s.cardAtWork(t.Status(), now), nil
	case t.Serial != "":
		return s, nil
	case s.Screen == page.TakeCard && (f.Step == metercard.None || f.Step == metercard.Left):
		return s.show(page.Idle, now), []page.Effect{page.End}
	case s.Screen == page.InsertMeterCard && f.Step == metercard.Ready && f.Known:
		return s.cardRead(f, now)
	case s.beforeMoney() && s.Screen != page.InsertMeterCard && f.Step != metercard.Ready:
		s = s.show(page.InsertMeterCard, now)
		s.Card, s.Amount = nil, 0

		return s.WithNotice("card-out"), nil
	}

	return s, nil
}

// cardLeaves shows the slot that a card comes out of, wherever nobody pays. Where one is
// asked for, the page that asks shows it: another may follow.
func (s State) cardLeaves(open bool, now time.Time) State {
	elsewhere := s.Service == profile.PayBill || s.InVisit() && !open && !s.beforeMoney() && s.Screen != page.ChooseService
	if s.Screen == page.TakeCard || s.Screen == page.InsertMeterCard || paybill.Takes(s.Screen) || elsewhere {
		return s
	}

	return s.show(page.TakeCard, now)
}

// cardAtWork shows the sale, and then the write of what was sold.
func (s State) cardAtWork(status payments.Status, now time.Time) State {
	switch {
	case status == payments.Writing && s.Screen != page.WriteCard && s.InVisit():
		return s.show(page.WriteCard, now)
	case status == payments.Posting && s.Screen == page.TakeCard:
		return s.show(page.Processing, now)
	}

	return s
}

// cardRead shows a card that was read, and asks what it may buy, unless the customer only
// looks at it.
func (s State) cardRead(f metercard.Face, now time.Time) (State, []page.Effect) {
	s = s.show(page.MeterCard, now)
	s.Card = &buypower.Card{Facts: f.Facts}
	if s.Service == profile.Query {
		return s, nil
	}
	s.Card.Known, s.Waiting = buypower.Asking, true

	return s, []page.Effect{buypower.Ask}
}

// CardAnswered takes head office's answer about the card with a serial, or that there is
// none: then r has an error. notes are those that this machine takes.
func CardAnswered(s State, now time.Time, serial string, r wire.Reply, notes paybill.Rules) State {
	if s.Card == nil || s.Card.Facts.Serial != serial || s.Card.Known != buypower.Asking || !s.beforeMoney() {
		return s
	}
	s.Card = s.Card.Answer(now, r, notes)
	s.Waiting = false

	return s.Changed()
}
