package owner

import (
	"time"

	"wattkiosk/hal/bill"
)

// Order is the decision on the note in escrow.
type Order struct {
	Op     bill.Op   // Stack or Return; 0 = undecided
	Sent   int       // commands sent for it
	GiveUp time.Time // undecided until then, the note goes back
}

// Undecided is the order of a note that its owner is shown now.
func (b *Side) Undecided(now time.Time) Order { return Order{GiveUp: now.Add(b.MaxHold)} }

func (o *Order) decide(op bill.Op) error {
	switch {
	case o == nil:
		return bill.ErrNoNote
	case o.Op != 0 && o.Op != op:
		return bill.ErrDecided
	}
	o.Op = op
	return nil
}

func (o *Order) hold(giveUp time.Time) error {
	if o == nil {
		return bill.ErrNoNote
	}
	o.GiveUp = giveUp
	return nil
}

// Void takes an order back that was given before a silence.
func (o *Order) Void() { o.Op, o.Sent = 0, 0 }

// Decision is what is to become of a note now: what its owner ordered, Return if he has
// not decided in time or wants a RESET, else 0.
func (b *Side) Decision(now time.Time, o Order) bill.Op {
	if o.Op == 0 && (b.ResetWanted || !now.Before(o.GiveUp)) {
		return bill.Return
	}
	return o.Op
}

// TurnBack gives up on stacking a note that is still in escrow after so many commands.
// The device is at fault and the note is not lost: its end is reported when it is out.
func (b *Side) TurnBack(o *Order, most int) {
	if o.Op == bill.Stack && o.Sent >= most {
		o.Op, o.Sent = bill.Return, 0
		b.Emit(bill.Failed, 0, "does not stack the note")
	}
}

// Unheard is the event for a note that the device no longer mentions. It went back only
// where the device can have done nothing else: not if it may have been ordered into the
// cassette; nor if doubt says that somebody else may have it, since the device was silent or
// in a fault, or restarted, and did not say after that that it gives the note back. Such a
// note is no credit and did not go back: a person settles it.
func Unheard(ordered, doubt bool, value int64) (k bill.Kind, fen int64, detail string) {
	switch {
	case ordered:
		return bill.Lost, value, "note unaccounted for: stacking ended without a report"
	case doubt:
		return bill.Lost, value, "note unaccounted for: nobody heard that it went back"
	}
	return bill.Returned, value, ""
}
