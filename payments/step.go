package payments

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/money"
)

// ErrIllegal is returned for an event that the transaction's state does not
// allow. It means a broken invariant: whoever sees it stops taking money.
var ErrIllegal = errors.New("illegal event")

// Effect is what is due after an event became durable.
type Effect string

// The effects. Each may be carried out any number of times.
const (
	AcceptNotes Effect = "accept-notes" // open the validator
	StackNote   Effect = "stack-note"   // move the escrowed note into the cassette
	ConfirmNote Effect = "confirm-note" // the device may forget the note: it is durable here
	OrderPost   Effect = "order-post"   // tell head office to post the total
	PrintSlip   Effect = "print-slip"   // print the slip of the present state
)

// Step applies one event. It never changes its argument, and returns it
// unchanged together with an error that wraps ErrIllegal where the truth table
// has no entry.
func Step(t Transaction, serial string, e Event) (Transaction, []Effect, error) {
	next := t
	next.Notes = slices.Clone(t.Notes)
	effects, err := next.apply(serial, e)
	if err != nil {
		return t, nil, fmt.Errorf("transaction %s, %s, event %s: %w", serial, t.Status, e.EventType(), err)
	}
	return next, effects, nil
}

func (t *Transaction) apply(serial string, e Event) ([]Effect, error) {
	if t.Serial != serial && !(t.Serial == "" && e.EventType() == Opened{}.EventType()) {
		return nil, ErrIllegal
	}
	switch e := e.(type) {
	case Opened:
		return t.open(serial, e)
	case NoteAccepted:
		return t.accept(e)
	case NoteStackedEvent:
		return t.stacked(e)
	case NoteReturnedEvent:
		return nil, t.settle(e.Note, e.Value, NoteReturned, e.Evidence, NotePending, NoteUnresolved)
	case NoteUnresolvedEvent:
		return nil, t.settle(e.Note, e.Value, NoteUnresolved, e.Evidence, NotePending)
	case CashClosed:
		return t.closeCash(e)
	case OutcomeLearned:
		return t.learn(e)
	case SlipAttempt:
		t.Copies = max(t.Copies, e.Copy)
		return nil, nil
	}
	return nil, ErrIllegal
}

func (t *Transaction) open(serial string, e Opened) ([]Effect, error) {
	if t.Serial != "" || e.Limit <= 0 || e.Minimum < 0 {
		return nil, ErrIllegal
	}
	*t = Transaction{
		Serial: serial, Status: Tendering, Account: e.Account, Name: e.Name, Address: e.Address,
		Arrears: e.Arrears, Minimum: e.Minimum, Online: e.Online, Tender: e.Tender, Limit: e.Limit,
		OpenedAt: time.UnixMilli(e.OpenedAt).UTC(),
	}
	return []Effect{AcceptNotes}, nil
}

func (t *Transaction) accept(e NoteAccepted) ([]Effect, error) {
	want, refusal := t.Consider(e.Value)
	if refusal != "" || want.Note != e.Note {
		return nil, fmt.Errorf("%w: note %d refused: %s", ErrIllegal, e.Note, refusal)
	}
	t.Notes = append(t.Notes, Note{Value: e.Value, State: NotePending})
	return []Effect{StackNote}, nil
}

// stacked credits the pending note. A note that had been given up as unresolved
// becomes found: it is in the cassette, and its case owes it.
func (t *Transaction) stacked(e NoteStackedEvent) ([]Effect, error) {
	if err := t.settle(e.Note, e.Value, NoteFound, e.Evidence, NoteUnresolved); err == nil {
		t.Notes[e.Note].Inferred = e.Inferred
		return []Effect{ConfirmNote}, nil
	}
	if t.Status != Tendering {
		return nil, ErrIllegal
	}
	if err := t.settle(e.Note, e.Value, NoteStacked, e.Evidence, NotePending); err != nil {
		return nil, err
	}
	total, err := t.Total.Add(e.Value)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIllegal, err)
	}
	t.Total, t.Notes[e.Note].Inferred = total, e.Inferred
	return []Effect{ConfirmNote}, nil
}

func (t *Transaction) settle(i int, v money.Amount, to NoteState, evidence string, from ...NoteState) error {
	if i < 0 || i >= len(t.Notes) || !slices.Contains(from, t.Notes[i].State) || t.Notes[i].Value != v {
		return fmt.Errorf("%w: note %d of %s cannot become %s", ErrIllegal, i, v, to)
	}
	t.Notes[i].State, t.Notes[i].Evidence = to, evidence
	return nil
}

func (t *Transaction) closeCash(e CashClosed) ([]Effect, error) {
	if t.Status != Tendering || t.Pending() >= 0 || e.Total != t.Total || e.Account != t.Account {
		return nil, ErrIllegal
	}
	t.ClosedAt, t.Reason = time.UnixMilli(e.ClosedAt).UTC(), e.Reason
	if t.Total == 0 {
		t.Status = Cancelled
		if t.Unresolved() > 0 {
			t.Status = Disputed
			return []Effect{PrintSlip}, nil
		}
		return nil, nil
	}
	t.Status = Posting
	return []Effect{OrderPost}, nil
}

func (t *Transaction) learn(e OutcomeLearned) ([]Effect, error) {
	if t.Status != Posting {
		return nil, ErrIllegal
	}
	switch e.Status {
	case Posted:
		if split, err := e.ToArrears.Add(e.ToAdvance); err != nil || split != t.Total {
			return nil, fmt.Errorf("%w: posted %s + %s, total %s", ErrIllegal, e.ToArrears, e.ToAdvance, t.Total)
		}
	case Owed, Disputed:
	default:
		return nil, ErrIllegal
	}
	t.Status, t.Result = e.Status, e
	return []Effect{PrintSlip}, nil
}
