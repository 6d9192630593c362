// Command wattkiosk is kioskd, kioskctl and halsmoke in one file, for a board: they
// share most of their code. It is what the name says that it is called by, so the board
// has links of these names to it. Under another name it exits 2.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/firmware/daemon"
	"wattkiosk/firmware/technician"
	"wattkiosk/hal/smoke"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	code := run(ctx, os.Args, os.Stdin, cmdline.Screen(os.Stdout), cmdline.Screen(os.Stderr))
	stop()
	os.Exit(code)
}

// run is the command that args begins with. It returns its exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	switch filepath.Base(args[0]) {
	case "kioskd":
		return daemon.Main(ctx, version, args, out, errs)
	case "kioskctl":
		return technician.Main(ctx, version, args[1:], out, errs)
	case "halsmoke":
		return smoke.Main(ctx, args[1:], in, out, errs)
	}
	fmt.Fprintln(errs, "wattkiosk: call it by a link named kioskd, kioskctl or halsmoke")
	return 2
}
