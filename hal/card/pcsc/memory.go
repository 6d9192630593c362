package pcsc

import (
	"fmt"
	"time"

	"wattkiosk/hal/card"
)

// Pseudo-APDUs of ACS readers (ACR38x and ACR1281U manuals; the chip is addressed
// by bytes, P1 the high and P2 the low byte of the address).
const (
	acrClass      = 0xFF
	acrSelect     = 0xA4 // 00 00 01 type: power off and on
	acrRead       = 0xB0
	acrTries      = 0xB1 // 00 00 length: error counter and filler
	acrProtection = 0xB2 // address, length: protection bits
	acrWrite      = 0xD0
	acrBurn       = 0xD1 // address, bytes: protects them if they are what the chip holds
	acrErase      = 0xD2 // AT88SC102: address: sets the word there to FF
	acrPresent    = 0x20 // PSC; the second status byte is the counter after it
	acrChunk      = 128  // bytes moved at a time: every chip and firmware takes that many
)

// memory is what the dialect needs to know of a chip.
type memory struct {
	kind   byte // for acrSelect
	size   int  // bytes
	psc    int  // bytes, 0 = the dialect offers no way to it
	tries  int  // length in acrTries
	counts byte // the error counter of a fresh card
	words  bool // a write only clears bits; to set one, its word is erased
}

// memoryOf describes the chips; false for one that the dialect does not serve.
func (d *Driver) memoryOf(c card.Chip) (memory, bool) {
	switch c {
	case card.SLE4442:
		return memory{kind: 0x06, size: 256, psc: 3, tries: 4, counts: 0x07}, true
	case card.SLE4428:
		return memory{kind: 0x05, size: 1024, psc: 2, tries: 3, counts: 0xFF}, true
	case card.AT24C:
		kind := byte(0x01) // 1 to 16 kbit
		if d.cfg.AT24CSize > 2048 {
			kind = 0x02
		}
		return memory{kind: kind, size: d.cfg.AT24CSize}, d.cfg.AT24CSize > 0
	case card.AT88SC102:
		return memory{kind: 0x09, size: 178, psc: 2, counts: 0x0F, words: true}, true
	}

	return memory{}, false
}

// startMemory begins a command on a memory card.
func (d *Driver) startMemory(now time.Time) {
	c := d.own.Job.Cmd
	if c.Op == card.Select {
		d.selectChip(now)
		return
	}
	if d.chip == 0 && d.present() {
		d.own.Refuse(card.ErrNotPowered)
		return
	}
	if !d.hasPower(d.chip) {
		return
	}

	m, _ := d.memoryOf(d.chip)
	switch c.Op {
	case card.Read:
		d.startRead(now, m)
	case card.Write:
		d.startWrite(now, m)
	case card.Tries:
		d.countTries(now, m, func(_ time.Time, left byte) { d.own.Done([]byte{left}) })
	case card.Verify:
		d.startVerify(now, m)
	}
}

func (d *Driver) selectChip(now time.Time) {
	chip := d.own.Job.Cmd.Chip
	m, ok := d.memoryOf(chip)
	if !ok {
		d.own.Refuse(fmt.Errorf("%w: chip", card.ErrUnsupported))
		return
	}

	d.chip, d.verified = 0, false
	d.connected(now, func(now time.Time) {
		d.pseudo(now, []byte{acrClass, acrSelect, 0, 0, 1, m.kind}, func(_ time.Time, answer []byte) {
			d.chip = chip
			d.own.Done(chipAnswer(d.reader.ATR))
		})
	})
}

// chipAnswer is the chip's own answer to reset, which the reader wraps in an ATR
// of direct convention with nothing but four historical bytes.
func chipAnswer(atr []byte) []byte {
	if len(atr) == 6 && atr[0] == 0x3B && atr[1] == 0x04 {
		return append([]byte(nil), atr[2:]...)
	}
	return nil
}

// pseudo exchanges a pseudo-APDU that must end in 9000; then gets the data.
func (d *Driver) pseudo(now time.Time, apdu []byte, then func(now time.Time, data []byte)) {
	changes := apdu[1] == acrWrite || apdu[1] == acrBurn || apdu[1] == acrErase
	d.transmit(now, apdu, changes, func(now time.Time, answer []byte) {
		n := len(answer) - 2
		if answer[n] == 0x90 && answer[n+1] == 0 {
			then(now, answer[:n])
			return
		}
		base := card.ErrDevice
		switch {
		case apdu[1] == acrWrite, apdu[1] == acrErase: // what was written is for the read-back to say
			d.readBack(now)
			return
		case apdu[1] == acrBurn:
			base = card.ErrProtected
		case apdu[1] == acrSelect:
			base = card.ErrMute
		}
		d.own.Fail(fmt.Errorf("%w: status %02X%02X", base, answer[n], answer[n+1]))
	})
}

