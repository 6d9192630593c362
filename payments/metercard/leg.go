package metercard

import (
	"fmt"
	"time"

	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// MaxWrites is how often one transaction writes a card.
const MaxWrites = 20

// State is where the writing stands.
type State string

// The states. The zero value is not due.
const (
	Due       State = "due"       // sold; not begun
	Writing   State = "writing"   // begun; the card was not read back yet
	NotOn     State = "unwritten" // read back: what was sold is not on the card
	NotSure   State = "unsure"    // the card could not be read back
	On        State = "written"   // read back: it is on the card
	GoneAway  State = "left"      // the card is not here any more, and what was sold is not known to be on it
	SettledAs State = "settled"   // the customer has it another way
)

// Leg is the card leg. It is a value; the zero value is not due.
type Leg struct {
	State  State     `json:"state,omitempty"`
	Sold   Sold      `json:"sold,omitzero"` // what is to be on the card
	Writes int       `json:"writes,omitempty"`
	Why    string    `json:"why,omitempty"`  // of the last write that came to nothing, or of giving up
	Sure   bool      `json:"sure,omitempty"` // left: the card was seen without it, or was never touched
	How    Way       `json:"how,omitempty"`
	By     string    `json:"by,omitempty"`
	LeftAt time.Time `json:"left_at,omitzero"`
}

// Order is the leg once something was sold that is to be written.
func (l Leg) Order(s Sold) (Leg, error) {
	if l.State != "" || s.Count == 0 || s.Amount <= 0 || s.Card == "" {
		return l, fmt.Errorf("%w: order to write purchase %d of %s in state %q", leg.ErrIllegal, s.Count, s.Amount, l.State)
	}

	return Leg{State: Due, Sold: s}, nil
}

// Apply applies one event; on an error l is returned unchanged.
func (l Leg) Apply(e leg.Event) (Leg, []leg.Effect, error) {
	next := l
	var err error
	switch e := e.(type) {
	case WriteBegun:
		err = next.begin(e)
	case WriteEnded:
		err = next.end(e)
	case GaveUp:
		err = next.giveUp(e)
	case Settled:
		err = next.settle(e)
	default:
		err = leg.ErrIllegal
	}
	if err != nil {
		return l, nil, err
	}

	return next, nil, nil
}

func (l *Leg) begin(e WriteBegun) error {
	same := e.Card == l.Sold.Card && e.Count == l.Sold.Count && e.Amount == l.Sold.Amount
	if !same || e.N != l.Writes+1 || e.N > MaxWrites {
		return fmt.Errorf("%w: write %d of purchase %d, %s, after %d of purchase %d, %s", leg.ErrIllegal, e.N, e.Count, e.Amount, l.Writes, l.Sold.Count, l.Sold.Amount)
	}
	if err := l.move(Writing, Due, NotOn, NotSure); err != nil {
		return err
	}
	l.Writes = e.N

	return nil
}

// end takes what was read back. The card's own word is checked against what was sold: a
// card that holds anything else is not written.
func (l *Leg) end(e WriteEnded) error {
	holds := e.Count == l.Sold.Count && e.Purse == l.Sold.Amount
	if e.N != l.Writes || holds != (e.Outcome == Written) {
		return fmt.Errorf("%w: write %d ended %s with purchase %d of %s on the card", leg.ErrIllegal, e.N, e.Outcome, e.Count, e.Purse)
	}

	to, known := map[Outcome]State{Written: On, Unwritten: NotOn, Unsure: NotSure}[e.Outcome]
	if !known {
		return fmt.Errorf("%w: outcome %.20q", leg.ErrIllegal, e.Outcome)
	}
	if err := l.move(to, Writing, NotSure); err != nil {
		return err
	}
	l.Why = e.Why

	return nil
}

func (l *Leg) giveUp(e GaveUp) error {
	sure := l.State != NotSure
	if err := l.move(GoneAway, Due, NotOn, NotSure); err != nil {
		return err
	}
	l.Sure, l.Why = sure, e.Why
	l.LeftAt = time.UnixMilli(e.At).UTC()

	return nil
}

func (l *Leg) settle(e Settled) error {
	if e.How != Rewritten && e.How != Remote && e.How != ByHand || e.By == "" {
		return fmt.Errorf("%w: settled %.20q by %.20q", leg.ErrIllegal, e.How, e.By)
	}
	if err := l.move(SettledAs, GoneAway); err != nil {
		return err
	}
	l.How, l.By = e.How, e.By

	return nil
}

func (l *Leg) move(to State, from ...State) error {
	for _, s := range from {
		if l.State == s {
			l.State = to

			return nil
		}
	}

	return fmt.Errorf("%w: a card that is %q cannot become %s", leg.ErrIllegal, l.State, to)
}

// Fact is what is known of the writing: see the package comment.
func (l Leg) Fact() leg.Fact {
	switch l.State {
	case Due, Writing, NotOn, NotSure:
		return leg.Moving
	case On, SettledAs:
		return leg.Done
	case GoneAway:
		if l.Sure {
			return leg.NotDone
		}

		return leg.Unknown
	}

	return leg.None
}

// Held is 0: what a card holds is the customer's.
func (l Leg) Held() money.Amount { return 0 }

// Doubt is what may or may not be on a card that left.
func (l Leg) Doubt() money.Amount {
	if l.Fact() == leg.Unknown {
		return l.Sold.Amount
	}

	return 0
}

// Undo is Never once a write began: a card cannot be made to forget.
func (l Leg) Undo() leg.Undo {
	if l.Writes > 0 {
		return leg.Never
	}

	return leg.Free
}
