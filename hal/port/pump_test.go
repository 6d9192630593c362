package port_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"wattkiosk/hal"
	"wattkiosk/hal/port"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// text is a command of echo.
type text string

func (c text) Refused(why error) string { return "refused " + string(c) + ": " + why.Error() }

// echo is a tiny engine: a command is sent, what comes back is an event, and
// silence for a second after something was sent is the event "silent".
type echo struct {
	tx      []byte
	waiting bool
	asked   time.Time
	wake    time.Time
	zero    bool // Wake is the zero time whenever a command waits: against the contract
	calls   int
	opened  int
}

func (e *echo) Opened(time.Time) { e.opened++ }

func (e *echo) Do(_ time.Time, cmd text) error {
	if cmd == "busy" {
		return hal.ErrBusy
	}
	e.tx = append(e.tx, cmd...)
	return nil
}

func (e *echo) Advance(now time.Time, rx []byte) (tx []byte, events []string) {
	e.calls++
	if len(rx) > 0 {
		e.waiting = false
		events = append(events, string(rx))
	}
	if e.waiting && now.Sub(e.asked) >= time.Second {
		e.waiting = false
		events = append(events, "silent")
	}
	if tx = e.tx; tx != nil {
		e.tx, e.waiting, e.asked = nil, true, now
	}
	e.wake = now.Add(5 * time.Second)
	if e.waiting {
		e.wake = e.asked.Add(time.Second)
	}
	return tx, events
}

func (e *echo) Wake() time.Time {
	if e.tx != nil {
		if e.zero {
			return time.Time{}
		}
		return hal.AtOnce()
	}
	return e.wake
}

// rig is a pump in a synctest bubble.
type rig struct {
	mu     sync.Mutex // guards events, errs, opens
	eng    *echo
	cmds   chan text
	events []string
	errs   []string
	opens  []time.Duration // since the start
	stop   func()
}

func start(t *testing.T, opts port.Options, open func(n int) (port.Port, error)) *rig {
	t.Helper()
	r := &rig{eng: &echo{}, cmds: make(chan text)}
	begin := time.Now()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	opts.OnError = func(err error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.errs = append(r.errs, err.Error())
	}
	go func() {
		done <- port.Run(ctx, func(context.Context) (port.Port, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.opens = append(r.opens, time.Since(begin))
			return open(len(r.opens))
		}, r.eng, r.cmds, func(e string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.events = append(r.events, e)
		}, time.Now, opts)
	}()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v, want nil", err)
		}
	}
	return r
}

func TestPumpEchoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, device := net.Pipe()
		r := start(t, port.Options{}, func(int) (port.Port, error) { return host, nil })
		synctest.Wait()
		r.cmds <- "hello"
		buf := make([]byte, 16)
		n, err := device.Read(buf)
		if err != nil || string(buf[:n]) != "hello" {
			t.Fatalf("device read %q, %v", buf[:n], err)
		}
		if _, err := device.Write([]byte("world")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.cmds <- "busy"
		synctest.Wait()
		r.stop()
		if !slices.Equal(r.events, []string{"world", "refused busy: " + hal.ErrBusy.Error()}) {
			t.Errorf("events %q", r.events)
		}
		if want := []string{"cannot do busy: " + hal.ErrBusy.Error()}; !slices.Equal(r.errs, want) {
			t.Errorf("errors %q, want %q", r.errs, want)
		}
		if _, err := device.Read(buf); err == nil {
			t.Error("port still open after Run returned")
		}
	})
}

// TestPumpTakesAZeroWakeForNow: commands that come one after another do not wait for
// a long sleep to end.
func TestPumpTakesAZeroWakeForNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, device := net.Pipe()
		r := start(t, port.Options{}, func(int) (port.Port, error) { return host, nil })
		defer r.stop()
		synctest.Wait()
		r.eng.zero = true
		for _, cmd := range []text{"a", "b"} {
			r.cmds <- cmd
			begin := time.Now()
			buf := make([]byte, 4)
			n, err := device.Read(buf)
			if err != nil || string(buf[:n]) != string(cmd) || time.Since(begin) > 10*time.Millisecond {
				t.Errorf("device read %q, %v after %v", buf[:n], err, time.Since(begin))
			}
		}
	})
}

func TestPumpSaysThatItTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, _ := net.Pipe()
		turns := 0
		r := start(t, port.Options{Turned: func() { turns++ }}, func(int) (port.Port, error) { return host, nil })
		time.Sleep(time.Minute)
		r.stop()
		if turns < 6 || turns != r.eng.calls {
			t.Errorf("%d turns in a minute, %d calls of the engine", turns, r.eng.calls)
		}
	})
}

func TestPumpIdleIsCheap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, _ := net.Pipe()
		r := start(t, port.Options{}, func(int) (port.Port, error) { return host, nil })
		time.Sleep(time.Minute)
		r.stop()
		if r.eng.calls > 13 { // one at the start, then one in 5 s
			t.Errorf("%d calls in an idle minute", r.eng.calls)
		}
	})
}

func TestPumpClosedCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, _ := net.Pipe()
		r := start(t, port.Options{}, func(int) (port.Port, error) { return host, nil })
		close(r.cmds)
		time.Sleep(time.Minute)
		r.stop()
		if r.eng.calls > 13 {
			t.Errorf("%d calls after the commands were closed", r.eng.calls)
		}
	})
}

func TestPumpBacksOffAndEngineReportsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := port.Options{MinBackoff: time.Second, MaxBackoff: 4 * time.Second}
		r := start(t, opts, func(int) (port.Port, error) { return nil, errors.New("no such line") })
		synctest.Wait()
		r.cmds <- "anyone"
		time.Sleep(16 * time.Second)
		r.stop()
		want := []time.Duration{0, 1, 3, 7, 11, 15}
		for i := range want {
			want[i] *= time.Second
		}
		if !slices.Equal(r.opens, want) {
			t.Errorf("opens at %v, want %v", r.opens, want)
		}
		if !slices.Equal(r.events, []string{"silent"}) {
			t.Errorf("events %q", r.events)
		}
		if !slices.Equal(r.errs, []string{"no such line"}) {
			t.Errorf("errors %q", r.errs)
		}
	})
}

func TestPumpJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := port.Options{MinBackoff: time.Second, MaxBackoff: time.Second, Jitter: func() float64 { return 0 }}
		r := start(t, opts, func(n int) (port.Port, error) { return nil, fmt.Errorf("no %d", n) })
		time.Sleep(1100 * time.Millisecond)
		r.stop()
		want := []time.Duration{0, 500 * time.Millisecond, time.Second}
		if !slices.Equal(r.opens, want) {
			t.Errorf("opens at %v, want %v", r.opens, want)
		}
		if len(r.errs) != 3 {
			t.Errorf("errors %q", r.errs)
		}
	})
}

func TestPumpReopensAfterHangUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var devices []net.Conn
		r := start(t, port.Options{MinBackoff: time.Second}, func(int) (port.Port, error) {
			host, device := net.Pipe()
			devices = append(devices, device)
			return host, nil
		})
		synctest.Wait()
		if _, err := devices[0].Write([]byte("one")); err != nil {
			t.Fatal(err)
		}
		devices[0].Close()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if _, err := devices[1].Write([]byte("two")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.stop()
		if !slices.Equal(r.events, []string{"one", "two"}) {
			t.Errorf("events %q", r.events)
		}
		if !slices.Equal(r.errs, []string{"port failed: line was hung up"}) {
			t.Errorf("errors %q", r.errs)
		}
		if r.eng.opened != 2 {
			t.Errorf("the engine was informed of %d ports, want 2", r.eng.opened)
		}
	})
}

// plugged is an echo that wants to know when it has no port.
type plugged struct {
	echo
	why  []string
	gone bool
}

func (e *plugged) Unplugged(_ time.Time, why error) { e.why, e.gone = append(e.why, why.Error()), true }

func (e *plugged) Advance(now time.Time, rx []byte) (tx []byte, events []string) {
	tx, events = e.echo.Advance(now, rx)
	if e.gone {
		events = append(events, "gone")
	}
	e.gone = false

	return tx, events
}

// TestPumpTellsThatThereIsNoPort: at once, of a port that fails and of each that cannot be
// opened.
func TestPumpTellsThatThereIsNoPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, device := net.Pipe()
		var ports []port.Port
		ports = append(ports, host)
		eng, cmds := &plugged{}, make(chan text)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		var events []string
		go func() {
			done <- port.Run(ctx, func(context.Context) (port.Port, error) {
				if len(ports) == 0 {
					return nil, errors.New("no such line")
				}
				p := ports[0]
				ports = nil
				return p, nil
			}, eng, cmds, func(e string) { events = append(events, e) }, time.Now, port.Options{MinBackoff: time.Second, MaxBackoff: time.Second})
		}()
		synctest.Wait()
		if _, err := device.Write([]byte("one")); err != nil {
			t.Fatal(err)
		}
		device.Close()
		synctest.Wait()
		if !slices.Equal(events, []string{"one", "gone"}) {
			t.Errorf("events %q", events)
		}
		time.Sleep(2500 * time.Millisecond)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v, want nil", err)
		}
		if !slices.Equal(events, []string{"one", "gone", "gone", "gone"}) || !slices.Equal(eng.why, []string{"port failed: line was hung up", "no such line", "no such line"}) {
			t.Errorf("events %q, because %q", events, eng.why)
		}
	})
}

func TestPumpStalledWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := port.Options{WriteTimeout: 3 * time.Second, MinBackoff: 8 * time.Second, MaxBackoff: 8 * time.Second}
		r := start(t, opts, func(int) (port.Port, error) {
			host, _ := net.Pipe() // nobody reads
			return host, nil
		})
		synctest.Wait()
		r.cmds <- "hello"
		time.Sleep(2900 * time.Millisecond)
		synctest.Wait()
		r.mu.Lock()
		if len(r.errs) != 0 || !slices.Equal(r.events, []string{"silent"}) {
			t.Errorf("before the time-out: errors %q, events %q", r.errs, r.events)
		}
		r.mu.Unlock()
		time.Sleep(200 * time.Millisecond)
		r.stop()
		if len(r.errs) != 1 {
			t.Errorf("errors %q", r.errs)
		}
	})
}

func TestPumpStopsWhileOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		host, device := net.Pipe()
		done := make(chan error, 1)
		go func() {
			done <- port.Run(ctx, func(ctx context.Context) (port.Port, error) {
				<-ctx.Done()
				return host, nil // late, yet open
			}, &echo{}, nil, func(string) {}, time.Now, port.Options{})
		}()
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if _, err := device.Read(make([]byte, 1)); err == nil {
			t.Error("late port was not closed")
		}
	})
}

func TestRunNeedsItsArguments(t *testing.T) {
	err := port.Run[text, string](t.Context(), nil, &echo{}, nil, func(string) {}, time.Now, port.Options{})
	if err == nil {
		t.Error("Run without open: no error")
	}
}
