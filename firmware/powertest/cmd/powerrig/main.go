// Command powerrig cuts the power of the journal, of head office's books and of every
// small file that must last, again and again, and checks what is found afterwards. See
// firmware/powertest.
//
// It ends with 1 if anything that was promised was lost, if anything would not open
// again, or if it did not find a lie that was told on purpose.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"wattkiosk/firmware/powertest/cutdisk"
)

const diskSize = 640 << 20

func main() {
	if len(os.Args) > 1 && os.Args[1] == "duty" {
		os.Exit(work(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := rig(ctx, os.Args[1:]); {
	case errors.Is(err, errSkipped):
		fmt.Println(err)
	case err != nil:
		fmt.Fprintln(os.Stderr, "powerrig:", err)
		os.Exit(1)
	}
}

// errSkipped means that this machine cannot run the rig.
var errSkipped = errors.New("******** POWER CUTS ARE NOT TESTED HERE")

// usable says what the machine lacks.
func usable() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("%w: it takes root", errSkipped)
	}
	for device, number := range map[string]uint64{"/dev/fuse": unix.Mkdev(10, 229), "/dev/loop-control": unix.Mkdev(10, 237)} {
		if _, err := os.Stat(device); err != nil { // as in a container
			_ = unix.Mknod(device, unix.S_IFCHR|0o600, int(number))
		}
		f, err := os.OpenFile(device, os.O_RDWR, 0)
		if err != nil {
			return fmt.Errorf("%w: %w", errSkipped, err)
		}
		_ = f.Close()
	}
	for _, tool := range []string{"mke2fs", "e2fsck", "losetup"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%s is not installed: run .ci/install", tool)
		}
	}
	return nil
}

func rig(ctx context.Context, args []string) error {
	fl := flag.NewFlagSet("powerrig", flag.ContinueOnError)
	seconds := fl.Int("seconds", 60, "how long to go on")
	seed := fl.Uint64("seed", uint64(time.Now().UnixNano())%1_000_000, "of the choices")
	keep := fl.String("keep", "", "folder for disks on which something was missing")
	only := fl.String("only", "", "run one row of the table")
	verbose := fl.Bool("v", false, "say what duties log")
	if err := fl.Parse(args); err != nil {
		return err
	}
	if err := usable(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "powerrig")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	blank := filepath.Join(dir, "blank")
	if err := cutdisk.Format(blank, diskSize); err != nil {
		return err
	}
	disk, err := cutdisk.Load(blank)
	if err != nil {
		return err
	}
	b := bench{dir: dir, keep: *keep, blank: disk, log: io.Discard}
	if *verbose {
		b.log = os.Stderr
	}

	fmt.Printf("power cuts, %d s, seed %d\n", *seconds, *seed)
	return b.run(ctx, *seed, time.Duration(*seconds)*time.Second, *only)
}
