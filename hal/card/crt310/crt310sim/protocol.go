package crt310sim

import (
	"time"

	"wattkiosk/hal/card/crt310"
)

// byteGap is how long a frame may pause before its beginning is forgotten.
const byteGap = 50 * time.Millisecond

// Receive takes what the host sent.
func (d *Device) Receive(now time.Time, rx []byte) {
	if d.dead || d.faults.silent || now.Before(d.readyAt) {
		return
	}
	if now.Sub(d.heardAt) > byteGap && !d.busy {
		d.rx = nil
	}
	d.heardAt = now
	d.rx = append(d.rx, d.faults.disturb(rx)...)
	d.takeAll(now)
}

// takeAll takes what has come, unless the reader is busy.
func (d *Device) takeAll(now time.Time) {
	for len(d.rx) > 0 && !d.busy {
		if !d.take(now) {
			return
		}
	}
}

// take takes one control byte or one frame; false when more bytes are needed.
func (d *Device) take(now time.Time) bool {
	b := d.rx[0]
	if b != crt310.STX {
		d.rx = d.rx[1:]
		d.control(now, b)
		return true
	}
	if len(d.rx) < 3 {
		return false
	}

	n := int(d.rx[1])<<8 | int(d.rx[2])
	if n < 2 || n > crt310.MaxContent {
		d.rx = nil
		d.send(now, []byte{crt310.NAK})
		return true
	}
	if len(d.rx) < n+crt310.Overhead {
		return false
	}

	frame := d.rx[:n+crt310.Overhead]
	d.rx = d.rx[n+crt310.Overhead:]
	if frame[3+n] != crt310.ETX || crt310.BCC(frame) != 0 {
		d.send(now, []byte{crt310.NAK})
		return true
	}

	d.asked = append([]byte(nil), frame[3:3+n]...)
	if d.faults.lostAck {
		d.faults.lostAck = false
		return true
	}

	d.send(now, []byte{crt310.ACK})
	return true
}

func (d *Device) control(now time.Time, b byte) {
	switch b {
	case crt310.ENQ:
		if d.asked != nil {
			asked := d.asked
			d.asked = nil
			d.work(now, asked)
		}
	case crt310.NAK:
		if d.answer != nil {
			d.send(now, d.answer)
		}
	case crt310.EOT:
		d.asked, d.answer = nil, nil
	}
}

// send sends bytes after the reply delay.
func (d *Device) send(now time.Time, b []byte) {
	d.after(now, d.cfg.ReplyDelay, func(time.Time) { d.out = append(d.out, b...) })
}

// reply sends a frame around content.
func (d *Device) reply(now time.Time, content ...byte) {
	b, err := crt310.AppendFrame(nil, content)
	if err != nil {
		return // not reachable: answers fit
	}

	switch {
	case content[0] != crt310.CmdCPU:
	case d.faults.lostReply:
		d.faults.lostReply = false
		return
	case d.faults.lateReply:
		d.faults.lateReply, d.busy = false, true
		d.after(now, d.cfg.LateTime, func(now time.Time) {
			d.busy = false
			d.reply(now, content...)
			d.takeAll(now)
		})
		return
	}

	d.answer = b
	d.send(now, b)
}

// work does what a frame asks for.
func (d *Device) work(now time.Time, q []byte) {
	d.answer = nil
	cmd, pm := q[0], q[1]
	switch {
	case cmd == crt310.CmdStatus && pm == crt310.StatusReader:
		d.reply(now, cmd, pm, d.pos, d.front, crt310.FrontNone)
	case cmd == crt310.CmdStop:
		d.reply(now, cmd, pm, crt310.ResultOK)
	case cmd == crt310.CmdEntry && len(q) == 3:
		d.front = crt310.FrontNone
		if pm == crt310.EntryFrontSwitch {
			d.front = crt310.FrontSwitch
		}
		d.reply(now, cmd, pm, crt310.ResultOK)
	case cmd == crt310.CmdReset && pm == crt310.ResetStay:
		d.off()
		d.front = crt310.FrontNone
		if d.pos == crt310.PosContacts {
			d.pos = crt310.PosInside
		}
		d.after(now, d.cfg.MoveTime, func(now time.Time) { d.reply(now, append([]byte{cmd, pm}, d.cfg.Version...)...) })
	case cmd == crt310.CmdMove:
		d.move(now, pm)
	case cmd == crt310.CmdPower && pm == crt310.PowerDown:
		d.off()
		d.reply(now, cmd, pm, crt310.ResultOK)
	case cmd == crt310.CmdCPU:
		d.chip(now, pm, q[2:])
	case cmd == crt310.CmdTracks && pm == crt310.TracksRead && len(q) == 4:
		d.tracks(now, q)
	default:
		d.reply(now, crt310.Negative, cmd, 0x00)
	}
}

