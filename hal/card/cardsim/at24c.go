package cardsim

import "wattkiosk/hal/card"

// AT24C is an I2C EEPROM without a code. Its exported field is what it keeps
// without power.
type AT24C struct {
	Main Hex `json:"main"`

	supply
}

// NewAT24C returns an erased card; kbit is 1, 2, 4, 8, 16, 32 or 64, anything else
// counts as 2.
func NewAT24C(kbit int) *AT24C {
	n := kbit << 7
	if !knownSize(n) {
		n = 256
	}
	return &AT24C{Main: filled(n, 0xFF)}
}

// knownSize reports whether such a chip is made: 128 to 8192 bytes.
func knownSize(n int) bool { return n >= 128 && n <= 8192 && n&(n-1) == 0 }

// PageSize is how many bytes one write moves at most: 8 up to 2 kbit, 16 up to 16
// kbit, 32 above.
func (a *AT24C) PageSize() int {
	switch n := len(a.Main); {
	case n <= 256:
		return 8
	case n <= 2048:
		return 16
	}
	return 32
}

// Chip is card.AT24C.
func (a *AT24C) Chip() card.Chip { return card.AT24C }

// Size is the bytes it has.
func (a *AT24C) Size() int { return len(a.Main) }

// PowerOn powers it; it has no answer to reset.
func (a *AT24C) PowerOn() []byte {
	a.on = true
	return nil
}

// PowerOff takes the power.
func (a *AT24C) PowerOff() { a.on = false }

// Read is one step.
func (a *AT24C) Read(area card.Area, address, length int) ([]byte, error) {
	if area != card.Main {
		return nil, ErrNoCode
	}
	if err := inRange(address, length, len(a.Main)); err != nil {
		return nil, err
	}
	var b []byte
	err := a.step(func() { b = clone(a.Main[address : address+length]) })
	return b, err
}

// WritePage writes within one page as the chip does it: beyond its end it goes on
// at its beginning. It is one step.
func (a *AT24C) WritePage(address int, data []byte) error {
	if err := inRange(address, 1, len(a.Main)); err != nil {
		return err
	}
	page := a.PageSize()
	return a.step(func() {
		for i, v := range data {
			a.Main[address/page*page+(address+i)%page] = v
		}
	})
}

// Write writes page by page.
func (a *AT24C) Write(area card.Area, address int, data []byte) error {
	if area != card.Main {
		return ErrNoCode
	}
	if err := inRange(address, len(data), len(a.Main)); err != nil {
		return err
	}

	page := a.PageSize()
	for len(data) > 0 {
		n := min(len(data), page-address%page)
		if err := a.WritePage(address, data[:n]); err != nil {
			return err
		}
		address, data = address+n, data[n:]
	}
	return nil
}

// Tries answers ErrNoCode.
func (a *AT24C) Tries() (int, error) { return 0, ErrNoCode }

// Verify answers ErrNoCode.
func (a *AT24C) Verify([]byte) (bool, error) { return false, ErrNoCode }
