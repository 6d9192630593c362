package missim_test

import (
	"context"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/socket"
)

// TestListenAndServe goes down, where connections are refused and a post is
// surely not sent, and comes up again at the same address.
func TestListenAndServe(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithCancel(t.Context())
	s := missim.New(missim.Config{Now: fixed, Slow: time.Hour})
	ready := make(chan net.Addr)
	done := make(chan error, 1)
	go func() { done <- s.ListenAndServe(ctx, "127.0.0.1:0", func(a net.Addr) { ready <- a }) }()
	addr := (<-ready).String()
	c, err := socket.New(socket.Config{Addr: addr, Timeout: 20 * time.Second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Call(ctx, post("S1", "1000000002", 100)); err != nil || got.Post.Outcome != mis.Done {
		t.Fatalf("%+v, %v", got.Post, err)
	}
	if err := s.Set(missim.Down, true); err != nil {
		t.Fatal(err)
	}
	for { // until the listener is closed
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		_ = conn.Close()
	}
	if got, err := c.Call(ctx, post("S2", "1000000002", 100)); err == nil || got.Post.Outcome != mis.NotDone || !got.Post.Retry {
		t.Errorf("down: %+v, %v", got.Post, err)
	}
	if err := s.Set(missim.Down, false); err != nil {
		t.Fatal(err)
	}
	if again := (<-ready).String(); again != addr {
		t.Errorf("back at %s, was at %s", again, addr)
	}
	if got, err := c.Call(ctx, post("S2", "1000000002", 100)); err != nil || got.Post.Outcome != mis.Done {
		t.Errorf("up again: %+v, %v", got.Post, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
