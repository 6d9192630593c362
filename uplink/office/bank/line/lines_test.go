package line_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/bank/line"
)

// echo is the frame of an echo with that trace, without its length, and its heading.
func echo(t *testing.T, trace uint32) ([]byte, bank.Heading) {
	t.Helper()
	lab := pospsim.LabTerminal()
	at := posp.Terminal{ID: lab.ID, Merchant: lab.Merchant, Operator: "001", Scheme: posp.DoubleLength, TPDU: iso8583.TPDU{0x60, 1, 2, 3, 4}}
	frame, err := at.Append(nil, posp.Request{Op: posp.Echo, Batch: 1, Trace: trace}, nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := bank.Read(frame[2:])
	if err != nil {
		t.Fatal(err)
	}

	return frame[2:], h
}

// start runs lines until the test, or its bubble, ends.
func start(t *testing.T, n int, dial func(context.Context) (net.Conn, error)) *line.Lines {
	t.Helper()
	l := line.New(line.Config{Dial: dial, Lines: n, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := l.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})

	return l
}

// TestManyOverTwoLines: over sockets, each frame gets its own answer.
func TestManyOverTwoLines(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sim := pospsim.New(pospsim.Config{})
	go func() { _ = sim.Serve(t.Context(), ln) }()
	var d net.Dialer
	l := start(t, 2, func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", ln.Addr().String()) })
	var all sync.WaitGroup
	for trace := uint32(1); trace <= 60; trace++ {
		frame, h := echo(t, trace)
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			b, err := l.Carry(ctx, frame, h)
			if err != nil {
				t.Error(trace, err)

				return
			}
			if a, err := bank.Read(b); err != nil || a.Trace != trace || a.Type != 0x0830 || a.Code != "00" {
				t.Errorf("%d: %+v, %v", trace, a, err)
			}
		})
	}
	all.Wait()
}

// far is the other end of lines: what a test does with each connection.
type far func(conn net.Conn)

func (f far) dial(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go f(theirs)

	return ours, nil
}

// answers are the frames of a bank that answers all, each made by change if it has one.
func answers(t *testing.T, change func(m *iso8583.Message)) far {
	return func(conn net.Conn) {
		for {
			frame, err := iso8583.ReadFrame(conn, nil)
			if err != nil {
				return
			}
			if _, err := conn.Write(answerTo(t, frame, change)); err != nil {
				return
			}
		}
	}
}

func answerTo(t *testing.T, frame []byte, change func(m *iso8583.Message)) []byte {
	var asked, m iso8583.Message
	if err := asked.Decode(frame); err != nil {
		t.Error(err)
	}
	m.TPDU = asked.TPDU.Swap()
	m.Reset(asked.MTI.Answer())
	if change != nil {
		change(&m)
	}
	for f := range asked.Fields {
		if !m.Has(f) {
			m.SetText(f, asked.Text(f))
		}
	}
	out, err := m.AppendFrame(nil)
	if err != nil {
		t.Error(err)
	}

	return out
}

// TestAnswersOfAnother: an answer must name the swapped TPDU, the type, the terminal and
// the trace; what does not is a stray.
func TestAnswersOfAnother(t *testing.T) {
	for name, change := range map[string]func(*iso8583.Message){
		"trace":    func(m *iso8583.Message) { m.SetText(iso8583.Trace, "000777") },
		"terminal": func(m *iso8583.Message) { m.SetText(iso8583.Terminal, "10000009") },
		"type":     func(m *iso8583.Message) { m.MTI = 0x0810 },
		"TPDU":     func(m *iso8583.Message) { m.TPDU = m.TPDU.Swap() },
	} {
		synctest.Test(t, func(t *testing.T) {
			l := start(t, 1, answers(t, change).dial)
			frame, h := echo(t, 1)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if _, err := l.Carry(ctx, frame, h); !errors.Is(err, line.ErrNoAnswer) {
				t.Errorf("another %s: %v", name, err)
			}
			select {
			case s := <-l.Strays():
				if s.Terminal == h.Terminal && s.Trace == h.Trace && s.Type == 0x0830 && name != "TPDU" {
					t.Errorf("another %s: stray %+v", name, s)
				}
			default:
				t.Errorf("another %s: no stray", name)
			}
		})
	}
}

