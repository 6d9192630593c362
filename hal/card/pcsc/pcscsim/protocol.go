package pcscsim

import (
	"encoding/binary"
	"math/bits"
	"time"

	"wattkiosk/hal/card/pcsc"
)

var order = binary.LittleEndian

// Receive takes records of the host.
func (d *Device) Receive(now time.Time, rx []byte) {
	for len(rx) > 0 {
		rx = d.rec.Feed(rx)
		for {
			kind, data, ok, err := d.rec.Next()
			if err != nil || ok && kind == pcsc.Closed {
				d.drop(now)
				return
			}
			if !ok {
				break
			}
			if d.open && !d.stuck {
				d.in = append(d.in, data...)
			}
		}
	}

	for d.request(now) {
	}
}

// sizeOf is the size of a request's body; false for a command that is not known.
func sizeOf(cmd uint32) (int, bool) {
	switch cmd {
	case pcsc.CmdReaders:
		return 0, true
	case pcsc.CmdVersion:
		return pcsc.VersionSize, true
	case pcsc.CmdEstablish:
		return pcsc.EstablishSize, true
	case pcsc.CmdConnect:
		return pcsc.ConnectSize, true
	case pcsc.CmdReconnect:
		return pcsc.ReconnectSize, true
	case pcsc.CmdDisconnect:
		return pcsc.DisconnectSize, true
	case pcsc.CmdBegin:
		return pcsc.BeginSize, true
	case pcsc.CmdTransmit:
		return pcsc.TransmitSize, true
	}

	return 0, false
}

// request takes one request; false when more bytes are needed. What is malformed
// ends the connection, as the daemon does.
func (d *Device) request(now time.Time) bool {
	if len(d.in) < pcsc.HeaderSize {
		return false
	}

	size, cmd := order.Uint32(d.in), order.Uint32(d.in[4:])
	want, known := sizeOf(cmd)
	if !known || int64(size) != int64(want) {
		d.drop(now)
		return false
	}

	n := pcsc.HeaderSize + int(size)
	if len(d.in) < n {
		return false
	}
	if cmd == pcsc.CmdTransmit {
		n += int(order.Uint32(d.in[pcsc.HeaderSize+12:]))
		if len(d.in) < n {
			return false
		}
	}

	body := append([]byte(nil), d.in[pcsc.HeaderSize:n]...)
	d.in = d.in[n:]
	d.serve(now, cmd, body)
	return true
}

// send answers after a while.
func (d *Device) send(now time.Time, wait time.Duration, b []byte) {
	d.after(now, wait, d.epoch, func(time.Time) {
		if !d.stuck {
			d.out = pcsc.AppendRecord(d.out, pcsc.Data, b)
		}
	})
}

// code puts the result into the last field of a body.
func code(b []byte, c pcsc.Code) []byte {
	order.PutUint32(b[len(b)-4:], uint32(c))
	return b
}

func (d *Device) serve(now time.Time, cmd uint32, b []byte) {
	short := d.cfg.ReplyDelay
	switch cmd {
	case pcsc.CmdVersion:
		d.send(now, short, code(b, pcsc.Success))
	case pcsc.CmdEstablish:
		order.PutUint32(b[4:], 0x6D6C5DAE)
		d.send(now, short, code(b, pcsc.Success))
	case pcsc.CmdReaders:
		d.send(now, short, d.readers())
	case pcsc.CmdConnect:
		d.connect(now, b)
	case pcsc.CmdReconnect:
		d.reconnect(now, b)
	case pcsc.CmdDisconnect:
		c := d.check(b, 0)
		d.handle = 0
		if c == pcsc.Success && order.Uint32(b[4:]) != pcsc.LeaveCard {
			d.cut()
		}
		d.send(now, d.cfg.PowerTime, code(b, c))
	case pcsc.CmdBegin:
		if d.held > 0 {
			d.held--
			d.send(now, 100*time.Millisecond, code(b, pcsc.SharingViolation))
			return
		}
		d.send(now, short, code(b, d.check(b, 0)))
	case pcsc.CmdTransmit:
		d.transmit(now, b)
	}
}

// check compares the handle at an offset.
func (d *Device) check(b []byte, at int) pcsc.Code {
	switch {
	case d.handle == 0 || order.Uint32(b[at:]) != d.handle:
		return pcsc.InvalidHandle
	case d.stale != 0:
		return d.stale
	}
	return pcsc.Success
}

