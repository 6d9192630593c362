package escpossim

import (
	"sync"
	"time"

	"wattkiosk/hal"
)

var _ hal.Peer = (*Device)(nil)

// Device is one simulated printer. Its methods may be called from several
// goroutines; the instants given to it must not run backwards by more than the
// callers' own disorder.
type Device struct {
	mu    sync.Mutex
	cfg   Config
	fonts *fontCache

	power   bool
	bootAt  time.Time // when it listens again after PowerOn
	faults  map[Fault]bool
	asb     bool
	asbLast [4]byte

	realtime realtimeScan
	buffer   []byte
	lost     int // bytes that found the buffer full
	replies  []reply
	free     time.Time // until when paper or knife move

	mode  mode
	line  []span
	curX  int // dots used on the line
	qr    qrStore
	paper paper

	presenter presenter
}

type reply struct {
	at   time.Time
	data []byte
}

// New returns a printer that is on, ready, and has a full roll.
func New(cfg Config) *Device {
	cfg = cfg.normal()
	d := &Device{
		cfg: cfg, fonts: &fontCache{cfg: cfg},
		power: true, faults: map[Fault]bool{},
	}
	d.presenter.exits = map[int]Exit{}
	d.paper = paper{dots: cfg.Dots, rollDots: cfg.RollMM * dotsPerMM, next: 1}
	d.reset()
	return d
}

// Receive takes bytes from the host. A silent printer, or one without power or
// still starting, does not receive them.
func (d *Device) Receive(now time.Time, rx []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.run(now)
	if !d.hears(now) {
		return
	}
	for _, b := range rx {
		d.scan(now, b)
	}
	d.run(now)
}

// Advance prints what is due and returns the answers that are due.
func (d *Device) Advance(now time.Time) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.run(now)
	var tx []byte
	for len(d.replies) > 0 && !d.replies[0].at.After(now) {
		tx = append(tx, d.replies[0].data...)
		d.replies = d.replies[1:]
	}
	return tx
}

// Wake is when the next answer or print movement is due, zero for nothing.
func (d *Device) Wake() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	var w time.Time
	if len(d.replies) > 0 {
		w = d.replies[0].at
	}
	if len(d.buffer) > 0 && d.ready() && d.length() > 0 && (w.IsZero() || d.free.Before(w)) {
		w = d.free
	}
	return w
}

// hears reports whether bytes from the host reach the printer.
func (d *Device) hears(now time.Time) bool {
	return d.power && !now.Before(d.bootAt) && !d.faults[FaultSilent]
}

// answer queues data for the host. Answers keep their order.
func (d *Device) answer(at time.Time, data ...byte) {
	if d.faults[FaultSilent] || len(d.replies) >= maxReplies {
		return
	}
	at = at.Add(d.cfg.ReplyDelay)
	if n := len(d.replies); n > 0 && at.Before(d.replies[n-1].at) {
		at = d.replies[n-1].at
	}
	d.replies = append(d.replies, reply{at, data})
}

// run works off the buffer as far as the paper has moved by now.
func (d *Device) run(now time.Time) {
	for d.ready() && len(d.buffer) > 0 && !d.free.After(now) {
		n := d.length()
		if n == 0 || !d.execute(d.buffer[:n]) {
			break
		}
		d.buffer = d.buffer[n:]
	}
	if d.free.Before(now) {
		d.free = now
	}
	d.reportASB(now)
}

// move lets the mechanics work for took.
func (d *Device) move(took time.Duration) { d.free = d.free.Add(took) }

// Lost is how many bytes found the input buffer full.
func (d *Device) Lost() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lost
}
