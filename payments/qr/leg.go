package qr

import (
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// The effects of the events.
const (
	PlaceOrder  leg.Effect = "place-order"  // have head office place the order
	CloseOrder  leg.Effect = "close-order"  // have head office close it, and ask a last time
	OrderRefund leg.Effect = "order-refund" // have head office give the payment back
)

// State is where the order stands.
type State string

// The states of an opened leg.
const (
	Open      State = "open"      // no order yet
	Placed    State = "ordered"   // the customer may pay
	Ending    State = "closing"   // nobody waits any more; it may be paid all the same
	IsPaid    State = "paid"      // the acquirer has the amount for us
	IsNotPaid State = "not-paid"  // it has not, and will not
	IsUnknown State = "unknown"   // nobody knows
	Refunding State = "refunding" // it is being given back
	Refunded  State = "refunded"  // the customer has it back
	Kept      State = "kept"      // the acquirer refused the refund
)

// Leg is the money leg of a payment by QR code. It is a value; the zero value is not
// open.
type Leg struct {
	Amount    money.Amount `json:"amount,omitempty"` // fixed before the order; above 0 once open
	State     State        `json:"state,omitempty"`
	Mode      Mode         `json:"mode,omitempty"`
	Acquirer  string       `json:"acquirer,omitempty"`
	Reference string       `json:"reference,omitempty"`
	PaidAt    time.Time    `json:"paid_at,omitzero"`
	EndedAt   time.Time    `json:"ended_at,omitzero"` // when nobody waited any more
	Late      bool         `json:"late,omitempty"`    // paid after nobody waited, or after the acquirer's word that it was not
	Reason    string       `json:"reason,omitempty"`  // why it is closing, not paid, or given back
}

// New is a leg that is to take amount. An amount of 0 or less is leg.ErrIllegal.
func New(amount money.Amount) (Leg, error) {
	if amount <= 0 {
		return Leg{}, fmt.Errorf("%w: amount %s", leg.ErrIllegal, amount)
	}

	return Leg{Amount: amount, State: Open}, nil
}

// Waiting reports whether somebody waits for the payment.
func (l Leg) Waiting() bool { return l.State == Open || l.State == Placed }

// Total is what was paid and not given back, as far as it is credited.
func (l Leg) Total() money.Amount {
	switch l.State {
	case IsPaid, Refunding, Refunded, Kept:
		return l.Amount
	}

	return 0
}

// Fact is what is known of the payment: see the package comment.
func (l Leg) Fact() leg.Fact {
	switch l.State {
	case Open, Placed:
		return leg.Moving
	case Ending, Refunding:
		return leg.Undoing
	case IsPaid, Kept:
		return leg.Done
	case IsNotPaid:
		return leg.NotDone
	case Refunded:
		return leg.Undone
	case IsUnknown:
		return leg.Unknown
	}

	return leg.None
}

// Held is what the acquirer has for us.
func (l Leg) Held() money.Amount {
	switch l.State {
	case IsPaid, Refunding, Kept:
		return l.Amount
	}

	return 0
}

// Doubt is the amount of an order that nobody could find out about.
func (l Leg) Doubt() money.Amount {
	if l.State == IsUnknown {
		return l.Amount
	}

	return 0
}

// Undo is Call while the order can be closed or refunded.
func (l Leg) Undo() leg.Undo {
	switch l.State {
	case Placed, Ending, IsPaid, Refunding:
		return leg.Call
	case Kept:
		return leg.Never
	}

	return leg.Free
}

// Apply applies one event; on an error l is returned unchanged.
func (l Leg) Apply(e leg.Event) (Leg, []leg.Effect, error) {
	next := l
	effects, err := next.apply(e)
	if err != nil {
		return l, nil, err
	}

	return next, effects, nil
}

func (l *Leg) apply(e leg.Event) ([]leg.Effect, error) {
	switch e := e.(type) {
	case Ordered:
		return l.order(e)
	case Closing:
		return l.end(e)
	case Paid:
		return nil, l.paid(e)
	case NotPaid:
		l.Reason = e.Reason

		return nil, l.move(IsNotPaid, Placed, Ending, IsUnknown)
	case Unknown:
		return nil, l.move(IsUnknown, Placed, Ending)
	case RefundOrdered:
		l.Reason = e.Why

		return []leg.Effect{OrderRefund}, l.move(Refunding, IsPaid)
	case RefundAnswered:
		if e.Done {
			return nil, l.move(Refunded, Refunding)
		}

		return nil, l.move(Kept, Refunding)
	case Returned:
		return nil, l.move(Refunded, IsUnknown, Kept)
	}

	return nil, leg.ErrIllegal
}

func (l *Leg) move(to State, from ...State) error {
	if !slices.Contains(from, l.State) {
		return fmt.Errorf("%w: an order that is %q cannot become %s", leg.ErrIllegal, l.State, to)
	}
	l.State = to

	return nil
}

func (l *Leg) order(e Ordered) ([]leg.Effect, error) {
	if e.Amount != l.Amount || e.Mode != Shown && e.Mode != Scanned {
		return nil, fmt.Errorf("%w: %.16q order of %s for %s", leg.ErrIllegal, e.Mode, e.Amount, l.Amount)
	}
	l.Mode = e.Mode

	return []leg.Effect{PlaceOrder}, l.move(Placed, Open)
}

// end: an order that was never placed is not paid.
func (l *Leg) end(e Closing) ([]leg.Effect, error) {
	l.Reason, l.EndedAt = e.Why, time.UnixMilli(e.At).UTC()
	if l.State == Open {
		return nil, l.move(IsNotPaid, Open)
	}

	return []leg.Effect{CloseOrder}, l.move(Ending, Placed)
}

func (l *Leg) paid(e Paid) error {
	if e.Amount != l.Amount || l.Mode == "" {
		return fmt.Errorf("%w: paid %s of %s", leg.ErrIllegal, e.Amount, l.Amount)
	}
	l.Late = l.State != Placed
	l.Acquirer, l.Reference = e.Acquirer, e.Reference
	l.PaidAt = time.UnixMilli(e.PaidAt).UTC()

	return l.move(IsPaid, Placed, Ending, IsUnknown, IsNotPaid)
}
