package source

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// limits are how long things may take.
type limits struct{ dial, silence, longest time.Duration }

func usual() limits { return limits{Dial, Silence, Longest} }

// watched is a connection that ends with a context, after the longest time, or when the
// other side lets one wait for too long.
type watched struct {
	net.Conn
	limits
	ctx    context.Context
	cancel func()
	quiet  *time.Timer // runs while somebody waits
}

// errSilent is why a connection was ended.
var errSilent = errors.New("the other side is silent")

func dial(ctx context.Context, addr string, l limits) (*watched, error) {
	d := net.Dialer{Timeout: l.dial}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	whole, stop := context.WithTimeout(ctx, l.longest)
	own, end := context.WithCancelCause(whole)
	w := &watched{Conn: conn, limits: l, ctx: own}
	w.quiet = time.AfterFunc(l.silence, func() { end(fmt.Errorf("%w for %s", errSilent, l.silence)) })
	unhook := context.AfterFunc(own, func() { _ = conn.Close() })
	w.cancel = func() {
		unhook()
		w.quiet.Stop()
		stop()
		end(nil)
	}

	return w, nil
}

// wait does what the other side is waited for in. An error that has a reason of ours says
// that one.
func (w *watched) wait(do func() error) error {
	w.quiet.Reset(w.silence)
	err := do()
	w.quiet.Stop()
	if cause := context.Cause(w.ctx); err != nil && cause != nil {
		return cause
	}

	return err
}

// Close implements io.Closer. That the connection has ended before is no error.
func (w *watched) Close() error {
	w.cancel()
	if err := w.Conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}

	return nil
}
