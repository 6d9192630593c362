// Package queue bounds the calls of a client: how many are under way, how many wait, and
// how soon is dialled after a dial failed.
package queue

import (
	"context"
	"fmt"
)

// Queue hands out turns. Any number of goroutines may use it.
type Queue struct {
	turns chan struct{} // calls under way
	all   chan struct{} // and those that wait
}

// New makes a queue of at most calls at a time, and waiting more that wait.
func New(calls, waiting int) *Queue {
	return &Queue{turns: make(chan struct{}, calls), all: make(chan struct{}, calls+waiting)}
}

// Turn waits for a turn until ctx ends; it fails at once where too many wait already. The
// caller gives its turn back.
func (q *Queue) Turn(ctx context.Context) (giveBack func(), err error) {
	select {
	case q.all <- struct{}{}:
	default:
		return nil, fmt.Errorf("%d calls wait already", cap(q.all)-cap(q.turns))
	}

	select {
	case q.turns <- struct{}{}:
	case <-ctx.Done():
		<-q.all

		return nil, fmt.Errorf("no turn among %d calls: %w", cap(q.turns), ctx.Err())
	}
	giveBack = func() {
		<-q.turns
		<-q.all
	}
	if ctx.Err() != nil { // it was over before it began
		giveBack()

		return nil, ctx.Err()
	}

	return giveBack, nil
}