// startRead checks the range and reads it piece by piece.
func (d *Driver) startRead(now time.Time, m memory) {
	c := d.own.Job.Cmd
	if c.Area == card.Protection {
		d.readProtection(now, m)
		return
	}
	if c.Area != card.Main || c.Address+c.Length > m.size {
		d.own.Refuse(fmt.Errorf("%w: bytes %d to %d of a card of %d", card.ErrArgument, c.Address, c.Address+c.Length-1, m.size))
		return
	}
	d.readOn(now, c.Address, c.Length, nil, func(_ time.Time, data []byte) { d.own.Done(data) })
}

func (d *Driver) readOn(now time.Time, at, left int, have []byte, then func(now time.Time, data []byte)) {
	if left == 0 {
		then(now, have)
		return
	}
	n := min(left, acrChunk)
	d.pseudo(now, []byte{acrClass, acrRead, byte(at >> 8), byte(at), byte(n)}, func(now time.Time, data []byte) {
		if len(data) < n { // some firmware appends the protection bits: more is no fault
			d.own.Fail(fmt.Errorf("%w: %d bytes of %d", card.ErrDevice, len(data), n))
			return
		}
		d.readOn(now, at+n, left-n, append(have, data[:n]...), then)
	})
}

// readProtection reads bytes of protection bits.
func (d *Driver) readProtection(now time.Time, m memory) {
	c := d.own.Job.Cmd
	if !d.hasBits(m, c.Address, c.Length) {
		d.own.Refuse(fmt.Errorf("%w: protection bits", card.ErrArgument))
		return
	}
	d.readBits(now, c.Address, c.Length, func(_ time.Time, bits []byte) { d.own.Done(bits) })
}

// hasBits reports whether the chip has so many bytes of protection bits there, and
// one pseudo-APDU reaches them.
func (d *Driver) hasBits(m memory, at, n int) bool {
	switch d.chip {
	case card.SLE4442:
		return at+n <= 4
	case card.SLE4428:
		return at+n <= m.size/8 && n <= acrChunk/8
	}
	return false
}

// readBits reads n bytes of protection bits at byte at. An SLE4442 gives all four;
// an SLE4428 is asked for bits.
func (d *Driver) readBits(now time.Time, at, n int, then func(now time.Time, bits []byte)) {
	from, count, skip := 0, 4, at
	if d.chip == card.SLE4428 {
		from, count, skip = at*8, n*8, 0
	}
	d.pseudo(now, []byte{acrClass, acrProtection, byte(from >> 8), byte(from), byte(count)}, func(now time.Time, data []byte) {
		if len(data) < skip+n {
			d.own.Fail(fmt.Errorf("%w: %d bytes of %d", card.ErrDevice, len(data), skip+n))
			return
		}
		then(now, data[skip:skip+n])
	})
}

// startWrite writes piece by piece, and reads back.
func (d *Driver) startWrite(now time.Time, m memory) {
	c := d.own.Job.Cmd
	switch {
	case c.Area == card.Protection && !d.hasBits(m, c.Address, len(c.Data)), c.Area == card.Main && c.Address+len(c.Data) > m.size:
		d.own.Refuse(fmt.Errorf("%w: %d bytes at %d", card.ErrArgument, len(c.Data), c.Address))
	case m.psc != 0 && !d.verified:
		d.own.Refuse(fmt.Errorf("%w: the code was not presented", card.ErrProtected))
	case c.Area == card.Protection:
		d.startBurn(now)
	case m.words:
		d.startWords(now)
	default:
		d.writeOn(now, c.Address, c.Data)
	}
}

func (d *Driver) writeOn(now time.Time, at int, left []byte) {
	if len(left) == 0 {
		d.readBack(now)
		return
	}
	n := min(len(left), acrChunk)
	apdu := append([]byte{acrClass, acrWrite, byte(at >> 8), byte(at), byte(n)}, left[:n]...)
	d.pseudo(now, apdu, func(now time.Time, _ []byte) { d.writeOn(now, at+n, left[n:]) })
}

