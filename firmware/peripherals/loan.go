package peripherals

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/port"
)

// Errors of Borrow.
var (
	// ErrInUse means that something of the device is not settled: a note, or a report
	// that was not confirmed or not acknowledged; or that the device does not answer.
	ErrInUse = errors.New("the device is in use, or does not answer")
	// ErrNotLent means that the device's driver cannot say whether it is settled.
	ErrNotLent = errors.New("the line of this device is not lent")
)

// settler is a driver that knows when its line may be taken without loss.
type settler interface{ Settled() bool }

// lineRequest asks to borrow a line.
type lineRequest struct {
	answer chan error    // capacity 1; nil = the line is lent until back is closed
	back   chan struct{} // closed by the borrower
}

// lendable is a line that can be lent, and who has it.
type lendable struct {
	driver   string
	way      way
	flasher  bill.Flasher  // writes firmware over the line; nil = the device takes none
	later    time.Duration // the driver begins so long after Run
	requests chan lineRequest
	settled  atomic.Bool // as the driver said last
	lent     atomic.Bool
}

func newLendable(driver string, w way) *lendable {
	return &lendable{driver: driver, way: w, requests: make(chan lineRequest)}
}

// grant lends the line to whoever made the request.
func (l *lendable) grant(r lineRequest) (back <-chan struct{}) {
	l.lent.Store(true)
	l.settled.Store(false) // for anybody else
	r.answer <- nil
	return r.back
}

// open opens the line at a speed, for the borrower.
func (l *lendable) open(_ context.Context, baud int) (io.ReadWriteCloser, error) {
	if !l.lent.Load() {
		return nil, errors.New("the line is its driver's")
	}
	mode := l.way.mode
	mode.Baud = baud
	return port.OpenSerial(l.way.path, mode)
}

// Lendable reports whether Borrow would be granted, as the driver said last.
func (s *Set) Lendable(role string) bool {
	line := s.lendable[role]
	return line != nil && line.settled.Load()
}

// Borrow takes the line of a device from its driver until release is called; the
// driver is then rebuilt. It fails with ErrInUse unless the driver says that nothing
// would be lost: the caller makes sure beforehand that nobody enables the device. It
// waits for the driver to stop, until ctx ends.
func (s *Set) Borrow(ctx context.Context, role string) (release func(), err error) {
	line := s.lendable[role]
	switch {
	case line == nil:
		return nil, fmt.Errorf("%s: %w", role, ErrNotLent)
	case !line.settled.Load():
		return nil, fmt.Errorf("%s: %w", role, ErrInUse)
	}

	request := lineRequest{make(chan error, 1), make(chan struct{})}
	select {
	case line.requests <- request:
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", role, ctx.Err())
	}
	if err := <-request.answer; err != nil {
		return nil, fmt.Errorf("%s: %w", role, err)
	}

	return func() {
		if line.lent.CompareAndSwap(true, false) {
			close(request.back)
		}
	}, nil
}
