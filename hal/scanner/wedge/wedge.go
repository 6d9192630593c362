// Package wedge drives a scanner on a serial line that sends the text of each code
// and then CR, LF or both (what "serial wedge" scanners do as delivered).
//
// A read that stops in the middle ends after Gap: what came until then is dropped,
// so that the end of one code is never taken for the start of another.
package wedge

import (
	"fmt"
	"time"

	"wattkiosk/hal/scanner"
)

// Gap is the longest pause within a code.
const Gap = 500 * time.Millisecond

const rest = time.Hour

// Driver is a scanner.Engine. Its zero value is ready, and disabled.
type Driver struct {
	on     bool
	buf    []byte
	over   bool // the code under way is too long
	lastAt time.Time
	now    time.Time
}

var _ scanner.Engine = (*Driver)(nil)

// New makes a driver.
func New() *Driver { return &Driver{} }

// Do switches the reports on and off.
func (d *Driver) Do(now time.Time, c scanner.Command) error {
	d.now = now
	switch c.Op {
	case scanner.Enable:
		d.on = true
	case scanner.Disable:
		d.on = false
	default:
		return fmt.Errorf("scanner: no such command %d", c.Op)
	}
	d.buf, d.over = nil, false
	return nil
}

// Wake implements hal.Engine.
func (d *Driver) Wake() time.Time {
	if len(d.buf) > 0 {
		return d.lastAt.Add(Gap)
	}
	return d.now.Add(rest)
}

// Advance implements hal.Engine; a scanner is sent nothing.
func (d *Driver) Advance(now time.Time, rx []byte) (tx []byte, events []scanner.Event) {
	if (len(d.buf) > 0 || d.over) && now.Sub(d.lastAt) >= Gap {
		d.buf, d.over = nil, false
	}
	d.now = now
	for _, c := range rx {
		d.lastAt = now
		switch {
		case c == '\r' || c == '\n':
			if e, ok := d.end(); ok {
				events = append(events, e)
			}
		case len(d.buf) >= scanner.MaxCode:
			d.over = true
		default:
			d.buf = append(d.buf, c)
		}
	}
	return nil, events
}

func (d *Driver) end() (scanner.Event, bool) {
	b, over := d.buf, d.over
	d.buf, d.over = nil, false
	if len(b) == 0 || !d.on {
		return scanner.Event{}, false
	}
	if over {
		return scanner.Event{Kind: scanner.Unreadable, Detail: "too long"}, true
	}
	return scanner.Accept(b), true
}
