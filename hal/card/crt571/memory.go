package crt571

import (
	"bytes"
	"encoding/binary"
	"time"

	"wattkiosk/hal/card"
)

// Sizes of the chips in bytes.
const (
	size4442    = 256
	size4428    = 1024
	bits4442    = 4
	bits4428    = 128
	counter4428 = 1021 // address of the error counter of an SLE4428
	size24C01   = 128
)

// selectChip powers a memory card and finds out whether it is of the kind.
func (d *Driver) selectChip(now time.Time) {
	chip := d.own.Job.Cmd.Chip
	if chip == card.AT88SC102 {
		d.own.Refuse(wrap(card.ErrUnsupported, "chip"))
		return
	}

	d.atContacts(now, func(now time.Time) {
		d.powered, d.chip, d.verified = false, 0, false
		if chip == card.AT24C {
			d.selectI2C(now)
			return
		}
		d.selectSLE(now, chip)
	})
}

// selectSLE: the chips are told apart by the first byte of their answer to reset.
func (d *Driver) selectSLE(now time.Time, chip card.Chip) {
	first := byte(0xA2)
	if chip == card.SLE4428 {
		first = 0x92
	}
	d.exchange(now, command(CmdSLE, SLEReset), false, func(_ time.Time, atr []byte) {
		if len(atr) < 4 || atr[0] != first {
			d.own.Refuse(wrap(card.ErrMute, "another chip"))
			return
		}
		d.chip = chip
		d.own.Done(atr[:4])
	})
}

func (d *Driver) selectI2C(now time.Time) {
	d.exchange(now, command(CmdI2C, I2COn, I2CAny), false, func(now time.Time, _ []byte) {
		d.exchange(now, command(CmdI2C, I2CStatus), false, func(_ time.Time, data []byte) {
			if len(data) != 1 || data[0] < I2C24C01 || data[0] > I2CLast {
				d.own.Refuse(wrap(card.ErrMute, "no I2C card"))
				return
			}
			d.chip, d.size = card.AT24C, size24C01<<(data[0]-I2C24C01)
			d.own.Done(nil)
		})
	})
}

// startMemory begins a command on a memory card.
func (d *Driver) startMemory(now time.Time) {
	if !d.inside() {
		return
	}

	c := d.own.Job.Cmd
	switch {
	case d.chip == 0:
		d.own.Refuse(card.ErrNotPowered)
	case c.Op == card.Read || c.Op == card.Write:
		d.startArea(now, c)
	case d.chip == card.AT24C:
		d.own.Refuse(wrap(card.ErrUnsupported, "the chip has no code"))
	case c.Op == card.Tries:
		d.countTries(now, func(_ time.Time, left byte) { d.own.Done([]byte{left}) })
	default:
		d.startVerify(now)
	}
}

// areaSize is the bytes of an area of the chip; 0 = it has none.
func (d *Driver) areaSize(a card.Area) int {
	switch {
	case d.chip == card.SLE4442 && a == card.Protection:
		return bits4442
	case d.chip == card.SLE4428 && a == card.Protection:
		return bits4428
	case a == card.Protection:
		return 0
	case d.chip == card.SLE4442:
		return size4442
	case d.chip == card.SLE4428:
		return size4428
	}

	return d.size
}

func (d *Driver) startArea(now time.Time, c card.Command) {
	n := len(c.Data)
	if c.Op == card.Read {
		n = c.Length
	}

	switch size := d.areaSize(c.Area); {
	case size == 0:
		d.own.Refuse(wrap(card.ErrUnsupported, "area"))
	case c.Address > size || n > size-c.Address:
		d.own.Refuse(wrap(card.ErrArgument, "%d bytes at %d of %d", n, c.Address, size))
	case c.Op == card.Read:
		d.readOn(now, c.Area, c.Address, n, nil, func(_ time.Time, data []byte) { d.own.Done(data) })
	case d.chip != card.AT24C && !d.verified:
		d.own.Refuse(wrap(card.ErrProtected, "the code was not presented"))
	case c.Area == card.Protection:
		d.startBurn(now, c)
	default:
		d.writeOn(now, c.Address, c.Data)
	}
}

// memoryText is the command for n bytes at an address, without data.
func (d *Driver) memoryText(ins byte, a card.Area, address, n int) []byte {
	var at [2]byte
	binary.BigEndian.PutUint16(at[:], uint16(address))
	switch {
	case d.chip == card.AT24C && ins == insWrite:
		return command(CmdI2C, I2CWrite, 0, ins, at[0], at[1], byte(n))
	case d.chip == card.AT24C:
		return command(CmdI2C, I2CRead, 0, ins, at[0], at[1], byte(n))
	case d.chip == card.SLE4442 && a == card.Protection:
		return command(CmdSLE, SLE4442, 0, ins, areaProtection, at[1], byte(n))
	case d.chip == card.SLE4442:
		return command(CmdSLE, SLE4442, 0, ins, areaMain, at[1], byte(n))
	case a == card.Protection && ins == insWrite:
		return command(CmdSLE, SLE4428, 0, ins, p1Protect4428|at[0], at[1], byte(n))
	case a == card.Protection:
		return command(CmdSLE, SLE4428, 0, ins, p1Bits4428, at[1], byte(n))
	}

	return command(CmdSLE, SLE4428, 0, ins, at[0], at[1], byte(n))
}

