// Package wedge drives a scanner on a serial line that sends the text of each code
// and then CR, LF or both (what "serial wedge" scanners do as delivered).
//
// The text has no frame and no checksum, so the driver reports only what it saw
// begin and end without a break. A code that may lack a part is torn: nothing up to
// its end is reported but that it was Unreadable, so that the end of one code is never
// taken for a code of its own. A code is torn by a pause of Gap, by a port that was
// opened meanwhile, and by Enable or Disable in its middle.
package wedge

import (
	"fmt"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/scanner"
)

// Times of a code.
const (
	// Gap is the longest pause within a code.
	Gap = 500 * time.Millisecond
	// Forget is how long the rest of a torn code may still come after its last byte; a
	// byte after that begins another code. It is longer than a port takes to come back.
	Forget = 10 * time.Second
	// Settle is how long after the opening of a port the first bytes count as the rest of
	// a code that began before.
	Settle = 100 * time.Millisecond
)

const rest = time.Hour

// Driver is a scanner.Engine. Its zero value is ready, and disabled.
type Driver struct {
	on     bool
	buf    []byte    // the code under way
	over   bool      // it is too long
	lastAt time.Time // of its last byte
	tornBy time.Time // until then, or an end, what comes is the rest of a torn code
	now    time.Time
}

var (
	_ scanner.Engine = (*Driver)(nil)
	_ hal.Reopener   = (*Driver)(nil)
)

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

	if d.underWay() {
		d.Tear(now)
	}
	return nil
}

// Opened implements hal.Reopener: what was under way is torn, and so is what comes at
// once, because its beginning may have been before.
func (d *Driver) Opened(now time.Time) {
	d.lapse(now)
	if d.underWay() || d.torn() {
		d.Tear(now)
		return
	}
	d.tornBy = now.Add(Settle)
}

// Tear says that a part of what is sent was lost: what came of the code under way, and
// what comes up to its end, is no code.
func (d *Driver) Tear(now time.Time) {
	d.now = now
	d.buf, d.over = nil, false
	d.tornBy = now.Add(Forget)
}

// Wake implements hal.Engine.
func (d *Driver) Wake() time.Time {
	switch {
	case d.underWay():
		return d.lastAt.Add(Gap)
	case d.torn():
		return d.tornBy
	}
	return d.now.Add(rest)
}

// Advance implements hal.Engine; a scanner is sent nothing.
func (d *Driver) Advance(now time.Time, rx []byte) (tx []byte, events []scanner.Event) {
	d.lapse(now)
	for _, c := range rx {
		switch {
		case c == '\r' || c == '\n':
			if e, ok := d.end(); ok {
				events = append(events, e)
			}
		case d.torn():
			d.tornBy = now.Add(Forget)
		case len(d.buf) >= scanner.MaxCode:
			d.over, d.lastAt = true, now
		default:
			d.buf, d.lastAt = append(d.buf, c), now
		}
	}

	return nil, events
}

// lapse brings the driver to now: a code that paused for Gap is torn, and a torn one
// without a byte for Forget is forgotten.
func (d *Driver) lapse(now time.Time) {
	d.now = now
	if d.underWay() && now.Sub(d.lastAt) >= Gap {
		last := d.lastAt
		d.Tear(now)
		d.tornBy = last.Add(Forget)
	}
	if !now.Before(d.tornBy) {
		d.tornBy = time.Time{}
	}
}

// underWay reports whether a code has begun.
func (d *Driver) underWay() bool { return len(d.buf) > 0 }

// torn reports whether what comes is the rest of a torn code.
func (d *Driver) torn() bool { return !d.tornBy.IsZero() }

// end takes the end of a code.
func (d *Driver) end() (scanner.Event, bool) {
	b, over, torn := d.buf, d.over, d.torn()
	d.buf, d.over, d.tornBy = nil, false, time.Time{}

	switch {
	case !d.on || len(b) == 0 && !torn:
		return scanner.Event{}, false
	case torn:
		return scanner.Event{Kind: scanner.Unreadable, Detail: "a part is missing"}, true
	case over:
		return scanner.Event{Kind: scanner.Unreadable, Detail: "too long"}, true
	}
	return scanner.Accept(b), true
}
