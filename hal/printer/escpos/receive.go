package escpos

import "time"

// receive sorts one byte by its fixed bits, or adds it to the answer of several
// bytes that is coming in. An answer that stops half-way is dropped.
func (d *Driver) receive(b byte) {
	if len(d.frame) > 0 && d.now.Sub(d.frameAt) > d.cfg.ReplyTimeout {
		d.frame = nil
	}
	if len(d.frame) > 0 && d.more(b) {
		return
	}

	switch classify(b) {
	case classRealtime:
		d.answer(b)
	case classReceipt:
		d.receipt()
	case classASB, classCleared:
		d.frame, d.frameAt = []byte{b}, d.now
	}
}

// Opened implements hal.Reopener: half an answer is not continued on another port.
func (d *Driver) Opened(time.Time) { d.frame, d.full = nil, false }

// Lengths of the answers of several bytes.
const (
	asbLength     = 4
	clearedLength = 3
	fullLength    = 6
)

// fullSecond follows 0x10 in the answer to DLE EOT 20.
const fullSecond = 0x0f

// more adds a byte to the answer that is coming in; false means that the byte is no
// part of it, and that the answer is broken off.
func (d *Driver) more(b byte) bool {
	full := len(d.frame) >= 2 && d.full
	if len(d.frame) == 1 && d.frame[0] == 0x10 && b == fullSecond && d.poll.ask == askFull {
		d.full, full = true, true
	}
	if !full && b&0x90 != 0 {
		d.frame, d.full = nil, false
		return false
	}

	d.frame = append(d.frame, b)
	length := asbLength
	switch {
	case full:
		length = fullLength
	case d.frame[0] == 0x37:
		length = clearedLength
	}

	if len(d.frame) == length {
		f := d.frame
		d.frame, d.full = nil, false
		d.whole(f, full)
	}
	return true
}

// whole takes an answer of several bytes.
func (d *Driver) whole(f []byte, full bool) {
	switch {
	case full:
		d.fullStatus(f[2:])
		d.answered()
	case f[0] != 0x37 && d.cfg.ASB:
		d.automatic([asbLength]byte(f))
	}
}

// automatic takes a status that the printer sent by itself. What is wrong counts at
// once; that all is well again is for a round to say, so that four bytes of noise
// cannot start a job.
func (d *Driver) automatic(b [asbLength]byte) {
	r := asbRound(b).decode()
	if r.status.State != d.status.State || r.status.Paper != d.status.Paper || r.status.Detail != d.status.Detail {
		if d.known && d.poll.misses == 0 && !r.status.CanPrint() {
			d.setStatus(r.status, r.hard)
		}
		d.soon()
	}
}
