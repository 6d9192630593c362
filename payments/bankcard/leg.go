package bankcard

import (
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// Bounds of one transaction.
const (
	MaxSales    = 8 // tries, as after a wrong PIN
	MaxEvidence = 8 // kept in the leg; more stays in the journal
)

// The effects of the events.
const (
	SendSale     leg.Effect = "send-sale"     // send the sale to the bank
	SendReversal leg.Effect = "send-reversal" // send the reversal, until it is answered
)

// State is where the sale stands.
type State string

// The states of an opened leg.
const (
	Open      State = "open"      // no sale yet
	Selling   State = "selling"   // a sale left, or is about to; the answer is not known
	Approved  State = "approved"  // the bank has taken the amount
	Declined  State = "declined"  // the bank has taken nothing
	Reversing State = "reversing" // the sale is being taken back
	Reversed  State = "reversed"  // nothing is taken any more
	Kept      State = "kept"      // the bank refused to take the sale back
)

// Leg is the money leg of a payment by bank card. It is a value; the zero value is
// not open.
type Leg struct {
	Amount   money.Amount `json:"amount,omitempty"` // fixed before the first sale; above 0 once open
	State    State        `json:"state,omitempty"`
	Sales    int          `json:"sales,omitempty"`
	Sale     SaleOrdered  `json:"sale,omitzero"`   // the last one
	Answer   SaleAnswered `json:"answer,omitzero"` // of the bank to it
	Why      Why          `json:"why,omitempty"`   // it is, or was, taken back
	Evidence []Evidence   `json:"evidence,omitempty"`

	Closed   bool         `json:"closed,omitempty"`
	Total    money.Amount `json:"total,omitempty"` // as closed
	ClosedAt time.Time    `json:"closed_at,omitzero"`
	Reason   string       `json:"reason,omitempty"`

	Certificate string `json:"certificate,omitempty"` // as closed
}

// New is a leg that is to take amount. An amount of 0 or less is leg.ErrIllegal.
func New(amount money.Amount) (Leg, error) {
	if amount <= 0 {
		return Leg{}, fmt.Errorf("%w: amount %s", leg.ErrIllegal, amount)
	}

	return Leg{Amount: amount, State: Open}, nil
}

// Fact is what is known of the taking of the money: see the package comment.
func (l Leg) Fact() leg.Fact {
	switch {
	case l.Amount == 0:
		return leg.None
	case !l.Closed:
		return leg.Moving
	}

	switch l.State {
	case Approved:
		return leg.Done
	case Reversing:
		return leg.Undoing
	case Reversed:
		return leg.Undone
	case Kept:
		if l.Total > 0 {
			return leg.Done
		}

		return leg.Unknown
	}

	return leg.NotDone
}

// Held is what the bank has taken for us, as far as is known.
func (l Leg) Held() money.Amount {
	if l.Answer.Approved && l.State != Reversed {
		return l.Amount
	}

	return 0
}

// Doubt is the amount of a sale of which the bank alone can tell.
func (l Leg) Doubt() money.Amount {
	if l.Fact() == leg.Unknown {
		return l.Amount
	}

	return 0
}

// Void is how far a void of the sale is, by the last word on it; empty where none was ordered.
func (l Leg) Void() string {
	for _, e := range slices.Backward(l.Evidence) {
		switch e.What {
		case VoidOrdered, Voided, VoidRefused, VoidUnknown, VoidUndone:
			return e.What
		}
	}

	return ""
}

// Undo is Call while the bank can be asked to take a sale back.
func (l Leg) Undo() leg.Undo {
	switch l.State {
	case Selling, Approved, Reversing:
		return leg.Call
	case Kept:
		return leg.Never
	}

	return leg.Free
}

// Clears reports whether a sale must be answered or taken back before this terminal
// may send another.
func (l Leg) Clears() bool { return l.State == Selling || l.State == Reversing }

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
	case SaleOrdered:
		return l.order(e)
	case SaleAnswered:
		return nil, l.answer(e)
	case ReversalOrdered:
		return l.reverse(e)
	case ReversalAnswered:
		return nil, l.reversed(e)
	case Returned:
		return nil, l.move(e.N, Reversed, Kept)
	case Evidence:
		return nil, l.keep(e)
	case Closed:
		return nil, l.close(e)
	}

	return nil, leg.ErrIllegal
}

// move changes the state of sale n.
func (l *Leg) move(n int, to State, from ...State) error {
	for _, s := range from {
		if l.State == s && n == l.Sales {
			l.State = to

			return nil
		}
	}

	return fmt.Errorf("%w: sale %d cannot become %s, sale %d is %s", leg.ErrIllegal, n, to, l.Sales, l.State)
}

func (l *Leg) order(e SaleOrdered) ([]leg.Effect, error) {
	switch {
	case l.Closed || e.N != l.Sales+1 || e.N > MaxSales || e.Amount != l.Amount:
		return nil, fmt.Errorf("%w: sale %d of %s after %d of %s", leg.ErrIllegal, e.N, e.Amount, l.Sales, l.Amount)
	case e.Terminal == "" || e.Trace == "" || e.Batch == "":
		return nil, fmt.Errorf("%w: a sale that could not be reversed", leg.ErrIllegal)
	}
	if err := l.move(l.Sales, Selling, Open, Declined, Reversed); err != nil {
		return nil, err
	}
	l.Sales, l.Sale = e.N, e
	l.Answer, l.Why = SaleAnswered{}, ""

	return []leg.Effect{SendSale}, nil
}

func (l *Leg) answer(e SaleAnswered) error {
	to := Declined
	if e.Approved {
		to = Approved
	}
	if err := l.move(e.N, to, Selling); err != nil {
		return err
	}
	l.Answer = e

	return nil
}

func (l *Leg) reverse(e ReversalOrdered) ([]leg.Effect, error) {
	if !e.Why.valid() {
		return nil, fmt.Errorf("%w: reversal because of %.32q", leg.ErrIllegal, e.Why)
	}
	if err := l.move(e.N, Reversing, Selling, Approved); err != nil {
		return nil, err
	}
	l.Why = e.Why

	return []leg.Effect{SendReversal}, nil
}

func (l *Leg) reversed(e ReversalAnswered) error {
	if e.Done {
		return l.move(e.N, Reversed, Reversing)
	}

	return l.move(e.N, Kept, Reversing)
}

func (l *Leg) keep(e Evidence) error {
	if e.N < 1 || e.N > l.Sales {
		return fmt.Errorf("%w: evidence of sale %d of %d", leg.ErrIllegal, e.N, l.Sales)
	}
	if len(l.Evidence) < MaxEvidence {
		l.Evidence = append(l.Evidence[:len(l.Evidence):len(l.Evidence)], e)
	}

	return nil
}

func (l *Leg) close(e Closed) error {
	want := money.Amount(0)
	if l.State == Approved {
		want = l.Amount
	}
	if l.Amount == 0 || l.Closed || l.State == Selling || e.Total != want {
		return fmt.Errorf("%w: closed with %s in state %q", leg.ErrIllegal, e.Total, l.State)
	}
	l.Closed = true
	l.Total = e.Total
	l.ClosedAt = time.UnixMilli(e.ClosedAt).UTC()
	l.Reason = e.Reason
	l.Certificate = e.Certificate

	return nil
}
