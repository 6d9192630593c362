package owner

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/hal/bill"
)

// Side is what the owner of one validator wants, and what was reported to it. The zero
// value is that of an owner who wants nothing. It is not safe for concurrent use.
type Side struct {
	MaxHold time.Duration // a note is returned when its owner has not decided by then

	Enabled     bool    // notes of Values are wanted
	Values      []int64 // in fen; empty = all that the device knows
	Setting     Backoff // of the commands that bring Enabled and Values into force
	ResetWanted bool

	// Announced is Disabled or Idling once reported. A driver takes it back (0) when its
	// device is no longer at rest.
	Announced bill.Kind

	events   []bill.Event
	reports  int // emitted
	confirms int // that met a report
	starting bool

	last     bill.Kind // of the newest event; 0 = none yet
	unusable string    // why the device takes no notes; "" = it does, as far as is known
	late     time.Time // since when it is not at the rest that is wanted, unexplained; zero = it is
	rescue   Backoff   // of the RESETs of a device that does not open
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
		b.unusable = ""
		if !knows(cmd.Values) {
			b.EmitNoValues()
			return bill.ErrValues
		}
		b.Enabled, b.Values = true, slices.Clone(cmd.Values)
		b.wish()
	case bill.Disable:
		b.Enabled = false
		b.wish()
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

// wish is a new Enable or Disable: it is to be brought into force, and answered.
func (b *Side) wish() {
	b.Announced, b.Setting = 0, Backoff{}
	b.late = time.Time{}
}

// Emit adds an event, and says whether it is a report.
func (b *Side) Emit(k bill.Kind, value int64, detail string) (report bool) {
	switch k {
	case bill.Stacked, bill.PoweredUpInStacker, bill.Returned, bill.PoweredUpInValidator:
		report = true
		b.reports++
	case bill.Idling, bill.Starting, bill.PoweredUp, bill.Silent:
		b.unusable = ""
	}

	b.last, b.late = k, time.Time{}
	b.events = append(b.events, bill.Event{Kind: k, Value: value, Detail: detail})
	return report
}

// Events takes the events that were emitted since it was last called.
func (b *Side) Events() []bill.Event {
	events := b.events
	b.events = nil
	return events
}

// Reports is how many reports were emitted.
func (b *Side) Reports() int { return b.reports }

// Confirmed says whether the end of every note reported so far is durable.
func (b *Side) Confirmed() bool { return b.confirms == b.reports }

// EmitStart reports Starting, once until the next rest.
func (b *Side) EmitStart() {
	b.unusable = ""
	if !b.starting {
		b.starting = true
		b.Emit(bill.Starting, 0, "")
	}
}

// EmitRest reports Disabled or Idling, once, if it is the rest that is wanted. Shut
// says that the device takes no note, open that it takes exactly those that are wanted.
// A Disabled device that takes no notes when enabled is reported Unusable once more.
func (b *Side) EmitRest(shut, open bool) {
	b.starting = false
	var k bill.Kind
	switch {
	case !b.Enabled && shut:
		k = bill.Disabled
	case b.Enabled && open:
		k = bill.Idling
		b.Setting, b.rescue = Backoff{}, Backoff{}
	default:
		b.Announced = 0
		return
	}
	if b.Announced == k {
		return
	}

	b.Announced = k
	b.Emit(k, 0, "")
	if b.unusable != "" {
		b.Emit(bill.Unusable, 0, b.unusable)
	}
}
