package journal

import (
	"errors"
	"fmt"
)

// Errors a caller may branch on.
var (
	// ErrFull means that the free space is below the reserve. Nothing was
	// written; it clears by itself.
	ErrFull = errors.New("journal has no space")
	// ErrBroken means that a commit failed: whether its data is durable is not
	// known, and nothing is written any more until the process is restarted.
	ErrBroken = errors.New("journal is broken")
	// ErrClosed means that Close was called.
	ErrClosed = errors.New("journal is closed")
	// ErrReadOnly means a write to a journal from OpenReadOnly.
	ErrReadOnly = errors.New("journal is read-only")
	// ErrLocked means that another opener has the directory.
	ErrLocked = errors.New("journal is in use by another process")
	// ErrKey means that the journal is encrypted with another key, or not
	// encrypted, or that it is and no key was given.
	ErrKey = errors.New("journal key does not fit")
	// ErrIdentity means that the journal is of another kiosk or incarnation.
	ErrIdentity = errors.New("journal is of another kiosk")
	// ErrCorrupt means that what is stored is not what was written.
	ErrCorrupt = errors.New("journal is corrupt")
	// ErrLost means that a journal of this kiosk and incarnation had come further
	// than the one in the directory, which is empty, or was put back from a copy.
	// To go on would use numbers a second time. A new incarnation may begin.
	ErrLost = errors.New("journal is gone or older than it was")
	// ErrTrimmed means a read below the first record that is still stored.
	ErrTrimmed = errors.New("record was trimmed")
	// ErrAckMismatch means that head office acknowledged what this kiosk did not
	// write. Nothing was changed.
	ErrAckMismatch = errors.New("acknowledgement does not match the journal")
	// ErrAckBeyond is the ErrAckMismatch of a record above the head: this journal
	// was rolled back, or is a copy, and another has gone on.
	ErrAckBeyond = fmt.Errorf("%w: it is above the head", ErrAckMismatch)
	// ErrTooLarge means more than one call may write.
	ErrTooLarge = errors.New("too much for one append")
	// ErrNoState means that no value is stored under the key.
	ErrNoState = errors.New("no such state")
)