func (d *Device) readers() []byte {
	r := pcsc.Reader{Name: d.cfg.Reader, Events: d.events, State: pcsc.StateAbsent, ATR: d.atr}
	if d.noticed != nil {
		r.State = pcsc.StatePresent
		if d.powered {
			r.State |= pcsc.StatePowered | pcsc.StateReady
		} else if len(d.atr) == 0 {
			r.State |= pcsc.StateMute
		}
	}
	if d.handle != 0 {
		r.Sharing = 1
	}
	if d.cfg.OtherProgram {
		r.Sharing = -1
	}

	var b []byte
	if !d.gone {
		b = pcsc.AppendReader(b, r)
	}
	return append(b, make([]byte, pcsc.ReadersSize-len(b))...)
}

// protocol is the first that the card's ATR offers.
func (d *Device) protocol() uint32 {
	const offersMore = 0x80
	if len(d.atr) < 2 || d.atr[1]&offersMore == 0 {
		return pcsc.ProtocolT0
	}
	at := 2 + bits.OnesCount8(d.atr[1]&0x70)
	if at < len(d.atr) && d.atr[at]&0x0F == 1 {
		return pcsc.ProtocolT1
	}
	return pcsc.ProtocolT0
}

func (d *Device) connect(now time.Time, b []byte) {
	c := pcsc.Success
	switch {
	case d.gone || string(b[4:4+len(d.cfg.Reader)]) != d.cfg.Reader:
		c = pcsc.UnknownReader
	case d.cfg.OtherProgram || d.handle != 0:
		c = pcsc.SharingViolation
	case d.noticed == nil:
		c = pcsc.NoSmartcard
	case !d.powered && d.card != nil:
		d.power(false)
	}

	if c == pcsc.Success && !d.powered {
		c = pcsc.Unresponsive
	}
	if c == pcsc.Success {
		d.handles++
		d.handle, d.stale = 0x7000+d.handles, 0
		order.PutUint32(b[140:], d.handle)
		order.PutUint32(b[144:], d.protocol())
	}
	d.send(now, d.cfg.PowerTime, code(b, c))
}

func (d *Device) reconnect(now time.Time, b []byte) {
	c := d.check(b, 0)
	if c == pcsc.Success {
		warm := order.Uint32(b[12:]) == pcsc.ResetCard
		if !warm {
			d.cut()
		}
		if d.card != nil {
			d.power(warm)
		}
		if !d.powered {
			c = pcsc.Unresponsive
		}
		order.PutUint32(b[16:], d.protocol())
	}

	d.send(now, d.cfg.PowerTime, code(b, c))
}

// transmit lets the chip work half-way through the exchange.
func (d *Device) transmit(now time.Time, b []byte) {
	d.Requests++
	b, apdu := b[:pcsc.TransmitSize:pcsc.TransmitSize], b[pcsc.TransmitSize:]
	fail := func(now time.Time, c pcsc.Code) {
		order.PutUint32(b[24:], 0)
		d.send(now, d.cfg.ReplyDelay, code(b, c))
	}

	if c := d.check(b, 0); c != pcsc.Success {
		fail(now, c)
		return
	}

	c := d.card
	if c == nil || !d.powered {
		fail(now, pcsc.NotTransacted)
		return
	}

	var answer []byte
	d.after(now, d.cfg.CardTime/2, 0, func(now time.Time) {
		if d.card == c && d.powered {
			d.Applied++
			answer = d.exchange(now, apdu)
		}
	})

	d.after(now, d.cfg.CardTime, d.epoch, func(now time.Time) {
		if d.lostReply {
			d.lostReply = false
			return
		}
		if d.card != c || len(answer) == 0 || len(answer) > pcsc.MaxResponse {
			fail(now, pcsc.NotTransacted)
			return
		}
		order.PutUint32(b[24:], uint32(len(answer)))
		wait := d.cfg.ReplyDelay
		if d.lateReply {
			d.lateReply, wait = false, d.cfg.LateTime
		}
		d.send(now, wait, append(code(b, pcsc.Success), answer...))
	})
}

// exchange lets the card work; nil = it did not answer.
func (d *Device) exchange(now time.Time, apdu []byte) []byte {
	var answer []byte
	switch {
	case d.cfg.ACR && len(apdu) >= 5 && apdu[0] == 0xFF && d.card.Memory != nil:
		answer = d.pseudo(apdu)
	case d.card.Processor != nil:
		answer = d.card.Processor.Transmit(apdu)
	default:
		return []byte{0x6A, 0x81}
	}
	return answer
}
