// Package watchdog feeds a Linux hardware watchdog (/dev/watchdogN): a timer that
// resets the board unless it is fed in time.
//
// Where systemd runs the board's watchdog (RuntimeWatchdogSec) and watches kioskd
// by its own notifications, this package is not used; it is for a second watchdog,
// as carrier boards have, and for boards without systemd.
//
// Source: Documentation/watchdog/watchdog-api.rst of the kernel.
package watchdog

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Bounds of the time-out.
const (
	MinTimeout = time.Second
	MaxTimeout = 10 * time.Minute
)

// Request numbers of linux/watchdog.h.
const (
	wdiocKeepAlive  = 0x80045705 // _IOR('W', 5, int)
	wdiocSetTimeout = 0xC0045706 // _IOWR('W', 6, int)
)

// magicClose, written before the device is closed, stops the timer. Without it the
// board resets.
const magicClose = "V"

// ErrClosed is returned by Feed after Close.
var ErrClosed = errors.New("watchdog is closed")

// device is what a Dog needs of the device file.
type device interface {
	setTimeout(seconds int) (int, error)
	keepAlive() error
	Write(b []byte) (int, error)
	Close() error
}

// Dog is an armed watchdog. Its methods are safe for concurrent use.
type Dog struct {
	mu      sync.Mutex
	dev     device // nil once closed
	timeout time.Duration
}

// Open arms the watchdog: from now on the board resets when it is not fed for
// timeout (whole seconds, rounded up). The device may set another time-out than
// the one asked for: see Timeout.
func Open(path string, timeout time.Duration) (*Dog, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot open watchdog: %w", err)
	}
	return arm(file{f}, timeout)
}

// arm takes an open device, and disarms it when it cannot be set.
func arm(dev device, timeout time.Duration) (*Dog, error) {
	d := &Dog{dev: dev}
	if timeout < MinTimeout || timeout > MaxTimeout {
		return nil, errors.Join(fmt.Errorf("watchdog time-out %v is not within %v to %v", timeout, MinTimeout, MaxTimeout), d.Close(true))
	}

	set, err := dev.setTimeout(int((timeout + time.Second - 1) / time.Second))
	if err == nil {
		err = dev.keepAlive()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot set watchdog: %w", err), d.Close(true))
	}

	d.timeout = time.Duration(set) * time.Second
	return d, nil
}

// Timeout is what the device has set.
func (d *Dog) Timeout() time.Duration { return d.timeout }

// Feed starts the time again.
func (d *Dog) Feed() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dev == nil {
		return ErrClosed
	}
	if err := d.dev.keepAlive(); err != nil {
		return fmt.Errorf("cannot feed watchdog: %w", err)
	}
	return nil
}

// Close lets go of the device. With disarm the timer stops (unless the kernel was
// built never to stop one); without it the board resets after Timeout, which is
// what a program wants that is about to be replaced. A second Close does nothing.
func (d *Dog) Close(disarm bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dev == nil {
		return nil
	}

	var err error
	if disarm {
		_, err = d.dev.Write([]byte(magicClose))
	}

	err = errors.Join(err, d.dev.Close())
	d.dev = nil
	if err != nil {
		return fmt.Errorf("cannot close watchdog: %w", err)
	}
	return nil
}

// file is the device file.
type file struct{ *os.File }

func (f file) setTimeout(seconds int) (int, error) {
	err := unix.IoctlSetPointerInt(int(f.Fd()), wdiocSetTimeout, seconds)
	if err != nil {
		return 0, err
	}
	const wdiocGetTimeout = 0x80045707 // _IOR('W', 7, int)
	return unix.IoctlGetInt(int(f.Fd()), wdiocGetTimeout)
}

func (f file) keepAlive() error { return unix.IoctlSetPointerInt(int(f.Fd()), wdiocKeepAlive, 0) }
