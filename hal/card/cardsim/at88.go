package cardsim

import "wattkiosk/hal/card"

// The map of an AT88SC102 by byte address (from memory of the data sheet; check on
// a card). Words of 2 bytes are what one erase sets to FF.
const (
	sizeAT88     = 178
	issuerAT88   = 2   // 8 bytes, issuer zone
	codeAT88     = 10  // 2 bytes, security code
	attemptsAT88 = 12  // 2 bytes; the low 4 bits of the first are the tries left
	privateAT88  = 14  // 8 bytes, code protected zone
	zone1AT88    = 22  // 64 bytes
	key1AT88     = 86  // 6 bytes, erase key of zone 1
	zone2AT88    = 92  // 64 bytes
	key2AT88     = 156 // 4 bytes, erase key of zone 2
	erasesAT88   = 160 // 16 bytes, a bit for each erase of zone 2
	testAT88     = 176 // 2 bytes, memory test zone
	triesAT88    = 0x0F
	wordAT88     = 2
)

// AT88SC102 is the card with two application zones of 64 bytes, a code of 2 bytes
// and 4 tries. A write only clears bits; to set them a word is erased. Each write
// into zone 2 that erases burns one of 128 erase counter bits; with none left zone 2
// cannot be erased. The erase keys are not asked for, as before the issuer fuse is
// blown. Its exported field is what it keeps without power.
type AT88SC102 struct {
	Main Hex `json:"main"` // 178 bytes, the whole card

	supply
	verified bool
}

// NewAT88SC102 returns a card with the code, zones erased.
func NewAT88SC102(code [2]byte) *AT88SC102 {
	a := &AT88SC102{Main: filled(sizeAT88, 0xFF)}
	copy(a.Main, []byte{0x0F, 0x0F})
	copy(a.Main[codeAT88:], code[:])
	return a
}

// Chip is card.AT88SC102.
func (a *AT88SC102) Chip() card.Chip { return card.AT88SC102 }

// Size is 178: the whole card.
func (a *AT88SC102) Size() int { return sizeAT88 }

// PowerOn powers it; it has no answer to reset.
func (a *AT88SC102) PowerOn() []byte {
	a.on, a.verified = true, false
	return nil
}

// PowerOff takes the power.
func (a *AT88SC102) PowerOff() { a.on, a.verified = false, false }

func (a *AT88SC102) do(f func()) error {
	err := a.step(f)
	if err != nil {
		a.PowerOff()
	}
	return err
}

// hidden: the code and the keys are never read without the code.
func (a *AT88SC102) hidden(at int) bool {
	return !a.verified && (at >= codeAT88 && at < attemptsAT88 || at >= privateAT88 && at < zone1AT88 ||
		at >= key1AT88 && at < zone2AT88 || at >= key2AT88 && at < erasesAT88)
}

// Read is one step; what is hidden reads as 00.
func (a *AT88SC102) Read(area card.Area, address, length int) ([]byte, error) {
	if area != card.Main {
		return nil, ErrNoCode
	}
	if err := inRange(address, length, sizeAT88); err != nil {
		return nil, err
	}

	var b []byte
	err := a.do(func() {
		b = clone(a.Main[address : address+length])
		for i := range b {
			if a.hidden(address + i) {
				b[i] = 0
			}
		}
	})

	return b, err
}

// WriteBits clears the bits of one byte that are 0 in data. It is one step; what
// may not be written stays.
func (a *AT88SC102) WriteBits(address int, data byte) error {
	if err := inRange(address, 1, sizeAT88); err != nil {
		return err
	}
	return a.do(func() {
		if a.verified && address >= issuerAT88 && (address < erasesAT88 || address >= testAT88) || address >= testAT88 {
			a.Main[address] &= data
		}
	})
}

// Erase sets the word of an address to FF. It is one step; what may not be erased
// stays.
func (a *AT88SC102) Erase(address int) error {
	if err := inRange(address, 1, sizeAT88); err != nil {
		return err
	}
	address -= address % wordAT88
	return a.do(func() {
		switch inZone2 := address >= zone2AT88 && address < key2AT88; {
		case address >= testAT88:
		case !a.verified || address < issuerAT88 || address >= erasesAT88, inZone2 && !a.burnErase():
			return
		}
		a.Main[address], a.Main[address+1] = 0xFF, 0xFF
	})
}

// burnErase burns one bit of the erase counter; false when none is left.
func (a *AT88SC102) burnErase() bool {
	for i := erasesAT88; i < testAT88; i++ {
		if b := a.Main[i]; b != 0 {
			a.Main[i] = b &^ lowestBit(b)
			return true
		}
	}
	return false
}

// Erases is how many erases of zone 2 are left.
func (a *AT88SC102) Erases() int {
	n := 0
	for _, b := range a.Main[erasesAT88:testAT88] {
		n += ones(b)
	}
	return n
}

// Write writes word by word, erasing those that need a bit set.
func (a *AT88SC102) Write(area card.Area, address int, data []byte) error {
	if area != card.Main {
		return ErrNoCode
	}
	if err := inRange(address, len(data), sizeAT88); err != nil {
		return err
	}

	for i := 0; i < len(data); {
		at := (address + i) / wordAT88 * wordAT88
		word := clone(a.Main[at : at+wordAT88])
		for ; i < len(data) && address+i < at+wordAT88; i++ {
			word[address+i-at] = data[i]
		}
		if err := a.writeWord(at, word); err != nil {
			return err
		}
	}

	return nil
}

func (a *AT88SC102) writeWord(at int, word []byte) error {
	if word[0]&^a.Main[at] != 0 || word[1]&^a.Main[at+1] != 0 {
		if err := a.Erase(at); err != nil {
			return err
		}
	}

	for i, v := range word {
		if a.Main[at+i] == v {
			continue
		}
		if err := a.WriteBits(at+i, v); err != nil {
			return err
		}
	}

	if a.Main[at] != word[0] || a.Main[at+1] != word[1] {
		return ErrRefused
	}
	return nil
}

// Tries counts the bits of the attempts counter.
func (a *AT88SC102) Tries() (int, error) {
	b, err := a.Read(card.Main, attemptsAT88, 1)
	if err != nil {
		return 0, err
	}
	return ones(b[0] & triesAT88), nil
}

// Verify is read, compare, burn, erase: the chip opens only if the comparison was
// right and a bit could be burnt, and then lets the counter be erased.
func (a *AT88SC102) Verify(code []byte) (bool, error) {
	if len(code) != wordAT88 {
		return false, ErrRange
	}

	left, err := a.Tries()
	if err != nil || left == 0 {
		return false, err
	}

	right := false
	if err := a.do(func() {
		a.verified = false
		right = string(code) == string(a.Main[codeAT88:attemptsAT88])
	}); err != nil {
		return false, err
	}
	if err := a.do(func() { a.Main[attemptsAT88] &^= lowestBit(a.Main[attemptsAT88] & triesAT88) }); err != nil {
		return false, err
	}
	if !right {
		return false, nil
	}
	if err := a.do(func() { a.verified, a.Main[attemptsAT88], a.Main[attemptsAT88+1] = true, 0xFF, 0xFF }); err != nil {
		return false, err
	}
	return true, nil
}
