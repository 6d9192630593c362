package journal

import (
	"context"
	"fmt"
)

// Wait returns nil as soon as there is a durable record with a number above
// after. Any number of goroutines may wait. It answers ErrClosed or ErrBroken
// when the journal comes to that, and the context's error.
func (j *Journal) Wait(ctx context.Context, after uint64) error {
	for {
		grown, err := j.beyond(after)
		if grown == nil {
			return err
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return fmt.Errorf("cannot wait for record %d: %w", after+1, context.Cause(ctx))
		}
	}
}

// beyond answers nil, nil when there is such a record, else what to wait for.
func (j *Journal) beyond(after uint64) (<-chan struct{}, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.closed:
		return nil, ErrClosed
	case j.c.head.Seq > after:
		return nil, nil
	case j.broken != nil:
		return nil, j.broken
	}
	if j.grown == nil {
		j.grown = make(chan struct{})
	}
	return j.grown, nil
}
