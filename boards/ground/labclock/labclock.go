// Package labclock is the one clock of a lab's programs, which the lab shifts while they run:
// for what happens at two in the night, or when something expires. The shift stands in a file
// of eight bytes, milliseconds in big endian, whose name the lab gives its programs in their
// environment.
//
// It refuses nothing by itself: a program asks it only where it is sure to be in a lab, so
// that no environment shifts the clock of a real kiosk or head office.
package labclock

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"time"
)

// Env names the file of the shift.
const Env = "KIOSKLAB_CLOCK"

const size = 8

// lookEvery is how often Watch looks at the file.
const lookEvery = 100 * time.Millisecond

// Clock is the machine's clock, shifted. A nil Clock is not. Its methods may be called from
// any goroutine.
type Clock struct{ f *os.File }

// Open is the clock of a file; nil without a name, or where the file cannot be read.
func Open(path string) *Clock {
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}

	return &Clock{f}
}

// Shift is how far the clock is ahead of the machine's.
func (c *Clock) Shift() time.Duration {
	if c == nil {
		return 0
	}
	var b [size]byte
	if _, err := c.f.ReadAt(b[:], 0); err != nil {
		return 0
	}

	return time.Duration(int64(binary.BigEndian.Uint64(b[:]))) * time.Millisecond
}

// Now is the time by the clock.
func (c *Clock) Now() time.Time { return time.Now().Add(c.Shift()) }

// Watch calls f each time the shift has changed, until ctx ends. Of a nil Clock it never does.
func (c *Clock) Watch(ctx context.Context, f func()) {
	if c == nil {
		return
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for last := c.Shift(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := c.Shift(); now != last {
			last = now
			f()
		}
	}
}

// Set writes a shift for all who have the clock open.
func Set(path string, shift time.Duration) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("cannot shift the clock: %w", err)
	}
	var b [size]byte
	binary.BigEndian.PutUint64(b[:], uint64(shift.Milliseconds()))
	if _, err := f.WriteAt(b[:], 0); err != nil {
		_ = f.Close() // the first error says it

		return fmt.Errorf("cannot shift the clock: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("cannot shift the clock: %w", err)
	}

	return nil
}
