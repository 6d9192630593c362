// Command kioskctl is the technician's tool on the board, and against a lab with
// --dir. It asks the running kiosk over its control socket; where the kiosk does
// not run it reads the journal by itself. Every verb knows --json; it exits 0
// when all is well, 1 when not, 2 for a wrong command line.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/firmware/technician"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	code := technician.Main(ctx, version, os.Args[1:], cmdline.Screen(os.Stdout), cmdline.Screen(os.Stderr))
	stop()
	os.Exit(code)
}