// status splits data and the two status bytes of an answer.
func status(answer []byte) (data []byte, sw uint16) {
	n := len(answer) - 2
	if n < 0 {
		return nil, SWFail
	}
	return answer[:n], binary.BigEndian.Uint16(answer[n:])
}

// swErr is a status word as an error of the kind.
func swErr(sw uint16) error {
	switch sw {
	case SWWrongPSC:
		return wrap(card.ErrWrongPSC, "status %04X", sw)
	case SWLocked:
		return wrap(card.ErrLocked, "status %04X", sw)
	case SWAddress, SWLength:
		return wrap(card.ErrArgument, "status %04X", sw)
	}
	return wrap(card.ErrDevice, "status %04X", sw)
}

// readOn reads piece by piece.
func (d *Driver) readOn(now time.Time, a card.Area, at, left int, have []byte, then func(now time.Time, data []byte)) {
	if left == 0 {
		then(now, have)
		return
	}

	n := min(left, readChunk)
	d.exchange(now, d.memoryText(insRead, a, at, n), false, func(now time.Time, answer []byte) {
		data, sw := status(answer)
		switch {
		case sw != SWOK:
			d.own.Fail(swErr(sw))
			return
		case len(data) != n:
			d.own.Fail(wrap(card.ErrDevice, "%d bytes of %d", len(data), n))
			return
		case a == card.Protection && !d.cfg.RawProtection:
			data = inverted(data)
		}
		d.readOn(now, a, at+n, left-n, append(have, data...), then)
	})
}

func inverted(b []byte) []byte {
	c := make([]byte, len(b))
	for i, v := range b {
		c[i] = ^v
	}
	return c
}

// writeOn writes piece by piece. The reader checks what it wrote.
func (d *Driver) writeOn(now time.Time, at int, left []byte) {
	if len(left) == 0 {
		d.own.Done(nil)
		return
	}

	n := min(len(left), writeChunk)
	text := append(d.memoryText(insWrite, card.Main, at, n), left[:n]...)
	first := !d.own.Job.Acted
	d.exchange(now, text, true, func(now time.Time, answer []byte) {
		_, sw := status(answer)
		switch sw {
		case SWOK:
			d.writeOn(now, at+n, left[n:])
			return
		case SWAddress, SWLength: // refused before the first byte
			d.own.Job.Acted = !first
		default:
			d.own.Job.Acted = !first || n > 1
		}
		d.own.Fail(wrap(card.ErrProtected, "status %04X", sw))
	})
}

// startBurn burns protection bits: those that are 0 in the data and not burnt yet.
// The reader wants the byte of main memory that each of them protects.
func (d *Driver) startBurn(now time.Time, c card.Command) {
	n := len(c.Data)
	d.readOn(now, card.Protection, c.Address, n, nil, func(now time.Time, have []byte) {
		d.readOn(now, card.Main, 8*c.Address, 8*n, nil, func(now time.Time, main []byte) {
			d.burnOn(now, c, have, main, 0)
		})
	})
}

// burnOn burns the bits from number bit on.
func (d *Driver) burnOn(now time.Time, c card.Command, have, main []byte, bit int) {
	wanted := func(i int) bool { return c.Data[i/8]>>(i%8)&1 == 0 && have[i/8]>>(i%8)&1 == 1 }
	for bit < 8*len(c.Data) && !wanted(bit) {
		bit++
	}

	if bit == 8*len(c.Data) {
		d.checkBurnt(now, c)
		return
	}

	text := append(d.memoryText(insWrite, card.Protection, 8*c.Address+bit, 1), main[bit])
	first := !d.own.Job.Acted
	d.exchange(now, text, true, func(now time.Time, answer []byte) {
		if _, sw := status(answer); sw != SWOK {
			d.own.Job.Acted = !first
			d.own.Fail(wrap(card.ErrProtected, "status %04X", sw))
			return
		}
		d.burnOn(now, c, have, main, bit+1)
	})
}

// checkBurnt reads back: a burnt bit is for good, so it had better be the right one.
func (d *Driver) checkBurnt(now time.Time, c card.Command) {
	d.readOn(now, card.Protection, c.Address, len(c.Data), nil, func(_ time.Time, have []byte) {
		kept := bytes.Clone(have)
		for i, v := range c.Data {
			kept[i] &^= v
		}
		if len(bytes.Trim(kept, "\x00")) > 0 {
			d.own.Fail(wrap(card.ErrProtected, "bits read back otherwise"))
			return
		}
		d.own.Done(nil)
	})
}
