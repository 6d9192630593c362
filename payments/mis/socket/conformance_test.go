package socket_test

import (
	"net"
	"testing"
	"time"

	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/mistest"
	"wattkiosk/payments/mis/socket"
)

func TestConformance(t *testing.T) {
	mistest.Run(t, func(t *testing.T, sim *missim.Server, timeout time.Duration) mistest.Caller {
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
		c, err := socket.New(socket.Config{Addr: ln.Addr().String(), Timeout: timeout}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	})
}
