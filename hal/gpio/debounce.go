package gpio

import "time"

// Debouncer turns samples of a bouncing level into changes. It is not safe for
// concurrent use. The first level counts as soon as it was stable for Hold.
type Debouncer struct {
	Hold time.Duration

	known   bool
	level   bool // the last level reported
	pending bool
	next    bool
	since   time.Time
}

// Sample takes the level seen at now and reports whether the debounced level
// changed (or became known) by it.
func (d *Debouncer) Sample(now time.Time, level bool) (changed bool) {
	if d.known && level == d.level {
		d.pending = false
		return false
	}
	if !d.pending || level != d.next {
		d.pending, d.next, d.since = true, level, now
	}
	if now.Sub(d.since) < d.Hold {
		return false
	}
	d.known, d.level, d.pending = true, level, false
	return true
}

// Settling reports whether a change is waiting for its hold time.
func (d *Debouncer) Settling() bool { return d.pending }
