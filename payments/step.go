package payments

import (
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
	"wattkiosk/payments/qr"
)

// Step applies one event: first to the leg that it concerns, then through the
// compensation table. It returns the effects that are due: those of the leg, and
// the acts of the new cell that the old one had not. It never changes its
// argument, and returns it unchanged together with an error that wraps ErrIllegal
// where a truth table has no entry.
func Step(t Transaction, serial string, e Event) (Transaction, []Effect, error) {
	k, ok := kinds[e.EventType()]
	if ok && k.apply == nil {
		return t, nil, nil
	}

	fail := func(err error) (Transaction, []Effect, error) {
		return t, nil, fmt.Errorf("transaction %s, %s, event %s: %w", serial, t.Status(), e.EventType(), err)
	}
	if !ok || t.Serial != serial && t.Serial != "" {
		return fail(ErrIllegal)
	}
	if _, opens := e.(Opened); t.Serial == "" && !opens {
		return fail(ErrIllegal)
	}

	next := t
	next.Serial = serial
	effects, err := k.apply(&next, e)
	if err != nil {
		return fail(err)
	}
	acts, err := next.settle(t)
	if err != nil {
		return fail(err)
	}

	return next, append(effects, acts...), nil
}

// settle brings the transaction into its new cell and returns the acts that the
// cell before it had not. An order is begun by the same record that made it due.
func (t *Transaction) settle(before Transaction) ([]Effect, error) {
	old := before.Action().Acts
	cell := t.Action()
	if cell.Never != "" {
		return nil, fmt.Errorf("%w: %s", ErrIllegal, cell.Never)
	}

	var due []Effect
	for _, act := range cell.Acts {
		if !slices.Contains(old, act) {
			due = append(due, act)
		}
	}

	if t.Post.Fact() == leg.None && slices.Contains(cell.Acts, compensation.OrderPost) {
		ordered, err := t.Post.Order(t.Total())
		if err != nil {
			return nil, err
		}
		t.Post = ordered
	}

	return due, nil
}

func (t *Transaction) open(e Event) ([]Effect, error) {
	o := e.(Opened)
	if t.Serial == "" || t.Tender != "" || o.Minimum < 0 || o.ByBank && Tender(o.Tender) != BankCard {
		return nil, ErrIllegal
	}
	if _, ok := RouteOf(Bill, Tender(o.Tender)); !ok {
		return nil, fmt.Errorf("%w: no payment by %.32q", ErrIllegal, o.Tender)
	}

	*t = Transaction{
		Serial: t.Serial, Purpose: Bill, Tender: Tender(o.Tender), ByBank: o.ByBank,
		Account: o.Account, Name: o.Name, Address: o.Address, Minimum: o.Minimum, Online: o.Online,
		OpenedAt: time.UnixMilli(o.OpenedAt).UTC(),
	}
	if o.Online {
		t.Arrears = money.Known(o.Arrears)
	}

	var err error
	switch t.Tender {
	case BankCard:
		t.Card, err = bankcard.New(o.Limit)
	case QR:
		t.QR, err = qr.New(o.Limit)
	default:
		t.Cash, err = cash.Open(o.Limit)
	}

	return nil, err
}

func (t *Transaction) cash(e Event) ([]Effect, error) {
	next, effects, err := t.Cash.Apply(e)
	t.Cash = next

	return effects, err
}

func (t *Transaction) card(e Event) ([]Effect, error) {
	next, effects, err := t.Card.Apply(e)
	t.Card = next

	return effects, err
}

func (t *Transaction) closeCard(e Event) ([]Effect, error) {
	if e.(bankcard.Closed).Account != t.Account {
		return nil, fmt.Errorf("%w: closed for another account", ErrIllegal)
	}

	return t.card(e)
}

func (t *Transaction) qr(e Event) ([]Effect, error) {
	next, effects, err := t.QR.Apply(e)
	t.QR = next

	return effects, err
}

func (t *Transaction) closeCash(e Event) ([]Effect, error) {
	if e.(cash.Closed).Account != t.Account {
		return nil, fmt.Errorf("%w: closed for another account", ErrIllegal)
	}

	return t.cash(e)
}

func (t *Transaction) outcome(e Event) ([]Effect, error) {
	next, effects, err := t.Post.Apply(e)
	t.Post = next

	return effects, err
}

func (t *Transaction) slip(e Event) ([]Effect, error) {
	s := e.(SlipAttempt)
	if t.Money().Fact() == leg.None {
		return nil, ErrIllegal
	}
	t.Copies = max(t.Copies, s.Copy)
	t.Slip = s.Outcome

	return nil, nil
}
