package peripherals

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/port"
)

// Errors of Borrow.
var (
	// ErrInUse means that something of the device is not settled: a note, or a report
	// that was not confirmed or not acknowledged; or that it is not heard.
	ErrInUse = errors.New("the device is in use, or not heard")
	// ErrNotLent means that the device's driver cannot tell whether it is settled.
	ErrNotLent = errors.New("the line of this device is not lent")
)

// settler is a driver that knows when its line may be taken without loss.
type settler interface{ Settled() bool }

// watchful tells each time its pump has come round whether the line may be taken.
type watchful[Cmd, Ev any] struct {
	hal.Engine[Cmd, Ev]
	of      settler
	settled *atomic.Bool
}

// Advance implements hal.Engine.
func (w watchful[Cmd, Ev]) Advance(now time.Time, rx []byte) ([]byte, []Ev) {
	tx, events := w.Engine.Advance(now, rx)
	w.settled.Store(w.of.Settled())
	return tx, events
}

// ask is somebody who wants the line.
type ask struct {
	answer chan error // capacity 1; nil error = it is theirs until back is closed
	back   chan struct{}
}

// berth is a line that can be lent.
type berth struct {
	driver  string
	way     way
	later   time.Duration // the driver begins so long after Run
	asks    chan ask
	settled atomic.Bool // as the driver said last
	lent    atomic.Bool
}

func newBerth(driver string, w way) *berth {
	return &berth{driver: driver, way: w, asks: make(chan ask)}
}

func (b *berth) grant(a ask) <-chan struct{} {
	b.lent.Store(true)
	b.settled.Store(false) // for anybody else
	a.answer <- nil
	return a.back
}

// open opens the line at a speed, for whoever has it.
func (b *berth) open(_ context.Context, baud int) (io.ReadWriteCloser, error) {
	if !b.lent.Load() {
		return nil, errors.New("the line is its driver's")
	}
	mode := b.way.mode
	mode.Baud = baud
	return port.OpenSerial(b.way.path, mode)
}

// Lendable reports whether Borrow would be granted, as the driver said last.
func (s *Set) Lendable(role string) bool {
	b := s.berths[role]
	return b != nil && b.settled.Load()
}

// Borrow takes the line of a device from its driver until release is called; the
// driver then begins anew. It fails with ErrInUse unless the driver says that nothing
// would be lost: the caller makes sure beforehand that nobody enables the device. It
// waits for the driver to stop, until ctx ends.
func (s *Set) Borrow(ctx context.Context, role string) (release func(), err error) {
	b := s.berths[role]
	switch {
	case b == nil:
		return nil, fmt.Errorf("%s: %w", role, ErrNotLent)
	case !b.settled.Load():
		return nil, fmt.Errorf("%s: %w", role, ErrInUse)
	}
	a := ask{make(chan error, 1), make(chan struct{})}
	select {
	case b.asks <- a:
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", role, ctx.Err())
	}
	if err := <-a.answer; err != nil {
		return nil, fmt.Errorf("%s: %w", role, err)
	}
	return func() {
		if b.lent.CompareAndSwap(true, false) {
			close(a.back)
		}
	}, nil
}
