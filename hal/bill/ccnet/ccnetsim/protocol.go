package ccnetsim

import (
	"time"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ccnet"
)

// byteGap is how long a frame may pause before its beginning is forgotten.
const byteGap = 50 * time.Millisecond

// Receive takes what the host sent.
func (d *Device) Receive(now time.Time, rx []byte) {
	d.Step(now)
	if !d.Hears() {
		return
	}
	if now.Sub(d.heardAt) > byteGap {
		d.dec.Reset()
	}
	d.heardAt = now
	rx = d.Disturb(rx)
	for len(rx) > 0 {
		rx = d.dec.Feed(rx)
		for {
			p, ok := d.dec.Next()
			if !ok {
				break
			}
			d.frame(now, p)
		}
	}
}

func (d *Device) frame(now time.Time, p []byte) {
	if len(p) == 1 && p[0] == ccnet.CmdAck {
		d.acknowledged()
		return
	}
	d.reply, d.replyTo, d.reported = d.command(now, p), 0, 0
	if p[0] == ccnet.CmdPoll {
		d.replyTo = d.code()
	}
	d.replyAt = now.Add(d.ReplyDelay)
}

// acknowledged: only the ACK of an 81 or 82 just reported changes anything.
func (d *Device) acknowledged() {
	if d.reported != 0 && d.LoseAck() {
		return
	}
	if d.reported == ccnet.StStacked && d.Phase() == billsim.Stacked || d.reported == ccnet.StReturned && d.Phase() == billsim.Returned {
		d.Acknowledge()
	}
	d.reported = 0
}

// command carries out a command and returns the reply.
func (d *Device) command(now time.Time, p []byte) []byte {
	if p[0] == ccnet.CmdEnable || p[0] == cmdSecurity {
		return d.simple[d.set(p)]
	}
	if len(p) != 1 {
		return d.simple[ccnet.ReplyIllegal]
	}
	switch p[0] {
	case ccnet.CmdPoll:
		return d.pollReply()
	case ccnet.CmdReset:
		d.reset(now)
	case ccnet.CmdStatus:
		m := d.enabled
		return d.data([]byte{byte(m >> 16), byte(m >> 8), byte(m), d.security[0], d.security[1], d.security[2]})
	case ccnet.CmdIdent:
		return d.data(d.identity())
	case ccnet.CmdTable:
		return d.data(d.cfg.Table.Encode(d.cfg.Country))
	case ccnet.CmdStack, ccnet.CmdReturn, ccnet.CmdHold:
		if !d.order(now, p[0]) {
			return d.simple[ccnet.ReplyIllegal]
		}
	default:
		return d.simple[ccnet.ReplyIllegal]
	}
	return d.simple[ccnet.ReplyAck]
}

const cmdSecurity = 0x32

// set takes the commands with data and returns the reply byte.
func (d *Device) set(p []byte) byte {
	switch {
	case p[0] == cmdSecurity && len(p) == 4:
		copy(d.security[:], p[1:])
	case p[0] == ccnet.CmdEnable && len(p) == 7 && d.Phase() != billsim.PowerUp && d.Phase() != billsim.Initialising:
		d.enabled = mask(p[1:4])
		d.escrow = mask(p[4:7])
	default:
		return ccnet.ReplyIllegal
	}
	return ccnet.ReplyAck
}

func mask(b []byte) uint32 { return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2]) }

func (d *Device) order(now time.Time, cmd byte) bool {
	switch cmd {
	case ccnet.CmdStack:
		return d.Stack(now)
	case ccnet.CmdReturn:
		return d.Return(now)
	}
	return d.Hold(now)
}

// reset restarts the electronics.
func (d *Device) reset(now time.Time) {
	d.enabled, d.escrow = 0, 0
	d.Reset(now)
}

func (d *Device) data(payload []byte) []byte {
	b, err := ccnet.AppendFrame(nil, d.cfg.Address, payload)
	if err != nil {
		return nil // not reachable: replies have 2 to 120 bytes
	}
	return b
}

func (d *Device) identity() []byte {
	b := make([]byte, ccnet.IdentSize)
	for i := range b[:27] {
		b[i] = ' '
	}
	copy(b[:15], d.cfg.Part)
	copy(b[15:27], d.cfg.Serial)
	return b
}