// TestWhatLeft: a frame of which a byte was written has left.
func TestWhatLeft(t *testing.T) {
	for n, want := range map[int]error{0: line.ErrUnsent, 1: line.ErrNoAnswer, 30: line.ErrNoAnswer} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dials := 0
				l := start(t, 1, func(ctx context.Context) (net.Conn, error) {
					conn, err := answers(t, nil).dial(ctx)
					if dials++; dials == 1 {
						return short{conn, n}, err
					}

					return conn, err
				})
				frame, h := echo(t, 1)
				if _, err := l.Carry(t.Context(), frame, h); !errors.Is(err, want) {
					t.Errorf("%v, want %v", err, want)
				}
				time.Sleep(time.Second) // the line is up again
				if _, err := l.Carry(t.Context(), frame, h); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// short is a connection that breaks after n bytes.
type short struct {
	net.Conn
	n int
}

func (s short) Write(b []byte) (int, error) {
	n, _ := s.Conn.Write(b[:s.n])

	return n, errors.New("broken")
}

// TestAlikeAtOnce: a frame whose answer could not be told from another's does not leave.
func TestAlikeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, 2, far(func(conn net.Conn) {
			frame, err := iso8583.ReadFrame(conn, nil)
			if err != nil {
				return
			}
			time.Sleep(5 * time.Second)
			_, _ = conn.Write(answerTo(t, frame, nil))
		}).dial)
		frame, h := echo(t, 1)
		first := make(chan error, 1)
		go func() {
			_, err := l.Carry(t.Context(), frame, h)
			first <- err
		}()
		synctest.Wait()
		if _, err := l.Carry(t.Context(), frame, h); !errors.Is(err, line.ErrUnsent) {
			t.Errorf("the second: %v", err)
		}
		if err := <-first; err != nil {
			t.Errorf("the first: %v", err)
		}
	})
}

// TestASilentLineIsCut: after some frames without an answer the line is made anew.
func TestASilentLineIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int64
		l := start(t, 1, func(ctx context.Context) (net.Conn, error) {
			if dials.Add(1) == 1 {
				return far(func(conn net.Conn) {
					for {
						if _, err := iso8583.ReadFrame(conn, nil); err != nil {
							return
						}
					}
				}).dial(ctx)
			}

			return answers(t, nil).dial(ctx)
		})
		frame, h := echo(t, 1)
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			if _, err := l.Carry(ctx, frame, h); !errors.Is(err, line.ErrNoAnswer) {
				t.Error(err)
			}
			cancel()
		}
		time.Sleep(time.Second)
		if _, err := l.Carry(t.Context(), frame, h); err != nil || dials.Load() != 2 {
			t.Errorf("%v after %d connections", err, dials.Load())
		}
	})
}

// TestAHastyKioskCutsNoLine: who waits for less than the bank needs ends no line that
// carries the frames of others.
func TestAHastyKioskCutsNoLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, 1, far(func(conn net.Conn) {
			for {
				frame, err := iso8583.ReadFrame(conn, nil)
				if err != nil {
					return
				}
				answer := answerTo(t, frame, nil)
				time.AfterFunc(2*time.Second, func() { _, _ = conn.Write(answer) })
			}
		}).dial)
		sale := make(chan error, 1)
		go func() {
			frame, h := echo(t, 1)
			_, err := l.Carry(t.Context(), frame, h)
			sale <- err
		}()
		synctest.Wait()
		var all sync.WaitGroup
		for trace := range uint32(4) {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
				defer cancel()
				frame, h := echo(t, 2+trace)
				_, _ = l.Carry(ctx, frame, h)
			})
		}
		all.Wait()
		if err := <-sale; err != nil {
			t.Error(err)
		}
	})
}

// TestTheBankIsAway: it is called with growing pauses, and a frame waits for a moment.
func TestTheBankIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int64
		var back atomic.Bool
		l := start(t, 1, func(ctx context.Context) (net.Conn, error) {
			dials.Add(1)
			if back.Load() {
				return answers(t, nil).dial(ctx)
			}

			return nil, errors.New("refused")
		})
		time.Sleep(time.Hour)
		if n := dials.Load(); n < 240 || n > 260 { // one in 15 seconds
			t.Errorf("%d calls in an hour", n)
		}
		frame, h := echo(t, 1)
		began := time.Now()
		if _, err := l.Carry(t.Context(), frame, h); !errors.Is(err, line.ErrUnsent) || time.Since(began) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		back.Store(true)
		time.Sleep(15 * time.Second)
		if _, err := l.Carry(t.Context(), frame, h); err != nil {
			t.Error(err)
		}
	})
}

// TestJunkOnTheLine: what cannot be read is dropped; what has no end cuts the line, and
// what it carried has no answer.
func TestJunkOnTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		junk := append([]byte{0, 30}, make([]byte, 30)...)
		l := start(t, 1, far(func(conn net.Conn) {
			frame, err := iso8583.ReadFrame(conn, nil)
			if err != nil {
				return
			}
			_, _ = conn.Write(junk)
			_, _ = conn.Write(answerTo(t, frame, nil))
			if _, err = iso8583.ReadFrame(conn, nil); err != nil {
				return
			}
			_, _ = conn.Write([]byte{0xFF, 0xFF})
		}).dial)
		frame, h := echo(t, 1)
		if _, err := l.Carry(t.Context(), frame, h); err != nil {
			t.Errorf("after junk: %v", err)
		}
		if _, err := l.Carry(t.Context(), frame, h); !errors.Is(err, line.ErrNoAnswer) {
			t.Errorf("after junk without an end: %v", err)
		}
	})
}
