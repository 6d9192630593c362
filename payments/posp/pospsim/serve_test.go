package pospsim_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/pospsim"
)

// serve puts a bank on a port until the test ends. The address comes each time that it
// begins to listen.
func serve(t *testing.T, b *pospsim.Bank) <-chan net.Addr {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready := make(chan net.Addr, 10)
	done := make(chan error, 1)
	go func() { done <- b.ListenAndServe(ctx, "127.0.0.1:0", func(a net.Addr) { ready <- a }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return ready
}

func dial(t *testing.T, addr net.Addr) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func over(t *testing.T, conn net.Conn) func(frame []byte) []byte {
	return func(frame []byte) []byte {
		if _, err := conn.Write(frame); err != nil {
			t.Error(err)
			return nil
		}
		answer, err := iso8583.ReadFrame(conn, nil)
		if err != nil {
			t.Error(err)
		}
		return answer
	}
}

// TestManyTerminals: each on a connection of its own, at the same time.
func TestManyTerminals(t *testing.T) {
	const terminals, sales = 8, 20
	cfg := pospsim.Config{}
	for i := range terminals {
		x := pospsim.LabTerminal()
		x.ID = fmt.Sprintf("1000000%d", i)
		x.Master[0] = byte(i)
		cfg.Terminals = append(cfg.Terminals, x)
	}
	b := newBank(cfg)
	addr := <-serve(t, b)
	var all sync.WaitGroup
	for i := range terminals {
		c := &client{t: t, terminal: cfg.Terminals[i], send: over(t, dial(t, addr))}
		all.Go(func() {
			c.signIn("003")
			for n := range sales {
				if code := c.code(0x0200, c.sale(fmt.Sprintf("%06d", n+2), bank1, "000000000100")); code != "00" {
					t.Errorf("terminal %d, sale %d: %s", i, n, code)
				}
			}
		})
	}
	all.Wait()
	l := b.Ledger()
	if err := l.Audit(); err != nil || len(l.Entries) != terminals*sales || balance(t, b, "bank-1") != 10_000_000-100*terminals*sales {
		t.Errorf("%d entries, %v", len(l.Entries), err)
	}
}

func TestCutConnection(t *testing.T) {
	b := newBank(pospsim.Config{})
	conn := dial(t, <-serve(t, b))
	c := &client{t: t, terminal: pospsim.LabTerminal(), send: over(t, conn)}
	c.signIn("003")
	if err := b.SetFor(pospsim.Cut, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(c.frame(0x0200, c.sale("000002", bank1, "000000001000"))); err != nil {
		t.Fatal(err)
	}
	if _, err := iso8583.ReadFrame(conn, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
	if len(b.Ledger().Entries) != 1 {
		t.Error("not booked")
	}
}

func TestBytesThatAreNoFrameEndTheConnection(t *testing.T) {
	addr := <-serve(t, newBank(pospsim.Config{}))
	for _, b := range []string{"\x00\x00", "\xff\xff", "\x00\x15" + "this is not a frame!!"} {
		conn := dial(t, addr)
		if _, err := io.WriteString(conn, b); err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("%q: answered", b)
		}
	}
}

// TestDown: nothing listens while the bank is down, and it is there again after.
func TestDown(t *testing.T) {
	b := newBank(pospsim.Config{})
	listens := serve(t, b)
	conn := dial(t, <-listens)
	if err := b.Set(pospsim.Down, true); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection stays")
	}
	if err := b.Set(pospsim.Down, false); err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, terminal: pospsim.LabTerminal(), send: over(t, dial(t, <-listens))}
	c.signIn("003")
}

// TestUntil: a counted fault is over when the last request it applies to was handled.
func TestUntil(t *testing.T) {
	b := newBank(pospsim.Config{})
	c := connect(t, b)
	if err := b.SetFor(pospsim.NoReply, 1); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- b.Until(t.Context(), pospsim.NoReply) }()
	b.Handle(c.frame(0x0200, c.sale("000002", bank1, "000000001000")))
	if err := <-done; err != nil {
		t.Error(err)
	}

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Set(pospsim.Slow, true); err != nil {
		t.Fatal(err)
	}
	if err := b.Until(ended, pospsim.Slow); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
