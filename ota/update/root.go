package update

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/ota/slot"
)

// EntryChanged is in the history when a root turned out to be another than the signed
// one, and a slot was given up for it.
const EntryChanged = "root-changed"

// ErrRoot tells that the running root cannot be read whole: it was changed on the disk,
// or the disk fails. The next start looks at it closely.
var ErrRoot = errors.New("the running root cannot be read whole")

const (
	rootStretch = 1 << 20
	rootPause   = 50 * time.Millisecond // after each stretch, for others
)

// ReadRoot reads all of the running root by the device that the kernel checks it with,
// without haste. A part that cannot be read is ErrRoot. It needs no lock.
func ReadRoot(ctx context.Context, root io.Reader) error {
	err := readSlowly(ctx, root)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", ErrRoot, err)
	}
	return err
}

// EndStart keeps what ReadRoot found. If the root was read whole, this start is one that
// was seen to its end (slot.Start), and what was found out before about another root goes
// into the history; else the next start will read it ahead of everything.
func (b *Board) EndStart(whole bool) error {
	d, err := b.Disks.Open("state")
	if err != nil {
		return err
	}
	defer d.Close()
	before, err := slot.ReadStart(d)
	if err != nil {
		return err
	}
	if !whole {
		return slot.WriteStart(d, slot.Start{Begun: b.Running.Slot, Changed: before.Changed})
	}
	if before.Changed != "" {
		if err := b.recordChanged(before.Changed); err != nil {
			return err
		}
	}
	if before == (slot.Start{}) {
		return nil
	}
	return slot.WriteStart(d, slot.Start{})
}

// recordChanged writes down that a slot holds nothing of use any more.
func (b *Board) recordChanged(n slot.Name) error {
	e := Entry{What: EntryChanged, From: b.Release.Version, Detail: fmt.Sprintf("the root of slot %s is not the one that was signed; slot %s runs", n, b.Running.Slot)}
	if err := b.Record(e); err != nil {
		return err
	}
	if n == b.Running.Slot {
		return nil
	}
	return b.setSlot(n, nil)
}

func readSlowly(ctx context.Context, r io.Reader) error {
	buf := make([]byte, rootStretch)
	for {
		switch _, err := io.ReadFull(r, buf); {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
		if err := backoff.Pause(ctx, rootPause); err != nil {
			return err
		}
	}
}
