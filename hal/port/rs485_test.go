package port

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// driver is a kernel driver: it may refuse, or take other settings than asked.
type driver struct {
	state  kernelRS485
	set    error
	get    error
	change func(*kernelRS485)
	calls  []uint
}

func (d *driver) call(request uint, k *kernelRS485) error {
	d.calls = append(d.calls, request)
	if request == unix.TIOCGRS485 {
		*k = d.state
		return d.get
	}
	if d.set == nil {
		d.state = *k
		if d.change != nil {
			d.change(&d.state)
		}
	}
	return d.set
}

func TestRS485Settings(t *testing.T) {
	for _, c := range []struct {
		r    RS485
		want kernelRS485
	}{
		{RS485{On: true}, kernelRS485{flags: 0b00011}},
		{RS485{On: true, RTSLow: true}, kernelRS485{flags: 0b00101}},
		{RS485{On: true, Echo: true, Before: time.Millisecond, After: 5 * time.Millisecond}, kernelRS485{flags: 0b10011, beforeMS: 1, afterMS: 5}},
	} {
		d := &driver{}
		if err := c.r.set(d.call); err != nil || d.state != c.want {
			t.Errorf("%+v: set %+v, %v; want %+v", c.r, d.state, err, c.want)
		}
	}
	d := &driver{}
	if err := (RS485{}).set(d.call); err != nil || len(d.calls) != 0 {
		t.Errorf("off: %v, calls %x", err, d.calls)
	}
}

// TestRS485Layout: the kernel's structure is eight words; flags, delays, the rest.
func TestRS485Layout(t *testing.T) {
	k := RS485{On: true, Before: 2 * time.Millisecond, After: 3 * time.Millisecond}.kernel()
	b := unsafe.Slice((*byte)(unsafe.Pointer(&k)), unsafe.Sizeof(k))
	if len(b) != 32 {
		t.Fatalf("%d bytes, want 32", len(b))
	}
	for at, want := range map[int]uint32{0: 3, 4: 2, 8: 3, 12: 0} {
		if got := binary.NativeEndian.Uint32(b[at:]); got != want {
			t.Errorf("word at %d: %d, want %d", at, got, want)
		}
	}
}

func TestADriverWithoutRS485(t *testing.T) {
	on := RS485{On: true, Before: time.Millisecond}
	for _, c := range []struct {
		name  string
		d     driver
		lacks bool
		want  string
	}{
		{"no such call", driver{set: unix.ENOTTY}, true, "cannot switch an RS-485 line's direction (TIOCSRS485): inappropriate ioctl"},
		{"refused", driver{set: unix.EOPNOTSUPP}, true, "operation not supported"},
		{"taken without a word", driver{change: func(k *kernelRS485) { k.flags = 0 }}, true, "TIOCSRS485"},
		{"the other level", driver{change: func(k *kernelRS485) { k.flags = rs485Enabled | rs485AfterEnd }}, true, "does not drive RTS as asked"},
		{"no delay", driver{change: func(k *kernelRS485) { k.beforeMS = 0 }}, true, "keeps no delay of 1ms and 0s"},
		{"cannot be read back", driver{get: unix.ENOTTY}, true, "TIOCSRS485"},
		{"line is gone", driver{set: unix.EIO}, false, "cannot switch to RS-485: input/output error"},
	} {
		err := on.set(c.d.call)
		if err == nil || errors.Is(err, ErrNoRS485) != c.lacks || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.name, err, c.want)
		}
	}
}

func TestRS485IsChecked(t *testing.T) {
	for _, c := range []struct {
		r    RS485
		want string
	}{
		{RS485{}, ""},
		{RS485{On: true, Before: MaxRTSDelay}, ""},
		{RS485{On: true, After: MaxRTSDelay + time.Millisecond}, "rs485 delay after: 101ms is not whole milliseconds within 0 to 100ms"},
		{RS485{On: true, Before: 1500 * time.Microsecond}, "rs485 delay before: 1.5ms is not whole milliseconds within 0 to 100ms"},
		{RS485{RTSLow: true}, "rs485: is set and not on"},
	} {
		got := ""
		if err := (Mode{RS485: c.r}).Check(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v: %q, want %q", c.r, got, c.want)
		}
	}
	if got := (Mode{Baud: 2400, Parity: ParityEven, RS485: RS485{On: true}}).String(); got != "2400 8E1 RS-485" {
		t.Errorf("mode %q", got)
	}
}
