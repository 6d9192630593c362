package crt571sim

import (
	"time"

	"wattkiosk/hal/card/crt571"
)

const (
	byteGap    = 50 * time.Millisecond  // a frame that pauses longer is forgotten
	ackTimeout = 300 * time.Millisecond // for the host's ACK, where answers are repeated
)

// Receive takes what the host sent.
func (d *Device) Receive(now time.Time, rx []byte) {
	if d.dead || d.faults.silent || now.Before(d.readyAt) {
		return
	}
	if now.Sub(d.heardAt) > byteGap {
		d.dec.Reset()
	}
	d.heardAt = now
	for _, b := range d.faults.disturb(rx) {
		d.hear(now, b)
	}
}

func (d *Device) hear(now time.Time, b byte) {
	if !d.dec.Pending() {
		switch b {
		case crt571.ACK:
			d.repeats = 0
			return
		case crt571.NAK:
			if d.answer != nil {
				d.send(now, d.answer)
			}
			return
		case crt571.EOT: // work under way goes on, and is answered
			d.answer, d.repeats, d.waiting = nil, 0, nil
			d.send(now, []byte{crt571.EOT})
			return
		}
	}

	bad := d.dec.Bad
	text, ok := d.dec.Feed(b)
	switch {
	case ok:
		d.take(now, append([]byte(nil), text...))
	case d.dec.Bad > bad:
		d.send(now, []byte{crt571.NAK})
	}
}

// take takes a whole frame: ACK at once, then the work, one after the other.
func (d *Device) take(now time.Time, text []byte) {
	if text[0] != crt571.HeadCommand || len(d.waiting) > 0 {
		d.send(now, []byte{crt571.NAK})
		return
	}

	d.answer, d.repeats = nil, 0
	if d.faults.lostAck {
		d.faults.lostAck = false
	} else {
		d.send(now, []byte{crt571.ACK})
	}

	d.waiting = append(d.waiting, text)
	if !d.busy {
		d.begin(now)
	}
}

// begin works on the command that waits.
func (d *Device) begin(now time.Time) {
	if d.busy = len(d.waiting) > 0; !d.busy {
		return
	}
	text := d.waiting[0]
	d.waiting = nil
	d.after(now, d.cfg.ReplyDelay, func(now time.Time) { d.work(now, text[1], text[2], text[3:]) })
}

// send sends bytes after the reply delay.
func (d *Device) send(now time.Time, b []byte) {
	d.after(now, d.cfg.ReplyDelay, func(time.Time) { d.out = append(d.out, b...) })
}

// reply sends a frame around text, and again while it is not acknowledged.
func (d *Device) reply(now time.Time, text []byte) {
	b, err := crt571.AppendFrame(nil, d.cfg.Address, text)
	if err != nil {
		return // not reachable: answers fit
	}
	d.answer, d.repeats = b, d.cfg.Repeats
	d.send(now, b)
	d.again(now, b)
	d.begin(now)
}

func (d *Device) again(now time.Time, b []byte) {
	if d.repeats == 0 {
		return
	}
	d.after(now, ackTimeout, func(now time.Time) {
		if d.repeats > 0 && len(d.answer) > 0 && &d.answer[0] == &b[0] {
			d.repeats--
			d.send(now, b)
			d.again(now, b)
		}
	})
}

// yes and no are the two kinds of answer.
func (d *Device) yes(now time.Time, cm, pm byte, data ...byte) {
	bin := byte(crt571.BinRoom)
	if d.full() {
		bin = crt571.BinFull
	}
	d.reply(now, append([]byte{crt571.HeadPositive, cm, pm, d.pos, 0x30, bin}, data...))
}

func (d *Device) no(now time.Time, cm, pm byte, code crt571.Code) {
	d.reply(now, append([]byte{crt571.HeadNegative, cm, pm}, code...))
}

func (d *Device) full() bool { return d.faults.binFull || len(d.bin) >= d.cfg.Capacity }

