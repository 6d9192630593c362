package escpossim

import (
	"bytes"
	"time"
)

// realtimeScan finds realtime commands in the incoming bytes. They are taken
// out of the stream wherever they stand, also in the data of another command.
type realtimeScan struct {
	held []byte // a prefix of a possible realtime command
}

const (
	dle = 0x10
	eot = 0x04
	enq = 0x05
	dc4 = 0x14
)

// clearCommand is DLE DC4 fn 8.
func clearCommand() []byte { return []byte{dle, dc4, 8, 1, 3, 0x14, 1, 6, 2, 8} }

// scan takes one byte as it arrives.
func (d *Device) scan(now time.Time, b byte) {
	h := append(d.realtime.held, b)
	d.realtime.held = nil
	switch {
	case h[0] != dle:
		d.buffered(h)
	case len(h) == 1, len(h) == 2 && (h[1] == eot || h[1] == enq):
		d.realtime.held = h
	case len(h) == 3 && h[1] == eot && h[2] >= 1 && h[2] <= 4:
		d.answer(now, d.statusByte(int(h[2])))
	case len(h) == 3 && h[1] == eot && h[2] == 0x14 && d.cfg.Presenter:
		d.answer(now, d.fullStatus()...)
	case len(h) == 3 && h[1] == enq:
		d.request(h[2])
	case bytes.Equal(h, clearCommand()):
		if !d.cfg.Clone {
			d.clearBuffers()
			d.answer(now, 0x37, 0x25, 0x00)
		}
	case bytes.HasPrefix(clearCommand(), h):
		d.realtime.held = h
	case b == dle:
		d.buffered(h[:len(h)-1])
		d.realtime.held = []byte{dle}
	default:
		d.buffered(h)
	}
}

func (d *Device) buffered(b []byte) {
	if room := d.cfg.BufferBytes - len(d.buffer); len(b) > room {
		d.lost += len(b) - room
		b = b[:room]
	}
	d.buffer = append(d.buffer, b...)
}

// request is DLE ENQ n: 1 goes on, 2 goes on with empty buffers.
func (d *Device) request(n byte) {
	if n == 2 && (d.cfg.Clone || d.faults[FaultCutter]) {
		d.clearBuffers()
	}
}

// clearBuffers forgets what was received and not printed yet. The slip in the
// printer can no longer become whole.
func (d *Device) clearBuffers() {
	if len(d.buffer) > 0 || len(d.line) > 0 {
		d.paper.damage()
	}
	d.buffer = nil
	d.line, d.curX = nil, 0
}

// statusByte is the answer to DLE EOT n.
func (d *Device) statusByte(n int) byte {
	b := byte(0x12)
	set := func(on bool, bits byte) {
		if on {
			b |= bits
		}
	}

	switch n {
	case 1:
		set(!d.ready(), 0x08)
	case 2:
		set(d.faults[FaultCover], 0x04)
		set(d.faults[FaultPaperOut], 0x20)
		set(d.faults[FaultCutter], 0x40)
	case 3:
		set(d.faults[FaultCutter], 0x08)
	case 4:
		set(d.nearEnd(), 0x0C)
		set(d.faults[FaultPaperOut], 0x60)
	}

	return b
}

// nearEnd is what the near-end sensor says.
func (d *Device) nearEnd() bool {
	if d.cfg.NoNearEnd {
		return false
	}
	return d.faults[FaultNearEnd] || d.faults[FaultPaperOut] ||
		d.paper.rollDots > 0 && d.paper.rollDots-d.paper.usedDots <= d.cfg.NearEndMM*dotsPerMM
}

// sensorByte is the answer to GS r 1.
func (d *Device) sensorByte() byte {
	var b byte
	if d.nearEnd() {
		b |= 0x03
	}
	if d.faults[FaultPaperOut] {
		b |= 0x0C
	}
	return b
}

// reportASB sends the automatic status if it is on and has changed.
func (d *Device) reportASB(now time.Time) {
	if !d.asb || !d.hears(now) {
		return
	}

	s := [4]byte{0x10, 0, d.sensorByte(), 0}
	if !d.ready() {
		s[0] |= 0x08
	}
	if d.faults[FaultCover] {
		s[0] |= 0x20
	}
	if d.faults[FaultCutter] {
		s[1] |= 0x08
	}
	if s != d.asbLast {
		d.asbLast = s
		d.answer(now, s[:]...)
	}
}
