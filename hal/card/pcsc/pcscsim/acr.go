package pcscsim

import (
	"errors"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
)

// acrKind is the card type of the ACR manuals for a chip.
func acrKind(c card.Chip) byte {
	switch c {
	case card.SLE4442:
		return 0x06
	case card.SLE4428:
		return 0x05
	case card.AT24C:
		return 0x01
	}
	return 0x09 // AT88SC102
}

// pseudo answers a pseudo-APDU of the ACR dialect on the memory card; nil = the
// card lost its power.
func (d *Device) pseudo(p []byte) []byte {
	m := d.card.Memory
	at, n := int(p[2])<<8|int(p[3]), int(p[4])
	refused := []byte{0x63, 0x00}
	if p[1] == 0xA4 {
		if len(p) != 6 || p[5] != acrKind(m.Chip()) {
			return refused
		}
		m.PowerOff()
		m.PowerOn()
		d.selected = true
		return []byte{0x90, 0x00}
	}
	if !d.selected {
		return refused
	}

	switch p[1] {
	case 0xB0:
		b, err := m.Read(card.Main, at, n)
		return acrAnswer(b, err)
	case 0xB1:
		tries, err := m.Tries()
		return acrAnswer(append([]byte{counter(m.Chip(), tries)}, make([]byte, max(n-1, 0))...), err)
	case 0xB2:
		if m.Chip() == card.SLE4428 {
			at, n = at/8, n/8
		}
		b, err := m.Read(card.Protection, at, n)
		return acrAnswer(b, err)
	case 0xD0:
		if z, ok := m.(*cardsim.AT88SC102); ok {
			return clearBits(z, at, p[5:])
		}
		return acrAnswer(nil, m.Write(card.Main, at, p[5:]))
	case 0xD2:
		z, ok := m.(*cardsim.AT88SC102)
		if !ok {
			return refused
		}
		return silent(z.Erase(int(p[3])))
	case 0xD1:
		return burn(m, at, p[5:])
	case 0x20:
		if z, ok := m.(*cardsim.AT88SC102); ok {
			return presentZone(z, p)
		}
		return d.present(m, p[5:])
	}

	return refused
}

// present presents the code: the second status byte is the counter after it.
func (d *Device) present(m cardsim.Memory, psc []byte) []byte {
	if _, err := m.Verify(psc); err != nil {
		return acrAnswer(nil, err)
	}
	tries, err := m.Tries()
	if err != nil {
		return acrAnswer(nil, err)
	}
	return []byte{0x90, counter(m.Chip(), tries)}
}

// clearBits writes into an AT88SC102, whose writes only clear bits.
func clearBits(z *cardsim.AT88SC102, at int, data []byte) []byte {
	for i, b := range data {
		if err := z.WriteBits(at+i, b); err != nil {
			return silent(err)
		}
	}
	return silent(nil)
}

// presentZone presents the code of an AT88SC102, named by its counter's length and
// its address.
func presentZone(z *cardsim.AT88SC102, p []byte) []byte {
	if p[2] != 0x08 || p[3] != 0x0A {
		return []byte{0x63, 0x00}
	}
	_, err := z.Verify(p[5:])
	return silent(err)
}

// silent is the answer to what the chip may refuse without a word.
func silent(err error) []byte {
	if errors.Is(err, cardsim.ErrRefused) {
		err = nil
	}
	return acrAnswer(nil, err)
}

// burn protects one byte, if it is what the chip holds.
func burn(m cardsim.Memory, at int, data []byte) []byte {
	b, err := m.Read(card.Main, at, 1)
	switch {
	case err != nil:
		return acrAnswer(nil, err)
	case len(data) != 1 || b[0] != data[0]:
		return []byte{0x63, 0x00}
	}
	return acrAnswer(nil, m.Write(card.Protection, at/8, []byte{^byte(1 << (at % 8))}))
}

// acrAnswer is data and status; nil for a card without power.
func acrAnswer(data []byte, err error) []byte {
	switch {
	case errors.Is(err, cardsim.ErrPower):
		return nil
	case err != nil:
		return []byte{0x63, 0x00}
	}
	return append(append([]byte(nil), data...), 0x90, 0x00)
}

// counter is the error counter of a chip with so many tries left: a bit each.
func counter(c card.Chip, tries int) byte {
	full := 3
	if c == card.SLE4428 {
		full = 8
	}
	return byte(1<<min(tries, full) - 1)
}
