package post

import (
	"fmt"

	"wattkiosk/payments/leg"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
)

// State is where the booking stands.
type State string

// The states. The zero value is not ordered.
const (
	Ordered  State = "ordered"  // ordered; the outcome is not known yet
	Posted   State = "posted"   // booked in the MIS
	Owed     State = "owed"     // definitely not booked, or reversed: the money is owed to the customer
	Disputed State = "disputed" // nobody knows yet
)

// Final reports whether s is an outcome.
func (s State) Final() bool { return s == Posted || s == Owed || s == Disputed }

// Outcome is what head office said of the booking.
type Outcome struct {
	Status    State        `json:"status"` // posted, owed or disputed
	Code      string       `json:"code"`
	Text      string       `json:"text"`
	Reference string       `json:"reference"`
	ToArrears money.Amount `json:"to_arrears"`
	ToAdvance money.Amount `json:"to_advance"` // of a purchase: all of it

	// Sold is what the card-meter system sold, of a purchase that is posted.
	Sold metercard.Sold `json:"sold,omitzero"`
}

// Check reports an outcome that cannot be meant for an order of amount: no
// outcome at all, or a booking whose parts do not make the amount.
func (o Outcome) Check(amount money.Amount) error {
	if !o.Status.Final() {
		return fmt.Errorf("%q is no outcome", o.Status)
	}
	if o.Status != Posted {
		return nil
	}

	sum, err := o.ToArrears.Add(o.ToAdvance)
	if err != nil || sum != amount || o.ToArrears < 0 || o.ToAdvance < 0 {
		return fmt.Errorf("another amount: posted %s + %s, total %s", o.ToArrears, o.ToAdvance, amount)
	}

	return nil
}

// OutcomeLearned is head office's first final word on the booking.
type OutcomeLearned Outcome

// Resolved is a later word of head office that changes an outcome: a posting that
// was owed and then posted by a person's retry, or posted and then reversed.
type Resolved struct {
	N        int    `json:"n"`        // counts the resolutions of a transaction from 1
	Resolves State  `json:"resolves"` // the outcome that it replaces
	By       string `json:"by"`       // who decided: an office, or a person
	Reason   string `json:"reason"`
	Outcome
}

// EventType is the record type "outcome-learned".
func (OutcomeLearned) EventType() string { return "outcome-learned" }

// EventType is the record type "outcome-resolved".
func (Resolved) EventType() string { return "outcome-resolved" }

// Leg is the post leg. It is a value; the zero value is not ordered.
type Leg struct {
	State       State        `json:"state,omitempty"`
	Amount      money.Amount `json:"amount,omitempty"` // as ordered
	Result      Outcome      `json:"result,omitzero"`  // as last learned or resolved
	Resolutions int          `json:"resolutions,omitempty"`
}

// Order is the leg once amount is ordered.
func (l Leg) Order(amount money.Amount) (Leg, error) {
	if l.State != "" || amount <= 0 {
		return l, fmt.Errorf("%w: order of %s in state %q", leg.ErrIllegal, amount, l.State)
	}

	return Leg{State: Ordered, Amount: amount}, nil
}

// Apply applies one event; on an error l is returned unchanged.
func (l Leg) Apply(e leg.Event) (Leg, []leg.Effect, error) {
	var o Outcome
	next := l
	switch e := e.(type) {
	case OutcomeLearned:
		if l.State != Ordered {
			return l, nil, leg.ErrIllegal
		}
		o = Outcome(e)
	case Resolved:
		if !l.State.Final() || e.Resolves != l.State || e.N != l.Resolutions+1 {
			return l, nil, fmt.Errorf("%w: resolution %d of %s, the outcome is %s after %d", leg.ErrIllegal, e.N, e.Resolves, l.State, l.Resolutions)
		}
		if e.Status == Disputed || l.State == Posted && e.Status != Owed {
			return l, nil, fmt.Errorf("%w: %s cannot become %s", leg.ErrIllegal, l.State, e.Status)
		}
		o = e.Outcome
		next.Resolutions++
	default:
		return l, nil, leg.ErrIllegal
	}

	if err := o.Check(l.Amount); err != nil {
		return l, nil, fmt.Errorf("%w: %w", leg.ErrIllegal, err)
	}
	next.State = o.Status
	next.Result = o

	return next, nil, nil
}

// Fact is Moving from the order to the outcome.
func (l Leg) Fact() leg.Fact {
	switch l.State {
	case Ordered:
		return leg.Moving
	case Posted:
		return leg.Done
	case Owed:
		return leg.NotDone
	case Disputed:
		return leg.Unknown
	}

	return leg.None
}

// Held is 0: the utility has the money of a booking, not we.
func (l Leg) Held() money.Amount { return 0 }

// Doubt is the amount of a booking that nobody could find out about.
func (l Leg) Doubt() money.Amount {
	if l.State == Disputed {
		return l.Amount
	}

	return 0
}

// Undo is Call once something was booked or may have been.
func (l Leg) Undo() leg.Undo {
	if l.State == "" || l.State == Owed {
		return leg.Free
	}

	return leg.Call
}
