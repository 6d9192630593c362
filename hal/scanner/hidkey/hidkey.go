// Package hidkey drives a scanner that is a keyboard to the system (HID): its port
// is the event device (/dev/input/by-id/…-event-kbd), whose records it decodes by
// the US layout that scanners use as delivered.
//
// A record is Linux' struct input_event: a time (two longs), type and code (16 bits
// each) and value (32 bits), in the machine's byte order: 24 bytes on a 64-bit
// kernel interface, 16 on a 32-bit one. Key records (type 1) with value 1 count;
// Enter ends a code. Source: include/uapi/linux/input.h and input-event-codes.h.
//
// The owner opens the device exclusively (EVIOCGRAB, see Grab), or the scan would
// be typed into the screen as well.
package hidkey

import (
	"encoding/binary"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"wattkiosk/hal/scanner"
	"wattkiosk/hal/scanner/wedge"
)

// RecordSize is the size of one record on this machine, in bytes.
const RecordSize = 2*int(unsafe.Sizeof(uintptr(0))) + 8

// Types, codes and values of records.
const (
	typeKey    = 1
	valueUp    = 0
	valueDown  = 1
	leftShift  = 42
	rightShift = 54
	enter      = 28
	padEnter   = 96
	capsLock   = 58
)

// eviocgrab is EVIOCGRAB: _IOW('E', 0x90, int).
const eviocgrab = 0x40044590

// Driver is a scanner.Engine over an event device.
type Driver struct {
	text  wedge.Driver
	rec   []byte
	shift bool
}

var _ scanner.Engine = (*Driver)(nil)

// New makes a driver.
func New() *Driver { return &Driver{} }

// Do switches the reports on and off.
func (d *Driver) Do(now time.Time, c scanner.Command) error { return d.text.Do(now, c) }

// Wake implements hal.Engine.
func (d *Driver) Wake() time.Time { return d.text.Wake() }

// Advance implements hal.Engine.
func (d *Driver) Advance(now time.Time, rx []byte) (tx []byte, events []scanner.Event) {
	d.rec = append(d.rec, rx...)
	var typed []byte
	for len(d.rec) >= RecordSize {
		r := d.rec[RecordSize-8 : RecordSize]
		if c, ok := d.key(binary.NativeEndian.Uint16(r), binary.NativeEndian.Uint16(r[2:]), int32(binary.NativeEndian.Uint32(r[4:]))); ok {
			typed = append(typed, c)
		}
		d.rec = d.rec[RecordSize:]
	}
	return d.text.Advance(now, typed)
}

func (d *Driver) key(typ, code uint16, value int32) (byte, bool) {
	if typ != typeKey {
		return 0, false
	}
	if code == leftShift || code == rightShift {
		d.shift = value != valueUp
		return 0, false
	}
	if value != valueDown || code == capsLock {
		return 0, false
	}
	if code == enter || code == padEnter {
		return '\r', true
	}
	row := plain
	if d.shift {
		row = shifted
	}
	if int(code) >= len(row) || row[code] == 0 {
		return 0, false
	}
	return row[code], true
}

// plain and shifted are the characters of the keys 0 to 57 on a US keyboard.
const (
	plain   = "\x00\x001234567890-=\x00\x00qwertyuiop[]\x00\x00asdfghjkl;'`\x00\\zxcvbnm,./\x00*\x00 "
	shifted = "\x00\x00!@#$%^&*()_+\x00\x00QWERTYUIOP{}\x00\x00ASDFGHJKL:\"~\x00|ZXCVBNM<>?\x00*\x00 "
)

// Grab opens an event device for this program alone.
func Grab(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot open scanner: %w", err)
	}
	c, err := f.SyscallConn()
	if err == nil {
		var ioErr error
		err = c.Control(func(fd uintptr) { ioErr = unix.IoctlSetInt(int(fd), eviocgrab, 1) })
		if err == nil {
			err = ioErr
		}
	}
	if err != nil {
		_ = f.Close() // the error that counts is the one below
		return nil, fmt.Errorf("cannot take scanner %s for this program alone: %w", path, err)
	}
	return f, nil
}
