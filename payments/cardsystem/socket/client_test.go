package socket_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/socket"
	"wattkiosk/payments/cardsystem/socket/fixed"
	"wattkiosk/payments/cardsystem/socket/hn"
	"wattkiosk/payments/cardsystem/socket/s2"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
)

var (
	facts = metercard.Facts{Serial: "0000000000000001", Form: metercard.CPU, Kind: metercard.Purchase, Count: 4, Purse: 5000, Loaded: 4}
	sold  = metercard.Sold{Number: "SD1", Card: facts.Serial, Count: 5, Amount: 10000}
	sale  = cardsystem.Request{Op: cardsystem.OpSell, Payment: mis.Payment{
		Serial: "00000001010000000001", Account: "1000000003", Amount: 10000, BusinessDate: "20261130", Time: "20261130103000",
		Tender: "cash", Kiosk: "K0000001", Card: facts,
	}}
	question = cardsystem.Request{Op: cardsystem.OpAsk, Serial: "00000001010000000001"}
)

func plain(t *testing.T) *s2.Dialect {
	t.Helper()
	d, err := s2.New(s2.Config{})
	if err != nil {
		t.Fatal(err)
	}

	return d
}

func fields(t *testing.T) *fixed.Dialect {
	t.Helper()
	d, err := fixed.New(hn.Table())
	if err != nil {
		t.Fatal(err)
	}

	return d
}

// answering is a dial whose far end is serve, over a pipe.
func answering(serve func(net.Conn)) socket.DialFunc {
	return func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			defer func() { _ = far.Close() }()
			serve(far)
		}()

		return near, nil
	}
}

func newClient(t *testing.T, cfg socket.Config, dial socket.DialFunc) *socket.Client {
	t.Helper()
	cfg.Addr = "cards:1"
	c, err := socket.New(cfg, dial)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })

	return c
}

func TestDialFailureIsNotSent(t *testing.T) {
	refused := errors.New("refused")
	for _, d := range []socket.Dialect{plain(t), fields(t)} {
		for _, c := range []struct {
			ask  cardsystem.Request
			want mis.PostResult
		}{{sale, mis.PostResult{Outcome: mis.NotDone, Retry: true}}, {question, mis.PostResult{}}} {
			client := newClient(t, socket.Config{Dialect: d}, func(context.Context, string, string) (net.Conn, error) { return nil, refused })
			got, err := client.Call(t.Context(), c.ask)
			if !errors.Is(err, socket.ErrNotSent) || !errors.Is(err, refused) || got.Post != c.want || got.Op != c.ask.Op {
				t.Errorf("%s: %s: %+v, %v", d.Name(), c.ask.Op, got.Post, err)
			}
		}
	}
}

func TestRequestThatCannotBeSaidIsNotSent(t *testing.T) {
	for _, d := range []socket.Dialect{plain(t), fields(t)} {
		client := newClient(t, socket.Config{Dialect: d}, func(context.Context, string, string) (net.Conn, error) {
			t.Error("dialled")

			return nil, io.EOF
		})
		got, err := client.Call(t.Context(), cardsystem.Request{Op: cardsystem.OpSell})
		if want := (mis.PostResult{Outcome: mis.NotDone}); !errors.Is(err, socket.ErrNotSent) || got.Post != want {
			t.Errorf("%s: %+v, %v", d.Name(), got.Post, err)
		}
	}
}

// TestRest: after a failed dial nothing is dialled for a while that doubles.
func TestRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int32
		c := newClient(t, socket.Config{Dialect: plain(t)}, func(context.Context, string, string) (net.Conn, error) {
			dials.Add(1)

			return nil, errors.New("refused")
		})
		call := func(want int32) {
			t.Helper()
			if _, err := c.Call(t.Context(), question); !errors.Is(err, socket.ErrNotSent) {
				t.Errorf("call: %v", err)
			}
			if n := dials.Load(); n != want {
				t.Errorf("dialled %d times, want %d", n, want)
			}
		}

		call(1)
		call(1)
		time.Sleep(250 * time.Millisecond)
		synctest.Wait()
		call(2)
		time.Sleep(250 * time.Millisecond)
		synctest.Wait()
		call(2)
		time.Sleep(250 * time.Millisecond)
		synctest.Wait()
		call(3)
		for range 10 {
			time.Sleep(30 * time.Second)
			synctest.Wait()
			call(dials.Load() + 1)
		}
	})
}

