package outsidesim_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/payments/outsidesim"
)

type fault string

func TestBoard(t *testing.T) {
	now := time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)
	b := outsidesim.NewBoard(func() time.Time { return now }, fault("down"), fault("slow"))
	if err := b.Set("sunny", true); err == nil {
		t.Error("a fault that there is not was set")
	}
	taken := func(f fault, want ...bool) {
		t.Helper()
		for i, w := range want {
			if got := b.Take(f); got != w {
				t.Errorf("%s, request %d: %v", f, i+1, got)
			}
		}
	}
	set := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	taken("down", false)
	set(b.SetFor("down", 2))
	taken("slow", false)
	taken("down", true, true, false)
	set(b.Set("down", true))
	taken("down", true, true, true)
	set(b.Set("down", false))
	taken("down", false)

	set(b.SetUntil("slow", now.Add(time.Hour)))
	now = now.Add(time.Hour - time.Nanosecond)
	taken("slow", true)
	now = now.Add(time.Nanosecond)
	taken("slow", false)
	if b.On("slow") {
		t.Error("on beyond its time")
	}
}

func TestUntil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := outsidesim.NewBoard(time.Now, fault("down"))
		if err := b.SetFor("down", 2); err != nil {
			t.Fatal(err)
		}
		off := make(chan error, 1)
		go func() { off <- b.Until(t.Context(), "down") }()
		b.Take("down")
		synctest.Wait()
		select {
		case err := <-off:
			t.Fatalf("over after the first of two: %v", err)
		default:
		}
		b.Take("down")
		if err := <-off; err != nil {
			t.Error(err)
		}

		if err := b.Set("down", true); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Until(ctx, "down"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a fault that stays: %v", err)
		}
	})
}

// TestDown: while it is down nothing listens, what was open is closed, and it comes back
// at the same address.
func TestDown(t *testing.T) {
	b := outsidesim.NewBoard(time.Now, fault("down"))
	h := outsidesim.Host{
		Converse: func(_ context.Context, c net.Conn) { _, _ = io.Copy(c, c) },
		Down:     func() (bool, <-chan struct{}) { return b.Watch("down") },
	}
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan net.Addr, 2), make(chan error, 1)
	go func() { ended <- h.ListenAndServe(ctx, "127.0.0.1:0", func(a net.Addr) { ready <- a }) }()
	addr := (<-ready).String()
	echo := func() net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 1)
		_, bad := c.Write([]byte{7})
		if _, err := io.ReadFull(c, got); err != nil || bad != nil || got[0] != 7 {
			t.Fatalf("%v, %v, %v", got, bad, err)
		}

		return c
	}

	c := echo()
	if err := b.Set("down", true); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("a byte from what is down")
	}
	refused := false
	for range 10000 { // the listener is closed beside the connections, not before them
		c, err := net.Dial("tcp", addr)
		if refused = err != nil; refused {
			break
		}
		_ = c.Close()
	}
	if !refused {
		t.Error("it listens while it is down")
	}
	if err := b.Set("down", false); err != nil {
		t.Fatal(err)
	}
	if again := <-ready; again.String() != addr {
		t.Errorf("back at %s, was at %s", again, addr)
	}
	_ = echo().Close()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
