package queue_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/payments/cardsystem/queue"
)

func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New(1, 1)
		first, err := q.Turn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan func())
		go func() {
			second, err := q.Turn(t.Context())
			if err != nil {
				t.Error(err)
			}
			got <- second
		}()
		synctest.Wait()
		if _, err := q.Turn(t.Context()); err == nil {
			t.Error("more wait than may")
		}

		first()
		second := <-got
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := q.Turn(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a turn that does not come: %v", err)
		}
		second()
		if _, err := q.Turn(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a call that is over: %v", err)
		}
		if again, err := q.Turn(t.Context()); err != nil {
			t.Errorf("a turn that was given back: %v", err)
		} else {
			again()
		}
	})
}

func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g queue.Gate
		rests := func(want time.Duration) {
			t.Helper()
			g.Note(false)
			if err := g.Pass(); !errors.Is(err, queue.ErrResting) {
				t.Errorf("after a failure: %v", err)
			}
			time.Sleep(want - time.Nanosecond)
			synctest.Wait()
			if err := g.Pass(); !errors.Is(err, queue.ErrResting) {
				t.Errorf("shortly before %v: %v", want, err)
			}
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			if err := g.Pass(); err != nil {
				t.Errorf("after %v: %v", want, err)
			}
		}

		for _, want := range []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second} {
			rests(want)
		}
		g.Note(true)
		rests(250 * time.Millisecond)
		g.Note(false)
		g.Close()
		time.Sleep(time.Minute)
		synctest.Wait()
		if err := g.Pass(); !errors.Is(err, queue.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	})
}

// TestDial: a dial that failed rests the gate, one that its call gave up says nothing of the
// other end, and leaves no connection behind.
func TestDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g queue.Gate
		closed := false
		late := func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()

			return conn{&closed}, nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if c, err := g.Dial(ctx, time.Minute, late, "tcp", "x"); c != nil || !errors.Is(err, context.DeadlineExceeded) || !closed {
			t.Errorf("of a call that is over: %v, %v, closed %v", c, err, closed)
		}

		refused := errors.New("connection refused")
		no := func(context.Context, string, string) (net.Conn, error) { return nil, refused }
		if _, err := g.Dial(t.Context(), time.Minute, no, "tcp", "x"); !errors.Is(err, refused) {
			t.Errorf("after one that was given up: %v", err)
		}
		if _, err := g.Dial(t.Context(), time.Minute, no, "tcp", "x"); !errors.Is(err, queue.ErrResting) {
			t.Errorf("after one that failed: %v", err)
		}
	})
}

// conn says that it was closed.
type conn struct{ closed *bool }

func (c conn) Close() error { *c.closed = true; return nil }

func (conn) Read([]byte) (int, error)         { return 0, net.ErrClosed }
func (conn) Write([]byte) (int, error)        { return 0, net.ErrClosed }
func (conn) LocalAddr() net.Addr              { return nil }
func (conn) RemoteAddr() net.Addr             { return nil }
func (conn) SetDeadline(time.Time) error      { return nil }
func (conn) SetReadDeadline(time.Time) error  { return nil }
func (conn) SetWriteDeadline(time.Time) error { return nil }
