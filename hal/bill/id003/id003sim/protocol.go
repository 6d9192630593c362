package id003sim

import (
	"bytes"
	"time"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/id003"
)

const (
	byteGap = 50 * time.Millisecond  // a frame that pauses so long is forgotten
	storing = 300 * time.Millisecond // 16, after the ACK
	retells = 500 * time.Millisecond // 14 of a note that is told of again
	reading = 0x40                   // less than the command that gives a setting: reads it
	cmdMode = 0xC2                   // + 1 byte: how the device and the host take turns; the driver does not send it
)

// Receive takes what the host sent.
func (d *Device) Receive(now time.Time, rx []byte) {
	if d.cfg.Echo {
		d.echo, d.echoAt = append(bytes.Clone(d.echo), rx...), now
	}
	d.step(now)
	if !d.Hears() {
		return
	}
	if now.Sub(d.heardAt) > byteGap {
		d.dec.Reset()
	}
	d.heardAt = now
	rx = d.Disturb(rx)
	bad := d.dec.Bad
	for len(rx) > 0 {
		rx = d.dec.Feed(rx)
		for p, ok := d.dec.Next(); ok; p, ok = d.dec.Next() {
			d.frame(now, p)
			bad = d.dec.Bad
		}
	}
	if d.cfg.Complains && d.dec.Bad > bad {
		d.answer(now, d.simple[id003.ReplyLine])
	}
}

func (d *Device) frame(now time.Time, p []byte) {
	if len(p) == 1 && p[0] == id003.CmdAck {
		d.acknowledged(now)
		return
	}
	if d.hangs(now) && p[0] != id003.CmdReset {
		return
	}
	d.answer(now, d.command(now, p))
	if p[0] == id003.CmdStatus {
		d.replyTo = d.code()
		if d.replyTo == id003.StVendValid && d.askedAt.IsZero() {
			d.askedAt = now
		}
	}
}

// hangs says that the ACK is overdue.
func (d *Device) hangs(now time.Time) bool {
	return d.cfg.HangAfter > 0 && !d.askedAt.IsZero() && now.Sub(d.askedAt) >= d.cfg.HangAfter
}

func (d *Device) answer(now time.Time, b []byte) {
	d.reply, d.replyAt, d.replyTo, d.reported = b, now.Add(d.ReplyDelay), 0, 0
}

// acknowledged: only the ACK of a 15 just reported changes anything. It has no
// reply.
func (d *Device) acknowledged(now time.Time) {
	if d.reported != id003.StVendValid || d.hangs(now) || d.LoseAck() {
		return
	}
	d.reported = 0
	if d.code() != id003.StVendValid {
		return
	}
	d.askedAt, d.retold, d.storing = time.Time{}, toldAll, now.Add(storing)
	d.paid = d.Phase() == billsim.Pressing
	d.Acknowledge()
}

// command carries out a command and returns the reply.
func (d *Device) command(now time.Time, p []byte) []byte {
	if p[0] >= id003.CmdDenominations {
		if !d.set(p) {
			return d.simple[id003.ReplyInvalid]
		}
		return frame(p...)
	}
	if len(p) != 1 {
		return d.simple[id003.ReplyInvalid]
	}
	switch p[0] {
	case id003.CmdStatus:
		return d.status()
	case id003.CmdVersion:
		return frame(append([]byte{id003.CmdVersion}, d.cfg.Version...)...)
	case id003.CmdCurrency:
		return frame(d.cfg.Table.Append([]byte{id003.CmdCurrency}, d.cfg.Country)...)
	case id003.CmdReset:
		d.reset(now)
	case id003.CmdStack1, id003.CmdStack, id003.CmdReturn, id003.CmdHold:
		if !d.order(now, p[0]) {
			return d.simple[id003.ReplyInvalid]
		}
	default:
		return d.read(p[0])
	}
	return d.simple[id003.ReplyAck]
}

// set takes a setting; not before the first RESET.
func (d *Device) set(p []byte) bool {
	if d.Phase() == billsim.PowerUp {
		return false
	}
	switch {
	case p[0] == id003.CmdDenominations && len(p) == 3:
		d.refused = uint16(p[1]) | uint16(p[2])<<8
	case p[0] == id003.CmdSecurity && len(p) == 3:
		copy(d.security[:], p[1:])
	case p[0] == id003.CmdOptions && len(p) == 3:
		copy(d.options[:], p[1:])
	case p[0] == id003.CmdDirection && len(p) == 2:
		d.ways = p[1]
	case p[0] == cmdMode && len(p) == 2:
		d.mode = p[1]
	case p[0] == id003.CmdInhibit && len(p) == 2:
		d.shut, d.settled = p[1]&1 != 0, true
	default:
		return false
	}
	return true
}

// read tells a setting: 80 that of C0, and so on.
func (d *Device) read(cmd byte) []byte {
	switch cmd + reading {
	case id003.CmdDenominations:
		return frame(cmd, byte(d.refused), byte(d.refused>>8))
	case id003.CmdSecurity:
		return frame(cmd, d.security[0], d.security[1])
	case id003.CmdOptions:
		return frame(cmd, d.options[0], d.options[1])
	case id003.CmdDirection:
		return frame(cmd, d.ways)
	case cmdMode:
		return frame(cmd, d.mode)
	case id003.CmdInhibit:
		if d.shut {
			return frame(cmd, 1)
		}
		return frame(cmd, 0)
	}
	return d.simple[id003.ReplyInvalid]
}

func (d *Device) order(now time.Time, cmd byte) bool {
	switch cmd {
	case id003.CmdStack1, id003.CmdStack:
		d.early = cmd == id003.CmdStack1
		return d.Stack(now)
	case id003.CmdReturn:
		return d.Return(now)
	}
	d.held = d.Hold(now)
	return d.held
}

// reset restarts the electronics.
func (d *Device) reset(now time.Time) {
	if d.Phase() == billsim.PowerUp && d.InStacker() && d.cfg.Recovery {
		d.retold, d.retoldAt = tellsStacking, now.Add(d.InitTime+retells)
	}
	d.forget()
	d.Reset(now)
}
