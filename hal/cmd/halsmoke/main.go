// Command halsmoke exercises one real device with a person watching; package smoke
// says how. It exits 0 at the end of input or quit, 1 when the device cannot be opened
// at all, 2 for a wrong command line.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"wattkiosk/hal/smoke"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	code := smoke.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