// readBack compares what the card holds now with what was written.
func (d *Driver) readBack(now time.Time) {
	c := d.own.Job.Cmd
	d.readOn(now, c.Address, len(c.Data), nil, func(_ time.Time, data []byte) {
		if string(data) != string(c.Data) {
			d.own.Job.Acted = len(c.Data) > 1 // some of them may be on the card
			d.own.Fail(fmt.Errorf("%w: reads back otherwise", card.ErrProtected))
			return
		}
		d.own.Done(nil)
	})
}

// startBurn burns protection bits: those that are 0 in the data, and not burnt
// yet. The chip wants to be sent the byte that each of them protects.
func (d *Driver) startBurn(now time.Time) {
	c := d.own.Job.Cmd
	n := len(c.Data)
	d.readBits(now, c.Address, n, func(now time.Time, bits []byte) {
		d.readOn(now, 8*c.Address, 8*n, nil, func(now time.Time, main []byte) { d.burnOn(now, bits, main, 0) })
	})
}

// burnOn burns the bits from number at on, and reads back.
func (d *Driver) burnOn(now time.Time, bits, main []byte, at int) {
	c := d.own.Job.Cmd
	for at < len(main) && (c.Data[at/8]>>(at%8)&1 == 1 || bits[at/8]>>(at%8)&1 == 0) {
		at++
	}
	if at == len(main) {
		d.readBits(now, c.Address, len(c.Data), func(_ time.Time, have []byte) { d.burnt(have) })
		return
	}
	where := 8*c.Address + at
	d.pseudo(now, []byte{acrClass, acrBurn, byte(where >> 8), byte(where), 1, main[at]}, func(now time.Time, _ []byte) {
		d.burnOn(now, bits, main, at+1)
	})
}

// burnt ends a burning by what reads back.
func (d *Driver) burnt(have []byte) {
	for i, want := range d.own.Job.Cmd.Data {
		if have[i]&^want != 0 {
			d.own.Fail(fmt.Errorf("%w: bits read back otherwise", card.ErrProtected))
			return
		}
	}
	d.own.Done(nil)
}

// countTries reads how many presentations of the PSC are left: the bits of the
// error counter.
func (d *Driver) countTries(now time.Time, m memory, then func(now time.Time, left byte)) {
	if m.psc == 0 {
		d.own.Refuse(fmt.Errorf("%w: the chip has no code", card.ErrUnsupported))
		return
	}
	if m.words {
		d.countAttempts(now, then)
		return
	}

	d.pseudo(now, []byte{acrClass, acrTries, 0, 0, byte(m.tries)}, func(now time.Time, data []byte) {
		if len(data) == 0 {
			d.own.Fail(fmt.Errorf("%w: no counter", card.ErrDevice))
			return
		}
		then(now, ones(data[0]&m.counts))
	})
}

// ones counts the bits of a byte that are set.
func ones(b byte) byte {
	var n byte
	for ; b != 0; b &= b - 1 {
		n++
	}
	return n
}

// startVerify reads the counter, and presents the code if a try is left to risk.
func (d *Driver) startVerify(now time.Time, m memory) {
	c := d.own.Job.Cmd
	if m.psc != 0 && len(c.Data) != m.psc {
		d.own.Refuse(fmt.Errorf("%w: code of %d bytes", card.ErrArgument, len(c.Data)))
		return
	}

	d.countTries(now, m, func(now time.Time, left byte) {
		switch {
		case left == 0:
			d.own.Refuse(card.ErrLocked)
		case left == 1 && !c.LastTry:
			d.own.Refuse(card.ErrLastTry)
		case m.words:
			d.presentToZone(now)
		default:
			d.presentPSC(now, m)
		}
	})
}

// presentPSC presents the code.
func (d *Driver) presentPSC(now time.Time, m memory) {
	d.verified = false
	apdu := append([]byte{acrClass, acrPresent, 0, 0, byte(m.psc)}, d.own.Job.Cmd.Data...)
	d.transmit(now, apdu, true, func(_ time.Time, answer []byte) {
		n := len(answer) - 2
		switch {
		case answer[n] != 0x90:
			d.own.Fail(fmt.Errorf("%w: status %02X%02X", card.ErrDevice, answer[n], answer[n+1]))
		case answer[n+1]&m.counts == m.counts:
			d.verified = true
			d.own.Done(nil)
		default:
			d.wrongPSC(ones(answer[n+1] & m.counts))
		}
	})
}

// wrongPSC ends a verification that the card refused.
func (d *Driver) wrongPSC(left byte) {
	err := card.ErrWrongPSC
	if left == 0 {
		err = fmt.Errorf("%w: %w", card.ErrWrongPSC, card.ErrLocked)
	}
	d.own.Finish(card.NotDone, card.Event{Data: []byte{left}, Err: err})
}
