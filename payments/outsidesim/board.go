package outsidesim

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Forever as a count keeps a fault on until it is cleared.
const Forever = -1

// Board holds which faults are on, by name. Any number of goroutines may use it.
type Board[F ~string] struct {
	names []F
	now   func() time.Time

	mu      sync.Mutex
	left    map[F]int // requests; negative is for ever
	until   map[F]time.Time
	changed chan struct{} // closed and replaced at each change
}

// NewBoard makes a board of these faults, all off. Its clock is now.
func NewBoard[F ~string](now func() time.Time, names ...F) *Board[F] {
	return &Board[F]{names: names, now: now, left: map[F]int{}, until: map[F]time.Time{}, changed: make(chan struct{})}
}

// Set turns a fault on until it is cleared, or off. It refuses an unknown name.
func (b *Board[F]) Set(f F, on bool) error {
	if on {
		return b.SetFor(f, Forever)
	}

	return b.SetFor(f, 0)
}

// SetFor turns a fault on for the next n requests that it applies to; 0 turns it off,
// Forever keeps it on.
func (b *Board[F]) SetFor(f F, n int) error {
	if !slices.Contains(b.names, f) {
		return fmt.Errorf("unknown fault %.32q", string(f))
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.until, f)
	b.set(f, n)

	return nil
}

// SetUntil turns a fault on until the board's clock reaches t.
func (b *Board[F]) SetUntil(f F, t time.Time) error {
	if err := b.SetFor(f, Forever); err != nil {
		return err
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	b.until[f] = t

	return nil
}

func (b *Board[F]) set(f F, n int) {
	if n == 0 {
		delete(b.left, f)
	} else {
		b.left[f] = n
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

// expire turns off what was on until now.
func (b *Board[F]) expire(f F) {
	if t, ok := b.until[f]; ok && !b.now().Before(t) {
		delete(b.until, f)
		b.set(f, 0)
	}
}

// Take reports whether a fault applies to this request, and counts it.
func (b *Board[F]) Take(f F) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expire(f)
	n := b.left[f]
	if n > 0 {
		b.set(f, n-1)
	}

	return n != 0
}

// On reports whether a fault is on.
func (b *Board[F]) On(f F) bool {
	on, _ := b.Watch(f)

	return on
}

// Watch reports whether a fault is on, with a channel that closes at the next change.
func (b *Board[F]) Watch(f F) (on bool, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expire(f)

	return b.left[f] != 0, b.changed
}

// Until waits until a fault is off, which for a counted fault means that the last request
// it applies to has been taken. It returns ctx's error if that ends first.
func (b *Board[F]) Until(ctx context.Context, f F) error {
	for {
		on, changed := b.Watch(f)
		if !on {
			return nil
		}

		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