// TestQueueIsBounded: what finds too many waiting is not sent, and says so at once.
func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
		c := newClient(t, socket.Config{Dialect: plain(t), Timeout: 7 * time.Second, Calls: 1, Queue: 1}, answering(silent))
		begun := time.Now()
		call := func(ctx context.Context) <-chan error {
			ended := make(chan error, 1)
			go func() {
				_, err := c.Call(ctx, sale)
				ended <- err
			}()
			synctest.Wait()

			return ended
		}
		underWay := call(t.Context())
		short, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		waits := call(short)

		got, err := c.Call(t.Context(), sale)
		if !errors.Is(err, socket.ErrNotSent) || got.Post.Outcome != mis.NotDone || !got.Post.Retry || time.Since(begun) != 0 {
			t.Errorf("the third: %+v, %v, after %v", got.Post, err, time.Since(begun))
		}
		if err := <-waits; !errors.Is(err, socket.ErrNotSent) || time.Since(begun) != 3*time.Second {
			t.Errorf("waiting: %v, after %v", err, time.Since(begun))
		}
		if err := <-underWay; !errors.Is(err, socket.ErrNoReply) || time.Since(begun) != 7*time.Second {
			t.Errorf("under way: %v, after %v", err, time.Since(begun))
		}
	})
}

// serveS2 answers each request of a connection by answer; nil is none.
func serveS2(d *s2.Dialect, answer func(id string, r cardsystem.Request) []byte) func(net.Conn) {
	return func(c net.Conn) {
		for {
			frame, err := d.ReadFrame(c)
			if err != nil {
				return
			}
			if _, beat, _ := d.Sort(frame); beat {
				_, err = c.Write(d.Beat())
			} else if id, r, bad := d.DecodeRequest(frame); bad == nil {
				_, err = c.Write(answer(id, r))
			}
			if err != nil {
				return
			}
		}
	}
}

func encoded(t *testing.T, d *s2.Dialect, id string, r cardsystem.Request) []byte {
	t.Helper()
	frame, err := d.EncodeReply(id, cardsystem.EchoOf(r), cardsystem.Reply{Op: r.Op, Post: mis.PostResult{Code: "0000", Amount: 10000, Sold: sold}})
	if err != nil {
		t.Fatal(err)
	}

	return frame
}

// TestLateAnswerIsNobodys: an answer that comes after its call gave up is dropped, and
// the connection serves the next call.
func TestLateAnswerIsNobodys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := plain(t)
		var (
			dials atomic.Int32
			held  []byte
		)
		serve := answering(serveS2(d, func(id string, r cardsystem.Request) []byte {
			if held == nil {
				held = encoded(t, d, id, r)

				return nil
			}

			return append(held, encoded(t, d, id, r)...)
		}))
		c := newClient(t, socket.Config{Dialect: d, Timeout: time.Second}, func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials.Add(1)

			return serve(ctx, network, addr)
		})
		if got, err := c.Call(t.Context(), sale); !errors.Is(err, socket.ErrNoReply) || !errors.Is(err, context.DeadlineExceeded) || got.Post != (mis.PostResult{}) {
			t.Errorf("silence: %+v, %v", got.Post, err)
		}
		if got, err := c.Call(t.Context(), question); err != nil || got.Post.Outcome != mis.Done || got.Post.Sold != sold {
			t.Errorf("the next call: %+v, %v", got.Post, err)
		}
		if n := dials.Load(); n != 1 {
			t.Errorf("dialled %d times", n)
		}
	})
}

// TestSilentLineIsGivenUp: a connection on which nothing comes, heartbeats neither, is
// closed, and the next call opens another.
func TestSilentLineIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := plain(t)
		var dials, beats atomic.Int32
		c := newClient(t, socket.Config{Dialect: d, Timeout: time.Second, Heartbeat: 10 * time.Second}, answering(func(c net.Conn) {
			if dials.Add(1) == 2 {
				serveS2(d, func(id string, r cardsystem.Request) []byte { return encoded(t, d, id, r) })(c)

				return
			}
			for {
				frame, err := d.ReadFrame(c)
				if err != nil {
					return
				}
				if _, beat, _ := d.Sort(frame); beat {
					beats.Add(1)
				}
			}
		}))
		if _, err := c.Call(t.Context(), sale); !errors.Is(err, socket.ErrNoReply) {
			t.Errorf("silence: %v", err)
		}
		time.Sleep(21 * time.Second)
		synctest.Wait()
		if n := beats.Load(); n < 1 || n > 2 {
			t.Errorf("%d heartbeats", n)
		}
		if got, err := c.Call(t.Context(), question); err != nil || got.Post.Outcome != mis.Done || dials.Load() != 2 {
			t.Errorf("on another connection: %+v, %v, dialled %d times", got.Post, err, dials.Load())
		}

		// Heartbeats that are answered keep it.
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if _, err := c.Call(t.Context(), question); err != nil || dials.Load() != 2 {
			t.Errorf("after five quiet minutes: %v, dialled %d times", err, dials.Load())
		}
	})
}

