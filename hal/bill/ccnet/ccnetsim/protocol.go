package ccnetsim

import (
	"time"

	"wattkiosk/hal/bill/ccnet"
)

// byteGap is how long a frame may pause before its beginning is forgotten.
const byteGap = 50 * time.Millisecond

// Receive takes what the host sent.
func (d *Device) Receive(now time.Time, rx []byte) {
	d.step(now)
	if d.phase == off || d.phase == booting || d.faults.silent {
		return
	}
	if now.Sub(d.heardAt) > byteGap {
		d.dec.Reset()
	}
	d.heardAt = now
	rx = d.faults.disturb(rx)
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
	d.replyAt = now.Add(d.cfg.ReplyDelay)
}

// acknowledged: only the ACK of an 81 or 82 just reported changes anything.
func (d *Device) acknowledged() {
	if d.faults.lostAcks > 0 && d.reported != 0 {
		d.faults.lostAcks--
		return
	}
	switch {
	case d.reported == ccnet.StStacked && d.phase == stacked:
		d.inStacker = false
		d.settle()
	case d.reported == ccnet.StReturned && d.phase == returned:
		d.settle()
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
		if d.phase != inEscrow {
			return d.simple[ccnet.ReplyIllegal]
		}
		d.order(now, p[0])
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
	case p[0] == ccnet.CmdEnable && len(p) == 7 && d.phase != powerUp && d.phase != initialize:
		d.enabled = mask(p[1:4])
		d.escrow = mask(p[4:7])
	default:
		return ccnet.ReplyIllegal
	}
	return ccnet.ReplyAck
}

func mask(b []byte) uint32 { return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2]) }

func (d *Device) order(now time.Time, cmd byte) {
	switch cmd {
	case ccnet.CmdStack:
		d.lift(now)
	case ccnet.CmdReturn:
		d.giveBack(now)
	case ccnet.CmdHold:
		d.end = now.Add(d.cfg.EscrowTimeout)
	}
}

// reset restarts the electronics. A stacked note that was reported as power-up
// state 12 is forgotten; an 81 still owed is not.
func (d *Device) reset(now time.Time) {
	if d.phase == powerUp {
		d.inStacker = false
	}
	d.enabled, d.escrow = 0, 0
	d.enter(initialize, now.Add(d.cfg.InitTime))
}

func (d *Device) pollReply() []byte {
	code := d.code()
	switch code {
	case ccnet.StEscrow, ccnet.StStacked, ccnet.StReturned:
		return d.data([]byte{code, d.index})
	case ccnet.StRejecting:
		return d.data([]byte{code, d.reason})
	case ccnet.StFailure:
		return d.data([]byte{code, d.faults.failure})
	}
	return d.simple[code]
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
