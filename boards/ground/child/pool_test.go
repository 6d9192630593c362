package child_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/boards/ground/child"
)

// nursery plays the children of a pool.
type nursery struct {
	t    *testing.T
	pool *child.Pool

	mu      sync.Mutex
	begun   []time.Duration // starts, since the first
	first   time.Time
	alive   int
	most    int
	answer  func(word) (word, bool) // false: no answer, the child hangs
	refuse  error                   // of a start
	hello   child.Hello
	setup   word
	trouble []error
}

func newNursery(t *testing.T, children int) *nursery {
	n := &nursery{t: t, first: time.Now(), hello: child.Hello{Ready: true}, answer: func(w word) (word, bool) { return w, true }}
	n.pool = child.NewPool(child.Settings{
		Start: n.start, Setup: word{"setup"}, Children: children, MaxFrame: most,
		First: time.Second, Longest: 5 * time.Second,
		Trouble: func(err error) { n.mu.Lock(); defer n.mu.Unlock(); n.trouble = append(n.trouble, err) },
	})
	return n
}

func (n *nursery) start() (io.ReadWriteCloser, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.begun = append(n.begun, time.Since(n.first))
	if n.refuse != nil {
		return nil, n.refuse
	}
	near, far := net.Pipe()
	n.alive++
	n.most = max(n.most, n.alive)
	go n.live(far)
	return near, nil
}

func (n *nursery) live(c net.Conn) {
	defer func() { _ = c.Close(); n.mu.Lock(); n.alive--; n.mu.Unlock() }()
	if child.ReadFrame(c, &n.setup, most) != nil || child.WriteFrame(c, n.hello, most) != nil {
		return
	}
	for {
		var w word
		if child.ReadFrame(c, &w, most) != nil {
			return
		}
		if w.Say == "crash" {
			return
		}
		answer, ok := n.answer(w)
		if !ok {
			_, _ = io.Copy(io.Discard, c) // until it is killed
			return
		}
		if child.WriteFrame(c, answer, most) != nil {
			return
		}
	}
}

func (n *nursery) call(say string, limit time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(n.t.Context(), limit)
	defer cancel()
	var w word
	err := n.pool.Call(ctx, word{say}, &w, func() bool { return w.Say != "once" })
	return w.Say, err
}

func (n *nursery) close() {
	if err := n.pool.Close(); err != nil {
		n.t.Error(err)
	}
	synctest.Wait()
	if n.alive != 0 {
		n.t.Errorf("%d children outlive their pool", n.alive)
	}
}

func TestPoolKeepsAChild(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNursery(t, 2)
		for range 3 {
			if got, err := n.call("hello", time.Minute); err != nil || got != "hello" {
				t.Errorf("%q, %v", got, err)
			}
		}
		if len(n.begun) != 1 || n.setup.Say != "setup" {
			t.Errorf("%d starts with %q", len(n.begun), n.setup.Say)
		}
		if got, err := n.call("once", time.Minute); err != nil || got != "once" {
			t.Errorf("%q, %v", got, err)
		}
		synctest.Wait()
		if n.alive != 0 {
			t.Error("a child that is not sound is kept")
		}
		if _, err := n.call("hello", time.Minute); err != nil || len(n.begun) != 2 || n.begun[1] != 0 {
			t.Errorf("%v; starts at %v", err, n.begun)
		}
		time.Sleep(child.DefaultIdleTime)
		synctest.Wait()
		if n.alive != 0 {
			t.Error("a child is idle for ever")
		}
		if _, err := n.call("hello", time.Minute); err != nil {
			t.Error(err)
		}
		n.close()
		if _, err := n.call("hello", time.Minute); !errors.Is(err, child.ErrNotSent) || !errors.Is(err, child.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestPoolIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNursery(t, 3)
		defer n.close()
		n.answer = func(w word) (word, bool) { time.Sleep(time.Second); return w, true }
		begun := time.Now()
		var all sync.WaitGroup
		for range 9 {
			all.Go(func() {
				if _, err := n.call("hello", time.Minute); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n.most != 3 || len(n.begun) != 3 || time.Since(begun) != 3*time.Second {
			t.Errorf("%d children, %d starts, %v", n.most, len(n.begun), time.Since(begun))
		}
	})
}

// TestPoolSpacesStarts: a hang, a crash and a failed start double the wait, an answer
// forgets them.
func TestPoolSpacesStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNursery(t, 1)
		defer n.close()
		n.answer = func(w word) (word, bool) { return w, w.Say != "hang" }
		if _, err := n.call("hang", time.Second); !errors.Is(err, child.ErrLost) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("hang: %v", err)
		}
		if _, err := n.call("crash", time.Minute); !errors.Is(err, child.ErrLost) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("crash: %v", err)
		}
		no := errors.New("no")
		n.refuse = no
		if _, err := n.call("hello", time.Minute); !errors.Is(err, child.ErrNotSent) || !errors.Is(err, no) {
			t.Errorf("no start: %v", err)
		}
		n.refuse, n.hello = nil, child.Hello{Fatal: "no library\n"}
		if _, err := n.call("hello", time.Minute); !errors.Is(err, child.ErrNotSent) || err.Error() != "request reached no child: child does not start: it says no library?" {
			t.Errorf("fatal: %v", err)
		}
		n.hello = child.Hello{Ready: true}
		if _, err := n.call("hello", 3*time.Second); !errors.Is(err, child.ErrNotSent) {
			t.Errorf("no child within the time: %v", err)
		}
		time.Sleep(5 * time.Second) // the start goes on without the call
		synctest.Wait()
		starts := len(n.begun)
		if got, err := n.call("hello", time.Second); err != nil || got != "hello" || len(n.begun) != starts {
			t.Errorf("after them: %q, %v", got, err)
		}
		if _, err := n.call("crash", time.Second); !errors.Is(err, child.ErrLost) {
			t.Errorf("crash: %v", err)
		}
		if _, err := n.call("hello", time.Minute); err != nil {
			t.Error(err)
		}
		// At 0; one second of hanging and one of waiting; then 2, 4, 5 (at most); and 1 again.
		want := []time.Duration{0, 2, 4, 8, 13, 17}
		for i, at := range n.begun {
			if i >= len(want) || at != want[i]*time.Second {
				t.Errorf("starts at %v, want %v", n.begun, want)
				break
			}
		}
		if len(n.trouble) != 5 {
			t.Errorf("trouble %v", n.trouble)
		}
	})
}

// TestPoolReplacesADeadChild: what ended while it was idle got no request, and costs no
// call.
func TestPoolReplacesADeadChild(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNursery(t, 1)
		defer n.close()
		var last net.Conn
		start := n.start
		n.pool = child.NewPool(child.Settings{
			Setup: word{"setup"}, Children: 1, MaxFrame: most, First: time.Second,
			Start: func() (io.ReadWriteCloser, error) {
				c, err := start()
				last, _ = c.(net.Conn)
				return c, err
			},
		})
		if _, err := n.call("hello", time.Minute); err != nil {
			t.Fatal(err)
		}
		_ = last.Close()
		begun := time.Now()
		if got, err := n.call("hello", time.Minute); err != nil || got != "hello" || time.Since(begun) != time.Second {
			t.Errorf("%q, %v after %v", got, err, time.Since(begun))
		}
	})
}

func TestPoolTakesNoHugeRequest(t *testing.T) {
	n := newNursery(t, 1)
	if _, err := n.call(string(make([]byte, most)), time.Minute); !errors.Is(err, child.ErrNotSent) || len(n.begun) != 0 {
		t.Errorf("%v, %d starts", err, len(n.begun))
	}
}
