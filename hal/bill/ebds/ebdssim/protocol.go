package ebdssim

import (
	"time"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ebds"
)

const (
	byteGap   = 50 * time.Millisecond // how long a frame may pause before its beginning is forgotten
	typeBits  = 0x70
	toggleBit = 0x01
)

// Receive takes what the host sent.
func (d *Device) Receive(now time.Time, rx []byte) {
	d.step(now)
	if !d.Hears() {
		return
	}
	if now.Sub(d.heardAt) > byteGap {
		d.dec.Reset()
	}
	d.heardAt = now
	rx = d.Disturb(rx)
	for len(rx) > 0 {
		rest, ctl, data, ok := d.dec.Next(rx)
		rx = rest
		if ok {
			d.frame(now, ctl, data)
		}
	}
}

// frame takes a message. One with the toggle of the last is not carried out: the last
// reply goes out again. Any other acknowledges that reply.
func (d *Device) frame(now time.Time, ctl byte, data []byte) {
	toggle := ctl & toggleBit
	switch {
	case toggle == d.toggle && d.last == nil && d.cfg.Mute:
		return
	case toggle == d.toggle && d.last == nil:
		d.answer(now, d.state(), toggle^toggleBit)
		d.last, d.told = nil, false
		return
	case toggle == d.toggle && !d.cfg.Afresh:
		d.reply, d.replyAt = d.last, now.Add(d.ReplyDelay)
		return
	case toggle == d.toggle:
	case d.told && d.LoseAck(): // as if it had not been heard
		return
	default:
		d.acknowledged(now)
	}
	d.toggle = toggle
	d.message(now, ctl, data)
	if d.cfg.Afresh && d.told {
		d.acknowledged(now)
	}
}

// acknowledged ends the event that the last reply told.
func (d *Device) acknowledged(now time.Time) {
	if !d.told {
		return
	}
	d.told, d.refused, d.unsure = false, false, false
	switch d.Phase() {
	case billsim.PowerUp:
		d.Forget()
		d.Reset(now)
	case billsim.Stacked, billsim.Returned:
		d.Acknowledge()
	}
}

// message carries a message out and prepares the reply.
func (d *Device) message(now time.Time, ctl byte, data []byte) {
	toggle := ctl & toggleBit
	switch {
	case ctl&typeBits == ebds.TypeAux && len(data) == 3:
		d.auxiliary(now, data, toggle)
	case ctl&typeBits == ebds.TypeOmnibus && len(data) == 3:
		d.order(now, data)
		d.answer(now, d.state(), toggle)
	case ctl&typeBits == ebds.TypeExtended && len(data) > 4 && !d.cfg.Plain:
		d.order(now, data[1:4])
		d.answer(now, d.set(data[0], data[4:]), toggle)
	default:
		r := d.state()
		r.Bits |= ebds.BitInvalid
		d.answer(now, r, toggle)
	}
}

func (d *Device) answer(now time.Time, r ebds.Reply, toggle byte) {
	d.told = r.Bits&(ebds.BitStacked|ebds.BitReturned|ebds.BitRejected) != 0
	b, err := r.AppendFrame(nil, toggle)
	if err != nil {
		return // not reachable: replies have up to 25 bytes of 7 bits
	}
	d.send(now, b)
}

func (d *Device) send(now time.Time, frame []byte) {
	d.last, d.reply, d.replyAt = frame, frame, now.Add(d.ReplyDelay)
}

// order takes the data of a message with a state. A note in escrow stays there while
// the host asks, up to the time it set.
func (d *Device) order(now time.Time, data []byte) {
	d.data = [3]byte(data)
	if d.wait == 0 || now.Before(d.escrowAt.Add(d.wait)) {
		d.Hold(now)
	}
	switch {
	case data[1]&ebds.ModeStack != 0:
		d.Stack(now)
	case data[1]&ebds.ModeReturn != 0:
		d.Return(now)
	}
}

// set takes the rest of an extended message and returns the reply.
func (d *Device) set(sub byte, data []byte) ebds.Reply {
	r := d.state()
	switch {
	case sub == ebds.SubNote && len(data) == 1:
		r.Subtype, r.Note = ebds.SubNote, ebds.Note{}
		if n := int(data[0]); n > 0 && n <= len(d.cfg.Notes) {
			r.Note = d.cfg.Notes[n-1]
			r.Note.Index = data[0]
		}
	case sub == ebds.SubTimeout && len(data) == 2:
		r.Subtype, d.wait = ebds.SubTimeout, time.Duration(data[0])*time.Second
	case sub == ebds.SubInhibits && (len(data) == 19 || len(data) == 8 && !d.cfg.Wide):
		d.inhibits, d.masked = ebds.Mask{}, true
		copy(d.inhibits[:], data)
	default:
		r.Bits |= ebds.BitInvalid
	}
	return r
}

// auxiliary takes a message that tells nothing of the state. RESET has no reply.
func (d *Device) auxiliary(now time.Time, data []byte, toggle byte) {
	if [3]byte(data) == [3]byte{ebds.AuxReset, ebds.AuxReset, ebds.AuxReset} {
		d.powerUp()
		if d.Phase() != billsim.PowerUp {
			d.Reset(now)
		}
		return
	}
	reply, known := identities[data[2]]
	if !known || data[0] != 0 || data[1] != 0 { // what it does not know is answered as the query for its software
		c := d.cfg.Software
		reply = []byte{byte(c >> 12), byte(c>>8) & 15, byte(c>>4) & 15, byte(c) & 15, 0, 0}
	}
	d.told = false
	b, err := ebds.AppendFrame(nil, ebds.TypeAux|toggle, reply)
	if err != nil {
		return // not reachable: up to 32 bytes of 7 bits
	}
	d.send(now, b)
}