// move moves the card.
func (d *Device) move(now time.Time, pm byte) {
	say := func(now time.Time, p byte) { d.reply(now, crt310.CmdMove, pm, p) }
	if d.card == nil {
		say(now, crt310.ResultEmpty)
		return
	}

	d.off()
	d.after(now, d.cfg.MoveTime, func(now time.Time) {
		switch {
		case d.card == nil:
			say(now, crt310.ResultEmpty)
			return
		case d.faults.jam:
			d.pos = crt310.PosShort // so the sensors see it
			d.reply(now, crt310.Negative, crt310.CmdMove, 0x10)
			return
		case pm == crt310.MoveEject:
			d.pos = crt310.PosFront
		case pm == crt310.MoveCapture:
			d.bin = append(d.bin, d.card)
			d.card, d.pos = nil, crt310.PosNone
		case pm == crt310.MoveContacts && d.pos != crt310.PosFront:
			d.pos = crt310.PosContacts
		default:
			say(now, crt310.ResultPlace)
			return
		}
		say(now, crt310.ResultOK)
	})
}

// tracks answers with the three tracks.
func (d *Device) tracks(now time.Time, q []byte) {
	if d.card == nil {
		d.reply(now, q[0], q[1], crt310.ResultEmpty)
		return
	}

	answer := []byte{q[0], q[1], q[2], q[3]}
	for _, t := range d.card.Tracks {
		answer = append(answer, 0x1F)
		if t == "" {
			answer = append(answer, crt310.ResultFail, 0x31)
			continue
		}
		answer = append(append(answer, crt310.ResultOK), t...)
	}
	d.reply(now, answer...)
}

// chip exchanges with the processor card: the chip works half-way through.
func (d *Device) chip(now time.Time, pm byte, data []byte) {
	c := d.card
	say := func(now time.Time, content ...byte) {
		d.reply(now, append([]byte{crt310.CmdCPU, pm}, content...)...)
	}

	switch {
	case c == nil:
		say(now, crt310.ResultEmpty)
		return
	case d.pos != crt310.PosContacts:
		say(now, crt310.ResultPlace)
		return
	case c.Processor == nil || d.faults.mute:
		say(now, crt310.ResultFail)
		return
	}

	var result []byte
	d.after(now, d.cfg.CardTime/2, func(time.Time) {
		if d.card == c {
			result = d.apply(pm, data)
		}
	})

	d.after(now, d.cfg.CardTime, func(now time.Time) {
		switch {
		case d.card != c:
			say(now, crt310.ResultEmpty)
		case result == nil:
			say(now, crt310.ResultFail)
		default:
			say(now, result...)
		}
	})
}

// apply lets the chip work; nil = it did not answer.
func (d *Device) apply(pm byte, data []byte) []byte {
	switch {
	case pm == crt310.CPUCold || pm == crt310.CPUWarm:
		atr := d.card.Processor.Reset(pm == crt310.CPUWarm)
		d.powered = len(atr) > 0
		if !d.powered {
			return nil
		}
		return append([]byte{crt310.ResultOK, 0x30, byte(len(atr))}, atr...)
	case pm != crt310.CPUT0 && pm != crt310.CPUT1 || !d.powered || len(data) < 2:
		return nil
	}

	n := int(data[0])<<8 | int(data[1])
	if n != len(data)-2 {
		return nil
	}

	d.Applied++
	r := d.card.Processor.Transmit(append([]byte(nil), data[2:]...))
	if len(r) < 2 {
		return nil
	}
	return append([]byte{crt310.ResultOK, byte(len(r) >> 8), byte(len(r))}, r...)
}
