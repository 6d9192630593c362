package mistest

import (
	"net"
	"testing"
	"time"

	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/socket"
)

// Socket connects the socket client in dialect d, over TCP on this machine.
func Socket(d socket.Dialect) Connect {
	return func(t *testing.T, sim *missim.Server, timeout time.Duration) Caller {
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
		c, err := socket.New(socket.Config{
			Addr: ln.Addr().String(), Timeout: timeout, Dialect: d, Unit: socket.Unit{Collecting: "4301", Accounting: "430102"},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}
