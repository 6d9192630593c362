package crt571sim

import (
	"errors"
	"math/bits"
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/crt571"
)

// result is how a command to the chip ended: data, or a code.
type result struct {
	data []byte
	code crt571.Code // "" = yes
}

// chip exchanges with the card: it works half-way through.
func (d *Device) chip(now time.Time, cm, pm byte, data []byte) {
	c := d.card
	if c == nil || d.pos != crt571.PosInside || !d.latched {
		d.no(now, cm, pm, "02")
		return
	}

	var r result
	worked := false
	d.after(now, d.cfg.CardTime/2, func(time.Time) {
		if d.card == c {
			r, worked = d.apply(cm, pm, data), true
		}
	})

	wait := d.cfg.CardTime
	if d.faults.lateReply {
		d.faults.lateReply, wait = false, d.cfg.LateTime
	}

	d.after(now, wait, func(now time.Time) {
		if d.faults.lostReply {
			d.faults.lostReply = false
			d.begin(now)
			return
		}
		switch {
		case d.card != c || !worked:
			d.no(now, cm, pm, crt571.CodeMoved)
		case r.code != "":
			d.no(now, cm, pm, r.code)
		default:
			d.yes(now, cm, pm, r.data...)
		}
	})
}

func (d *Device) apply(cm, pm byte, data []byte) result {
	c := d.card
	if d.faults.mute {
		return result{code: "61"}
	}

	switch {
	case cm == crt571.CmdCPU && c.Processor != nil:
		return d.processor(c.Processor, pm, data)
	case cm == crt571.CmdSLE && c.Memory != nil:
		return d.sle(c.Memory, pm, data)
	case cm == crt571.CmdI2C && c.Memory != nil && c.Memory.Chip() == card.AT24C:
		return d.eeprom(c.Memory, pm, data)
	}
	return result{code: "61"}
}

func (d *Device) processor(p cardsim.Processor, pm byte, data []byte) result {
	switch pm {
	case crt571.CPUCold, crt571.CPUWarm:
		atr := p.Reset(pm == crt571.CPUWarm)
		if len(atr) == 0 {
			return result{code: "61"}
		}
		return result{data: append([]byte{protocol(atr)}, atr...)}
	case crt571.CPUOff:
		p.PowerOff()
		return result{}
	case crt571.CPUT0, crt571.CPUT1:
		r := p.Transmit(data)
		if len(r) < 2 {
			return result{code: "68"}
		}
		return result{data: r}
	}

	return result{code: "00"}
}

// protocol is the first protocol that an ATR offers (TD1 of ISO 7816-3).
func protocol(atr []byte) byte {
	if len(atr) < 2 || atr[1]&0x80 == 0 {
		return crt571.TypeT0
	}
	at := 2 + bits.OnesCount8(atr[1]&0x70)
	if at < len(atr) && atr[at]&0x0F == 1 {
		return crt571.TypeT1
	}
	return crt571.TypeT0
}

func (d *Device) sle(m cardsim.Memory, pm byte, data []byte) result {
	is4442 := m.Chip() == card.SLE4442
	if !is4442 && m.Chip() != card.SLE4428 {
		return result{code: "61"}
	}

	switch {
	case pm == crt571.SLEReset:
		return result{data: m.PowerOn()}
	case pm == crt571.SLEOff:
		m.PowerOff()
		return result{}
	case len(data) < 5 || is4442 != (pm == crt571.SLE4442):
		return result{code: "62"}
	}

	q := request{ins: data[1], p1: data[2], address: int(data[3]), n: int(data[4]), data: data[5:]}
	if q.n == 0 {
		q.n = 256
	}
	if is4442 {
		return answer(sle4442(m, q))
	}
	return answer(sle4428(m, q))
}

// request is a command of the groups 53 and 54, in APDU form.
type request struct {
	ins, p1    byte
	address, n int
	data       []byte
}

// answer is data and status bytes; a chip that lost its power was pulled out.
func answer(data []byte, err error) result {
	sw := uint16(crt571.SWOK)
	switch {
	case errors.Is(err, cardsim.ErrPower):
		return result{code: "45"}
	case errors.Is(err, cardsim.ErrRange):
		sw, data = crt571.SWAddress, nil
	case errors.Is(err, errWrong):
		sw, data = crt571.SWWrongPSC, nil
	case errors.Is(err, errLocked):
		sw, data = crt571.SWLocked, nil
	case err != nil:
		sw, data = crt571.SWFail, nil
	}

	return result{data: append(append([]byte(nil), data...), byte(sw>>8), byte(sw&0xFF))}
}