// work does what a frame asks for.
func (d *Device) work(now time.Time, cm, pm byte, data []byte) {
	switch {
	case cm == crt571.CmdInit:
		d.initialise(now, pm)
	case !d.ready:
		d.no(now, cm, pm, crt571.CodeNotReset)
	case cm == crt571.CmdStatus && pm == crt571.StatusReader:
		d.yes(now, cm, pm)
	case cm == crt571.CmdStatus && pm == crt571.StatusSensors:
		d.yes(now, cm, pm, d.sensors()...)
	case cm == crt571.CmdEntry && (pm == crt571.EntryEnable || pm == crt571.EntryDisable):
		d.entry = pm == crt571.EntryEnable
		d.yes(now, cm, pm)
	case cm == crt571.CmdMove:
		d.move(now, pm)
	case cm == crt571.CmdTracks && pm == crt571.TracksAll && d.cfg.Tracks:
		d.tracks(now)
	case cm == crt571.CmdCPU || cm == crt571.CmdSLE || cm == crt571.CmdI2C:
		d.chip(now, cm, pm, data)
	default:
		d.no(now, cm, pm, "00")
	}
}

// sensors shows the first three as gate, path and contacts.
func (d *Device) sensors() []byte {
	s := []byte("0000000000")
	for i, on := range []bool{d.pos == crt571.PosGate, d.pos == crt571.PosInside, d.latched} {
		if on {
			s[i] = '1'
		}
	}
	return s
}

// initialise moves the motor a little; only the parameter for no move is served.
func (d *Device) initialise(now time.Time, pm byte) {
	if pm != crt571.InitNoMove {
		d.no(now, crt571.CmdInit, pm, "01")
		return
	}

	d.off()
	d.entry = false
	d.after(now, d.cfg.MoveTime, func(now time.Time) {
		d.ready, d.latched = true, false
		if d.faults.jam && d.card != nil {
			d.no(now, crt571.CmdInit, pm, crt571.CodeJam)
			return
		}
		d.yes(now, crt571.CmdInit, pm, []byte(d.cfg.Version)...)
	})
}

// move moves the card.
func (d *Device) move(now time.Time, pm byte) {
	c := d.card
	no := func(now time.Time, code crt571.Code) { d.no(now, crt571.CmdMove, pm, code) }
	switch {
	case c == nil:
		no(now, "02")
		return
	case pm == crt571.MoveBin && d.full():
		no(now, crt571.CodeBinFull)
		return
	case pm == crt571.MoveGate && d.faults.shutter:
		no(now, "51")
		return
	}

	d.off()
	d.latched = false
	d.after(now, d.cfg.MoveTime, func(now time.Time) {
		switch {
		case d.card != c:
			no(now, crt571.CodeMoved)
			return
		case d.faults.jam:
			no(now, crt571.CodeJam)
			return
		case pm == crt571.MoveGate:
			d.pos = crt571.PosGate
		case pm == crt571.MoveBin:
			d.bin = append(d.bin, c)
			d.card, d.pos = nil, crt571.PosNone
		case pm == crt571.MoveIC:
			d.pos, d.latched = crt571.PosInside, true
		default:
			no(now, "01")
			return
		}
		d.yes(now, crt571.CmdMove, pm)
	})
}

// tracks answers with the three tracks; the card moves past the heads.
func (d *Device) tracks(now time.Time) {
	if d.card == nil || d.pos != crt571.PosInside {
		d.no(now, crt571.CmdTracks, crt571.TracksAll, "02")
		return
	}

	d.off()
	d.latched = false
	var data []byte
	for i, t := range d.card.Tracks {
		if i > 0 {
			data = append(data, 0x7E)
		}
		if t == "" {
			data = append(data, "N24"...)
			continue
		}
		data = append(append(data, 'P'), t...)
	}

	d.after(now, d.cfg.MoveTime, func(now time.Time) { d.yes(now, crt571.CmdTracks, crt571.TracksAll, data...) })
}
