package wedge_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/hal/port"
	"wattkiosk/hal/scanner"
	"wattkiosk/hal/scanner/wedge"
)

// TestAdapterComesBack: a USB adapter vanishes in the middle of a code and comes back
// with the rest of it. The pump informs the driver, and no code is made of the halves.
func TestAdapterComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var devices []net.Conn
		var got []scanner.Event
		ctx, stop := context.WithCancel(t.Context())
		cmds, done := make(chan scanner.Command, 1), make(chan error)
		cmds <- scanner.Command{Op: scanner.Enable}
		go func() {
			done <- port.Run(ctx, func(context.Context) (port.Port, error) {
				host, device := net.Pipe()
				devices = append(devices, device)
				return host, nil
			}, wedge.New(), cmds, func(e scanner.Event) { got = append(got, e) }, time.Now, port.Options{})
		}()
		send := func(device int, text string) {
			if _, err := devices[device].Write([]byte(text)); err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}

		time.Sleep(time.Second)
		send(0, "1000000001\r\n")
		send(0, "10000")
		devices[0].Close()
		time.Sleep(200 * time.Millisecond)
		send(1, "00009\r\n")
		send(1, "1000000003\r\n")
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}

		want := []scanner.Event{code("1000000001"), torn, code("1000000003")}
		if !cmp.Equal(want, got) {
			t.Errorf("%d events: %v", len(got), got)
		}
	})
}
