package payments

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
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
	if t.Write.Fact() == leg.None && slices.Contains(cell.Acts, compensation.WriteCard) {
		ordered, err := t.Write.Order(t.Sold())
		if err != nil {
			return nil, err
		}
		t.Write = ordered
	}

	return due, nil
}

func (t *Transaction) open(e Event) ([]Effect, error) {
	o := e.(Opened)
	if o.Purpose == "" {
		o.Purpose = Bill
	}
	if t.Serial == "" || t.Purpose != "" || o.Minimum < 0 {
		return nil, ErrIllegal
	}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIllegal, err)
	}

	*t = Transaction{
		Serial: t.Serial, Purpose: o.Purpose, Tender: Tender(o.Tender), ByBank: o.ByBank,
		Account: o.Account, Name: o.Name, Address: o.Address, Minimum: o.Minimum, Online: o.Online,
		OpenedAt: time.UnixMilli(o.OpenedAt).UTC(), MeterCard: o.MeterCard, Original: o.Original, Carried: o.Sold,
	}
	if o.Online {
		t.Arrears = money.Known(o.Arrears)
	}

	var err error
	switch t.Tender {
	case NoTender:
	case BankCard:
		t.Card, err = bankcard.New(o.Limit)
	case QR:
		t.QR, err = qr.New(o.Limit)
	default:
		t.Cash, err = cash.Open(o.Limit)
	}

	return nil, err
}

// check reports an opening that cannot be meant.
func (o Opened) check() error {
	if _, ok := RouteOf(o.Purpose, Tender(o.Tender)); !ok {
		return fmt.Errorf("no %.32q by %.32q", o.Purpose, o.Tender)
	}
	if o.ByBank && (Tender(o.Tender) != BankCard || o.Purpose != Bill) {
		return errors.New("the bank posts bills that are paid by card")
	}

	carries := o.Original != "" || o.Sold != metercard.Sold{}
	switch o.Purpose {
	case Bill:
		if carries || o.MeterCard != (metercard.Facts{}) {
			return errors.New("a bill is paid without a meter card")
		}

		return nil
	case Purchase:
		if carries {
			return errors.New("a purchase carries on no other")
		}

		return o.MeterCard.Check()
	}
	if o.Original == "" || o.Limit != 0 {
		return errors.New("a re-write names the purchase that it carries on, and takes no money")
	}
	if err := o.MeterCard.Check(); err != nil {
		return err
	}

	// A card that could not be read back may hold it already: then this visit finds it.
	if o.MeterCard.Serial == o.Sold.Card && o.MeterCard.Count == o.Sold.Count && o.MeterCard.Purse == o.Sold.Amount {
		return nil
	}

	return o.Sold.Check(o.MeterCard, o.Sold.Amount)
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

func (t *Transaction) write(e Event) ([]Effect, error) {
	next, effects, err := t.Write.Apply(e)
	t.Write = next

	return effects, err
}

// CheckOutcome reports an outcome that cannot be meant for this transaction's order; its
// words say what of it is another.
func (t Transaction) CheckOutcome(o post.Outcome) error {
	if err := o.Check(t.Post.Amount); err != nil {
		return err
	}

	return t.checkSold(o)
}

// checkSold reports an outcome that sold something else than was ordered.
func (t Transaction) checkSold(o post.Outcome) error {
	if t.Purpose == Purchase && o.Status == post.Posted {
		return o.Sold.Check(t.MeterCard, t.Post.Amount)
	}
	if o.Sold != (metercard.Sold{}) {
		return errors.New("a sale, and none was ordered")
	}

	return nil
}

func (t *Transaction) outcome(e Event) ([]Effect, error) {
	next, effects, err := t.Post.Apply(e)
	if err != nil {
		return nil, err
	}
	if err := t.checkSold(next.Result); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIllegal, err)
	}
	t.Post = next

	return effects, nil
}

func (t *Transaction) slip(e Event) ([]Effect, error) {
	s := e.(SlipAttempt)
	if t.Money().Fact() == leg.None && t.Purpose != Rewrite {
		return nil, ErrIllegal
	}
	t.Copies = max(t.Copies, s.Copy)
	t.Slip = s.Outcome

	return nil, nil
}
