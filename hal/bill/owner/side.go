package owner

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/hal/bill"
)

// Side is what the owner of one validator wants and was told. The zero value is that of
// an owner who wants nothing. It is not safe for concurrent use.
type Side struct {
	MaxHold time.Duration // a note is returned when its owner has not decided by then

	Enabled     bool    // notes of Values are wanted
	Values      []int64 // in fen; empty = all that the device knows
	Setting     Backoff // of the commands that bring Enabled and Values into force
	ResetWanted bool

	// Announced is Disabled or Idling once told. A driver takes it back (0) when its
	// device is no longer at rest.
	Announced bill.Kind

	events   []bill.Event
	reports  int // told
	confirms int // that met a report
	starting bool
	noValues bool // told
}

// Do takes a command. Order is that of the note that may be decided on now, nil for
// none; knows says whether the device has any of the values (empty = any at all), and
// holds as long as that is not known. Orders on a note fail with bill.ErrNoNote or
// bill.ErrDecided, Enable with bill.ErrValues. Nothing is queued.
func (b *Side) Do(now time.Time, cmd bill.Command, order *Order, knows func(values []int64) bool) error {
	if err := b.take(now, cmd, order, knows); err != nil {
		return fmt.Errorf("cannot %v: %w", cmd.Op, err)
	}
	return nil
}

func (b *Side) take(now time.Time, cmd bill.Command, order *Order, knows func(values []int64) bool) error {
	switch cmd.Op {
	case bill.Enable:
		if !knows(cmd.Values) {
			return bill.ErrValues
		}
		b.Enabled, b.Values, b.noValues = true, slices.Clone(cmd.Values), false
		b.Announced, b.Setting = 0, Backoff{}
	case bill.Disable:
		b.Enabled, b.Announced, b.Setting = false, 0, Backoff{}
	case bill.Stack, bill.Return:
		return order.decide(cmd.Op)
	case bill.Hold:
		return order.hold(now.Add(b.MaxHold))
	case bill.Reset:
		b.ResetWanted = true
	case bill.Confirm:
		b.confirms = min(b.confirms+1, b.reports)
	default:
		return errors.New("unknown command")
	}
	return nil
}

// Tell adds an event, and says whether it is a report.
func (b *Side) Emit(k bill.Kind, value int64, detail string) (report bool) {
	switch k {
	case bill.Stacked, bill.PoweredUpInStacker, bill.Returned, bill.PoweredUpInValidator:
		report = true
		b.reports++
	}
	b.events = append(b.events, bill.Event{Kind: k, Value: value, Detail: detail})
	return report
}

// Told takes the events that were told since it was last called.
func (b *Side) Events() []bill.Event {
	told := b.events
	b.events = nil
	return told
}

// Reports is how many reports were told.
func (b *Side) Reports() int { return b.reports }

// Confirmed says whether the end of every note told so far is durable.
func (b *Side) Confirmed() bool { return b.confirms == b.reports }

// TellStart tells Starting, once until the next rest.
func (b *Side) EmitStart() {
	if !b.starting {
		b.starting = true
		b.Emit(bill.Starting, 0, "")
	}
}

// TellRest tells Disabled or Idling, once, if it is the rest that is wanted. Shut says
// that the device takes no note, open that it takes exactly those that are wanted.
func (b *Side) EmitRest(shut, open bool) {
	b.starting = false
	var k bill.Kind
	switch {
	case !b.Enabled && shut:
		k = bill.Disabled
	case b.Enabled && open:
		k = bill.Idling
		b.Setting = Backoff{}
	default:
		return
	}
	if b.Announced != k {
		b.Announced = k
		b.Emit(k, 0, "")
	}
}

// TellNoValues tells, once for each Enable, that the device has none of the values.
func (b *Side) EmitNoValues() {
	if !b.noValues {
		b.noValues = true
		b.Emit(bill.Failed, 0, bill.ErrValues.Error())
	}
}