// TestUnusableAnswersAreUnknown: whatever comes from the first byte on, the outcome is
// open.
func TestUnusableAnswersAreUnknown(t *testing.T) {
	d := plain(t)
	other := sale
	other.Payment.Serial = "00000001010000000002"
	for name, serve := range map[string]func(net.Conn){
		"closed after first byte": func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) },
		"garbage":                 after(d, func(string) []byte { return []byte("HTTP/1.1 400 Bad Request\r\n\r\n") }),
		"too long":                after(d, func(string) []byte { return []byte{0, 0x85, 0x24, 0x56, 5, 0, 0xFF, 0xFF, 0xFF, 0xFF} }),
		"half an answer":          after(d, func(id string) []byte { return encoded(t, d, id, sale)[:40] }),
		"another's serial":        after(d, func(id string) []byte { return encoded(t, d, id, other) }),
		"not JSON":                after(d, func(string) []byte { return []byte{0, 0x85, 0x24, 0x56, 5, 0, 0, 0, 0, 1, '{'} }),
	} {
		got, err := newClient(t, socket.Config{Dialect: d}, answering(serve)).Call(t.Context(), sale)
		if !errors.Is(err, socket.ErrNoReply) || got.Op != cardsystem.OpSell || got.Post != (mis.PostResult{}) {
			t.Errorf("%s: %+v, %v; want unknown", name, got.Post, err)
		}
	}

	// One that is closed at once may be noticed before the first byte, which is known then.
	got, err := newClient(t, socket.Config{Dialect: d}, answering(func(net.Conn) {})).Call(t.Context(), sale)
	unsent := errors.Is(err, socket.ErrNotSent) && got.Post == cardsystem.NotSent(cardsystem.OpSell, true).Post
	if open := errors.Is(err, socket.ErrNoReply) && got.Post == (mis.PostResult{}); !unsent && !open {
		t.Errorf("closed at once: %+v, %v", got.Post, err)
	}

	got, err = newClient(t, socket.Config{Dialect: d}, answering(after(d, func(id string) []byte { return encoded(t, d, id, sale) }))).Call(t.Context(), sale)
	if err != nil || got.Post.Outcome != mis.Done || got.Post.Sold != sold {
		t.Errorf("right answer: %+v, %v", got.Post, err)
	}
}

// after reads one request and answers it.
func after(d *s2.Dialect, answer func(id string) []byte) func(net.Conn) {
	return func(c net.Conn) {
		frame, err := d.ReadFrame(c)
		if err != nil {
			return
		}
		if id, _, err := d.DecodeRequest(frame); err == nil {
			_, _ = c.Write(answer(id))
		}
	}
}

func TestClosedClientSendsNothing(t *testing.T) {
	for _, d := range []socket.Dialect{plain(t), fields(t)} {
		c := newClient(t, socket.Config{Dialect: d}, func(context.Context, string, string) (net.Conn, error) {
			t.Error("dialled")

			return nil, io.EOF
		})
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if _, err := c.Call(t.Context(), sale); !errors.Is(err, socket.ErrNotSent) {
			t.Errorf("%s: %v", d.Name(), err)
		}
	}
}

func TestConfig(t *testing.T) {
	for name, cfg := range map[string]socket.Config{
		"no address":       {Dialect: plain(t)},
		"no dialect":       {Addr: "cards:1"},
		"negative timeout": {Addr: "cards:1", Dialect: plain(t), Timeout: -1},
		"negative queue":   {Addr: "cards:1", Dialect: plain(t), Queue: -1},
	} {
		if _, err := socket.New(cfg, nil); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
