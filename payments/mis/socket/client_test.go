package socket_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/socket"
)

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
	cfg.Addr = "mis:1"
	c, err := socket.New(cfg, dial)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDialFailureIsNotSent(t *testing.T) {
	refused := errors.New("refused")
	c := newClient(t, socket.Config{}, func(context.Context, string, string) (net.Conn, error) { return nil, refused })
	for i, want := range []mis.PostResult{{}, {}, {Outcome: mis.NotDone, Retry: true}, {}, {}} {
		got, err := c.Call(t.Context(), requests[i])
		if !errors.Is(err, socket.ErrNotSent) || !errors.Is(err, refused) {
			t.Errorf("%s: %v", requests[i].Op, err)
		}
		if got.Op != requests[i].Op || got.Post != want || got.Reverse != (mis.ReverseResult{}) || got.Query.Outcome != mis.Unknown {
			t.Errorf("%s: %+v, want %+v", requests[i].Op, got, want)
		}
	}
}

func TestUnwritableRequestIsNotSent(t *testing.T) {
	c := newClient(t, socket.Config{}, func(context.Context, string, string) (net.Conn, error) {
		t.Error("dialled")
		return nil, io.EOF
	})
	got, err := c.Call(t.Context(), mis.Request{Op: mis.OpPost})
	if want := (mis.PostResult{Outcome: mis.NotDone}); !errors.Is(err, socket.ErrNotSent) || got.Post != want {
		t.Errorf("%+v, %v", got.Post, err)
	}
}

func TestFailureAfterSendingIsUnknown(t *testing.T) {
	done := mis.Reply{Op: mis.OpPost, Post: mis.PostResult{Code: "1001", Amount: 12850, ToArrears: 12850}}
	right, err := socket.EncodeReply(postRequest, done)
	if err != nil {
		t.Fatal(err)
	}
	other := postRequest
	other.Payment.Serial = "20261123000000000002"
	wrong, err := socket.EncodeReply(other, done)
	if err != nil {
		t.Fatal(err)
	}
	after := func(answer []byte) func(net.Conn) {
		return func(c net.Conn) {
			if _, err := socket.ReadFrame(c); err == nil {
				_, _ = c.Write(answer)
			}
		}
	}
	for name, serve := range map[string]func(net.Conn){
		"closed at once":          func(net.Conn) {},
		"closed after first byte": func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) },
		"closed after request":    after(nil),
		"half a reply":            after(right[:len(right)/2]),
		"garbage":                 after([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")),
		"too long":                after([]byte("99999999")),
		"another's reply":         after(wrong),
		"another's, then ours":    after(append(append([]byte{}, wrong...), right...)),
	} {
		got, err := newClient(t, socket.Config{}, answering(serve)).Call(t.Context(), postRequest)
		if !errors.Is(err, socket.ErrNoReply) || got.Op != mis.OpPost || got.Post != (mis.PostResult{}) {
			t.Errorf("%s: %+v, %v; want unknown", name, got.Post, err)
		}
	}
	got, err := newClient(t, socket.Config{}, answering(after(right))).Call(t.Context(), postRequest)
	if err != nil || got.Post.Outcome != mis.Done {
		t.Errorf("right reply: %+v, %v", got.Post, err)
	}
}

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
		c := newClient(t, socket.Config{Timeout: 7 * time.Second, Calls: 1}, answering(silent))
		begun := time.Now()
		first := make(chan mis.Reply)
		go func() {
			reply, _ := c.Call(t.Context(), postRequest)
			first <- reply
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		got, err := c.Call(ctx, postRequest) // waits for a turn in vain
		if !errors.Is(err, socket.ErrNotSent) || !errors.Is(err, context.DeadlineExceeded) || got.Post.Outcome != mis.NotDone || !got.Post.Retry {
			t.Errorf("no turn: %+v, %v", got.Post, err)
		}
		if d := time.Since(begun); d != 3*time.Second {
			t.Errorf("no turn after %v, want 3s", d)
		}
		if got := <-first; got.Post != (mis.PostResult{}) {
			t.Errorf("silence: %+v, want unknown", got.Post)
		}
		if d := time.Since(begun); d != 7*time.Second {
			t.Errorf("silence ended after %v, want 7s", d)
		}
	})
}

func TestDialTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, socket.Config{DialTimeout: 2 * time.Second}, func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		begun := time.Now()
		got, err := c.Call(t.Context(), postRequest)
		if !errors.Is(err, socket.ErrNotSent) || got.Post.Outcome != mis.NotDone || time.Since(begun) != 2*time.Second {
			t.Errorf("%+v, %v after %v", got.Post, err, time.Since(begun))
		}
	})
}

func TestNewRefuses(t *testing.T) {
	for _, cfg := range []socket.Config{{}, {Addr: "a:1", Timeout: -1}, {Addr: "a:1", Calls: -1}, {Addr: "a:1", Dialect: socket.Dialect{Messages: []socket.Message{{}}}}} {
		if _, err := socket.New(cfg, nil); err == nil {
			t.Errorf("New(%+v): no error", cfg)
		}
	}
}
