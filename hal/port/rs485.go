package port

import (
	"errors"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// MaxRTSDelay is the longest delay that the kernel takes.
const MaxRTSDelay = 100 * time.Millisecond

// ErrNoRS485 says that the kernel's driver of a serial line cannot switch the
// direction of an RS-485 transceiver. A transceiver that does it by itself, as most
// USB adapters and many boards have, needs no RS485 in the mode.
var ErrNoRS485 = errors.New("serial driver cannot switch an RS-485 line's direction (TIOCSRS485)")

// RS485 is how the kernel switches the direction of a half-duplex line by its RTS
// pin. The zero value leaves it as the kernel has it: a device tree may have switched
// it on at boot.
type RS485 struct {
	On bool
	// RTSLow sends while RTS is low and listens while it is high; else the other way
	// round. Which one is right is the board's wiring.
	RTSLow bool
	// Before and After are how long RTS leads the first bit and trails the last, in
	// whole milliseconds, at most MaxRTSDelay.
	Before, After time.Duration
	// Echo has the line receive what it sends itself.
	Echo bool
}

// check reports the first field that the kernel cannot take.
func (r RS485) check() error {
	for _, d := range []struct {
		name string
		d    time.Duration
	}{{"before", r.Before}, {"after", r.After}} {
		if d.d < 0 || d.d > MaxRTSDelay || d.d%time.Millisecond != 0 {
			return fmt.Errorf("rs485 delay %s: %v is not whole milliseconds within 0 to %v", d.name, d.d, MaxRTSDelay)
		}
	}
	if !r.On && r != (RS485{}) {
		return errors.New("rs485: is set and not on")
	}
	return nil
}

// kernelRS485 is struct serial_rs485 of linux/serial.h: 32 bytes.
type kernelRS485 struct {
	flags     uint32
	beforeMS  uint32
	afterMS   uint32
	addresses uint32 // and the kernel's padding
	padding   [4]uint32
}

// Flags of linux/serial.h.
const (
	rs485Enabled  = 1 << 0
	rs485OnSend   = 1 << 1 // level of RTS while sending
	rs485AfterEnd = 1 << 2 // level of RTS else
	rs485Echo     = 1 << 4
)

func (r RS485) kernel() kernelRS485 {
	k := kernelRS485{flags: rs485Enabled | rs485OnSend, beforeMS: uint32(r.Before.Milliseconds()), afterMS: uint32(r.After.Milliseconds())}
	if r.RTSLow {
		k.flags = rs485Enabled | rs485AfterEnd
	}
	if r.Echo {
		k.flags |= rs485Echo
	}
	return k
}

// rs485Call is one of the two ioctls, on an open line.
type rs485Call func(request uint, k *kernelRS485) error

// set switches the line over and looks whether the driver has taken it: one that
// cannot do what it is asked for may set something else without a word.
func (r RS485) set(call rs485Call) error {
	if !r.On {
		return nil
	}

	want := r.kernel()
	sent := want
	if err := call(unix.TIOCSRS485, &sent); err != nil {
		return rs485Error(err)
	}

	var got kernelRS485
	if err := call(unix.TIOCGRS485, &got); err != nil {
		return rs485Error(err)
	}

	const polarity = rs485OnSend | rs485AfterEnd
	switch {
	case got.flags&rs485Enabled == 0:
		return ErrNoRS485
	case got.flags&polarity != want.flags&polarity:
		return fmt.Errorf("%w: it does not drive RTS as asked", ErrNoRS485)
	case got.beforeMS < want.beforeMS || got.afterMS < want.afterMS:
		return fmt.Errorf("%w: it keeps no delay of %v and %v", ErrNoRS485, r.Before, r.After)
	}
	return nil
}

// rs485Error distinguishes a driver that has no such call from a call that failed.
func rs485Error(err error) error {
	for _, lacks := range []error{unix.ENOTTY, unix.EINVAL, unix.EOPNOTSUPP, unix.ENOSYS} {
		if errors.Is(err, lacks) {
			return fmt.Errorf("%w: %w", ErrNoRS485, err)
		}
	}
	return fmt.Errorf("cannot switch to RS-485: %w", err)
}

// rs485On is an rs485Call on a file.
func rs485On(f *os.File) rs485Call {
	return func(request uint, k *kernelRS485) error {
		return control(f, func(fd uintptr) error {
			if _, _, e := unix.Syscall(unix.SYS_IOCTL, fd, uintptr(request), uintptr(unsafe.Pointer(k))); e != 0 {
				return e
			}
			return nil
		})
	}
}
