package cardsystemtest

import (
	"net"
	"testing"
	"time"

	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/cardsystem/socket"
)

// Socket connects the socket client in dialect d, over TCP on this machine.
func Socket(d socket.Dialect) Connect {
	return func(t *testing.T, sim *cardsystemsim.Server, timeout time.Duration) Caller {
		t.Helper()
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- sim.Serve(t.Context(), ln) }()
		t.Cleanup(func() { // the context is done by now
			if err := <-served; err != nil {
				t.Errorf("Serve: %v", err)
			}
		})

		c, err := socket.New(socket.Config{Addr: ln.Addr().String(), Timeout: timeout, Dialect: d}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })

		return c
	}
}
