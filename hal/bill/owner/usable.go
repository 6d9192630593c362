package owner

import (
	"time"

	"wattkiosk/hal/bill"
)

// OpenMax is how long a device may take to come to the rest that is wanted, with no note
// in its path and no fault that explains the delay.
const OpenMax = 15 * time.Second

// Reasons of bill.Unusable, besides bill.ErrValues.
const (
	notOpening = "does not open"
	notClosing = "does not close"
	notResting = "does not come to rest"
)

// EmitNoValues reports that the device has none of the values.
func (b *Side) EmitNoValues() { b.EmitUnusable(bill.ErrValues.Error()) }

// EmitUnusable reports why the device takes no notes, once as long as it stands.
func (b *Side) EmitUnusable(why string) {
	if b.unusable != why {
		b.unusable = why
		b.Emit(bill.Unusable, 0, why)
	}
}

// Rested notes that the device is at rest, and so has done with the RESETs that were
// sent: one that ignores them again and again need not obey any more.
func (b *Side) Rested(reset *Backoff) {
	if reset.Tries >= Quick {
		b.ResetWanted = false
	}
	if !b.ResetWanted {
		*reset = Backoff{}
	}
}

// Watch reports a device that does not come to the rest that is wanted, though nothing
// that it reported keeps it from it. Busy says that a note is in its path, resting that
// it could be reset now: one that does not open is reset, ever less often.
func (b *Side) Watch(now time.Time, busy, resting bool) {
	if b.unusable == notOpening && resting && b.rescue.Due(now) {
		b.rescue.UsedReset(now)
		b.ResetWanted = true
	}

	switch {
	case busy, b.Announced != 0, !b.Confirmed(), b.explained():
		b.late = time.Time{}
	case b.late.IsZero():
		b.late = now
	case now.Sub(b.late) < OpenMax:
	case !resting:
		b.Emit(bill.Unusable, 0, notResting)
	case b.Enabled:
		b.EmitUnusable(notOpening)
	default:
		b.Emit(bill.Unusable, 0, notClosing)
	}
}

// explained says that the newest event tells why the device is not at rest, or that it
// takes no notes.
func (b *Side) explained() bool {
	switch b.last {
	case 0, bill.Disabled, bill.Idling, bill.Accepting, bill.Stacked, bill.Returned, bill.Rejected, bill.Cheated:
		return false
	}
	return true
}
