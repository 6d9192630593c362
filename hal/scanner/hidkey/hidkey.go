// Package hidkey drives a scanner that is a keyboard to the system (HID): its port
// is the event device (/dev/input/by-id/…-event-kbd), whose records it decodes by
// the US layout that scanners use as delivered.
//
// A record is Linux' struct input_event: a time (two longs), type and code (16 bits
// each) and value (32 bits), in the machine's byte order: 24 bytes on a 64-bit
// kernel interface, 16 on a 32-bit one. Key records (type 1) with value 1 count;
// Enter ends a code. A code of which the kernel says that records were lost, or in which
// a key stood that is no character, is torn (see wedge): what is left of it would be
// another, shorter code. Source: include/uapi/linux/input.h and input-event-codes.h.
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

	"wattkiosk/hal"
	"wattkiosk/hal/scanner"
	"wattkiosk/hal/scanner/wedge"
)

// RecordSize is the size of one record on this machine, in bytes.
const RecordSize = 2*int(unsafe.Sizeof(uintptr(0))) + 8

// Types, codes and values of records.
const (
	typeSync   = 0
	typeKey    = 1
	syncReport = 0
	syncDrop   = 3 // SYN_DROPPED: records up to the next report were lost
	valueUp    = 0
	valueDown  = 1
	enter      = 28
	padEnter   = 96
	capsLock   = 58
	numLock    = 69
	scrollLock = 70
)

// eviocgrab is EVIOCGRAB: _IOW('E', 0x90, int).
const eviocgrab = 0x40044590

// Driver is a scanner.Engine over an event device.
type Driver struct {
	text    wedge.Driver
	rec     []byte
	held    modifiers
	dropped bool // records are lost up to the next report
}

var (
	_ scanner.Engine = (*Driver)(nil)
	_ hal.Reopener   = (*Driver)(nil)
)

// New makes a driver.
func New() *Driver { return &Driver{} }

// Do switches the reports on and off.
func (d *Driver) Do(now time.Time, c scanner.Command) error { return d.text.Do(now, c) }

// Wake implements hal.Engine.
func (d *Driver) Wake() time.Time { return d.text.Wake() }

// Opened implements hal.Reopener. A scanner that was unplugged holds no key down.
func (d *Driver) Opened(now time.Time) {
	d.rec, d.held, d.dropped = nil, 0, false
	d.text.Opened(now)
}

// Advance implements hal.Engine.
func (d *Driver) Advance(now time.Time, rx []byte) (tx []byte, events []scanner.Event) {
	d.rec = append(d.rec, rx...)
	_, events = d.text.Advance(now, nil)
	for len(d.rec) >= RecordSize {
		r := d.rec[RecordSize-8 : RecordSize]
		c, got := d.record(binary.NativeEndian.Uint16(r), binary.NativeEndian.Uint16(r[2:]), int32(binary.NativeEndian.Uint32(r[4:])))
		d.rec = d.rec[RecordSize:]

		switch got {
		case character:
			_, e := d.text.Advance(now, []byte{c})
			events = append(events, e...)
		case loss:
			d.text.Tear(now)
		}
	}
	return nil, events
}

// meaning is what a record means for the code under way.
type meaning int

const (
	nothing   meaning = iota
	character         // one more character, or the end
	loss              // something of the code is missing: a code must never become shorter
)

// record takes one record.
func (d *Driver) record(typ, code uint16, value int32) (c byte, m meaning) {
	switch {
	case typ == typeSync && code == syncDrop:
		d.dropped, d.held = true, 0
		return 0, loss
	case typ == typeSync && code == syncReport:
		d.dropped = false
		return 0, nothing
	case typ != typeKey || d.dropped:
		return 0, nothing
	}
	return d.key(code, value)
}

// key takes the change of one key. A key that is no character of a code, as Alt with
// digits, Ctrl with a letter or an unknown one, may have been meant as one.
func (d *Driver) key(code uint16, value int32) (c byte, m meaning) {
	if bit := modifierOf(code); bit != 0 {
		d.held &^= bit
		if value != valueUp {
			d.held |= bit
		}
		return 0, nothing
	}

	switch {
	case value != valueDown, code == capsLock, code == numLock, code == scrollLock:
		return 0, nothing
	case code == enter || code == padEnter:
		return '\r', character
	case d.held&other != 0:
		return 0, loss
	}
	c = keypad[code]
	if row := d.held.row(); c == 0 && int(code) < len(row) {
		c = row[code]
	}
	if c == 0 {
		return 0, loss
	}
	return c, character
}

// modifiers are the keys held down that change what another key means.
type modifiers uint8

const (
	leftShift modifiers = 1 << iota
	rightShift
	leftOther // Ctrl, Alt, Meta
	rightOther

	shift = leftShift | rightShift
	other = leftOther | rightOther
)

// modifierOf is the modifier of a key, 0 for none.
func modifierOf(code uint16) modifiers {
	switch code {
	case 42:
		return leftShift
	case 54:
		return rightShift
	case 29, 56, 125:
		return leftOther
	case 97, 100, 126:
		return rightOther
	}
	return 0
}

// row is the characters of the keys while the modifiers are held.
func (m modifiers) row() string {
	if m&shift != 0 {
		return shifted
	}
	return plain
}

// keypad is the characters of the numeric pad, which Shift does not change.
var keypad = map[uint16]byte{
	71: '7', 72: '8', 73: '9', 74: '-', 75: '4', 76: '5', 77: '6', 78: '+', 79: '1', 80: '2', 81: '3', 82: '0', 83: '.', 98: '/',
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
