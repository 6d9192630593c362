// Command kioskd is the kiosk: it drives the devices, serves the touch screen on
// loopback, keeps the journal and reports to head office. It exits 0 when it was
// told to stop, 2 for a wrong command line or configuration, and 3 when it must
// be started anew.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"wattkiosk/firmware/daemon"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	code := daemon.Main(ctx, version, os.Args, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