var (
	errWrong  = errors.New("wrong code")
	errLocked = errors.New("wrong code, and no try left")
)

func verify(m cardsim.Memory, psc []byte) error {
	ok, err := m.Verify(psc)
	if err != nil || ok {
		return err
	}
	left, err := m.Tries()
	switch {
	case err != nil:
		return err
	case left == 0:
		return errLocked
	}
	return errWrong
}

func sle4442(m cardsim.Memory, q request) ([]byte, error) {
	switch {
	case q.ins == 0x20:
		return nil, verify(m, q.data)
	case q.ins == 0xB0 && q.p1 == 0:
		return m.Read(card.Main, q.address, q.n)
	case q.ins == 0xB0 && q.p1 == 1:
		b, err := m.Read(card.Protection, q.address, q.n)
		return inverted(b), err
	case q.ins == 0xB0 && q.p1 == 2:
		left, err := m.Tries()
		return []byte{1<<left - 1, 0, 0, 0}, err
	case q.ins == 0xD0 && q.n != len(q.data):
		return nil, cardsim.ErrRange
	case q.ins == 0xD0 && q.p1 == 0:
		return nil, m.Write(card.Main, q.address, q.data)
	case q.ins == 0xD0 && q.p1 == 1:
		return nil, protect(m, q)
	}

	return nil, cardsim.ErrNoCode
}

func sle4428(m cardsim.Memory, q request) ([]byte, error) {
	q.address |= int(q.p1&0x0F) << 8
	switch q.p1 &= 0xF0; {
	case q.ins == 0x20:
		return nil, verify(m, q.data)
	case q.ins == 0xB0 && q.p1 == 0:
		return m.Read(card.Main, q.address, q.n)
	case q.ins == 0xB0 && q.p1 == 0x10:
		b, err := m.Read(card.Protection, q.address, q.n)
		return inverted(b), err
	case q.ins == 0xD0 && q.n != len(q.data):
		return nil, cardsim.ErrRange
	case q.ins == 0xD0 && q.p1 == 0:
		return nil, m.Write(card.Main, q.address, q.data)
	case q.ins == 0xD0 && q.p1 == 0x20:
		return nil, protect(m, q)
	}

	return nil, cardsim.ErrNoCode
}

// protect burns the bits of bytes that are as the host thinks.
func protect(m cardsim.Memory, q request) error {
	have, err := m.Read(card.Main, q.address, len(q.data))
	if err != nil {
		return err
	}
	if string(have) != string(q.data) {
		return cardsim.ErrRefused
	}

	for i := range q.data {
		at := q.address + i
		if err := m.Write(card.Protection, at/8, []byte{^byte(1 << (at % 8))}); err != nil {
			return err
		}
	}
	return nil
}

// inverted: the reader shows a protected byte as 1.
func inverted(b []byte) []byte {
	c := make([]byte, len(b))
	for i, v := range b {
		c[i] = ^v
	}
	return c
}

func (d *Device) eeprom(m cardsim.Memory, pm byte, data []byte) result {
	switch {
	case pm == crt571.I2COn && len(data) > 0:
		m.PowerOn()
		d.i2c = crt571.I2C24C01 + byte(bits.TrailingZeros(uint(m.Size()/128)))
		return result{}
	case pm == crt571.I2COff:
		m.PowerOff()
		d.i2c = 0
		return result{}
	case pm == crt571.I2CStatus:
		return result{data: []byte{max(d.i2c, crt571.I2CAny)}}
	case len(data) < 5:
		return result{code: "04"}
	}

	at, n := int(data[2])<<8|int(data[3]), int(data[4])
	if n == 0 {
		n = 256
	}
	if pm == crt571.I2CRead {
		return answer(m.Read(card.Main, at, n))
	}
	if len(data)-5 != n {
		return answer(nil, cardsim.ErrRange)
	}
	return answer(nil, m.Write(card.Main, at, data[5:]))
}
