package port

import (
	"context"
	"errors"
)

// opened is the outcome of one attempt to open a port.
type opened struct {
	port Port
	err  error
}

// opener opens a port on a goroutine of its own, one attempt at a time. It is
// owned by one goroutine.
type opener struct {
	open   func(context.Context) (Port, error)
	result chan opened // capacity 1
	busy   bool
}

func (o *opener) start(ctx context.Context) {
	if o.busy {
		return
	}

	o.busy = true
	go func() {
		ctx, cancel := context.WithTimeout(ctx, OpenTimeout)
		defer cancel()
		p, err := o.open(ctx)
		if err == nil && p == nil {
			err = errors.New("cannot open port: opener returned none")
		}
		if err != nil {
			p = nil
		}
		o.result <- opened{port: p, err: err}
	}()
}

// wait returns the outcome of an attempt under way, or nothing.
func (o *opener) wait() opened {
	if !o.busy {
		return opened{}
	}
	o.busy = false
	return <-o.result
}
