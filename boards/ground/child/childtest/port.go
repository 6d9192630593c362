// Package childtest helps tests that start other people's programs.
package childtest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// The ports that FreePort gives lie below those that the system gives to outgoing connections
// and to who asks for any, and below those of the labs: a port stays free until the child
// that is told it listens there, and while it is started again.
const firstPort, lastPort = 10_000, 20_000

// FreePort is a port of 127.0.0.1 where nobody listens, for a child that must be told one.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			_ = ln.Close()

			return port
		}
	}
	t.Fatal("no port is free")

	return 0
}
