package usb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// maxEvent bounds a message of the kernel, in bytes.
const maxEvent = 16 << 10

// kernelGroup is the multicast group of the kernel's own messages.
const kernelGroup = 1

// isBlock reports whether a message of the kernel is about a block device
// (kobject_uevent: "ACTION@PATH", then "NAME=value" strings, each ended by a zero
// byte).
func isBlock(msg []byte) bool {
	head, rest, ok := bytes.Cut(msg, []byte{0})
	if !ok || !bytes.Contains(head, []byte("@/")) {
		return false
	}
	for v := range bytes.SplitSeq(rest, []byte{0}) {
		if string(v) == "SUBSYSTEM=block" {
			return true
		}
	}
	return false
}

// uevents calls changed at each message about a block device, and when messages
// were lost, until ctx ends.
func uevents(ctx context.Context, changed func()) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return fmt.Errorf("cannot hear the kernel's events: %w", err)
	}
	f := os.NewFile(uintptr(fd), "uevent")
	defer f.Close()
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: kernelGroup}); err != nil {
		return fmt.Errorf("cannot hear the kernel's events: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = f.Close() })
	defer stop()
	msg := make([]byte, maxEvent)
	for {
		n, err := f.Read(msg)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, unix.ENOBUFS):
			changed()
		case err != nil:
			return fmt.Errorf("cannot hear the kernel's events: %w", err)
		case isBlock(msg[:n]):
			changed()
		}
	}
}
