package cardsim

import "wattkiosk/hal/card"

// Native commands of an SLE4428 (control bits; from memory of the data sheet).
const (
	native28Read      = 0x0E // without protection bit
	native28ReadProt  = 0x0C // 9 bits: with it
	native28Write     = 0x33 // without protection bit
	native28Protect   = 0x30 // burns it, if the data is what stands there
	native28Counter   = 0x32 // burns bits of the error counter
	native28Compare   = 0x0D
	size4428          = 1024
	counter4428       = 1021 // address of the error counter; the code follows
	pscSize4428       = 2
	freshCounter4428  = 0xFF
	protectBytes4428  = size4428 / 8
	firstPSCByte4428  = counter4428 + 1
	secondPSCByte4428 = counter4428 + 2
)

// SLE4428 is the 1024-byte card with a code of 2 bytes and 8 tries. Its exported
// fields are what it keeps without power. The error counter and the code are the
// last three bytes of Main; the code reads as 00 before it was presented.
type SLE4428 struct {
	Main       Hex `json:"main"`       // 1024 bytes
	Protection Hex `json:"protection"` // 128 bytes, bit 0 of byte 0 for main byte 0; 0 = protected

	supply
	burnt    bool
	matched  int
	verified bool
}

// NewSLE4428 returns a fresh card: main FF but for the answer to reset 92 23 10 91.
func NewSLE4428(psc [2]byte) *SLE4428 {
	s := &SLE4428{Main: filled(size4428, 0xFF), Protection: filled(protectBytes4428, 0xFF)}
	copy(s.Main, []byte{0x92, 0x23, 0x10, 0x91})
	copy(s.Main[firstPSCByte4428:], psc[:])
	s.Protection[0] = 0xF0
	return s
}

// Chip is card.SLE4428.
func (s *SLE4428) Chip() card.Chip { return card.SLE4428 }

// Size is 1024.
func (s *SLE4428) Size() int { return size4428 }

// PowerOn is the answer to reset: the first four bytes.
func (s *SLE4428) PowerOn() []byte {
	s.PowerOff()
	s.on = true
	return clone(s.Main[:4])
}

// PowerOff takes the power.
func (s *SLE4428) PowerOff() { s.on, s.burnt, s.matched, s.verified = false, false, 0, false }

// Native is one command of the chip. A read answers one byte, 9-bit reads the byte
// and then 01 (writable) or 00.
func (s *SLE4428) Native(control byte, address int, data byte) ([]byte, error) {
	if err := inRange(address, 1, size4428); err != nil {
		return nil, err
	}
	var answer []byte
	err := s.step(func() { answer = s.native(control, address, data) })
	if err != nil {
		s.PowerOff()
		return nil, err
	}
	return answer, nil
}

func (s *SLE4428) native(control byte, address int, data byte) []byte {
	if control != native28Compare && control != native28Counter {
		s.burnt, s.matched = false, 0
	}

	switch control {
	case native28Read:
		return []byte{s.visible(address)}
	case native28ReadProt:
		return []byte{s.visible(address), s.bit(address)}
	case native28Write:
		if s.verified && s.bit(address) == 1 {
			s.Main[address] = data
		}
	case native28Protect:
		if s.verified && s.Main[address] == data {
			s.Protection[address/8] &^= 1 << (address % 8)
		}
	case native28Counter:
		if address == counter4428 && s.Main[counter4428]&^data != 0 {
			s.Main[counter4428] &= data
			s.burnt, s.matched = true, 0
		}
	case native28Compare:
		s.compare(address, data)
	}

	return nil
}

func (s *SLE4428) visible(address int) byte {
	if address > counter4428 && !s.verified {
		return 0
	}
	return s.Main[address]
}

func (s *SLE4428) bit(address int) byte { return s.Protection[address/8] >> (address % 8) & 1 }

// compare does nothing unless a bit was burnt just before, and the bytes come in
// order.
func (s *SLE4428) compare(address int, data byte) {
	if s.burnt {
		s.verified = false
	}
	if !s.burnt || address != firstPSCByte4428+s.matched || data != s.Main[address] {
		s.burnt = false
		return
	}
	s.matched++
	if s.matched == pscSize4428 {
		s.verified, s.burnt = true, false
	}
}

// Read reads bytes, or whole bytes of protection bits.
func (s *SLE4428) Read(area card.Area, address, length int) ([]byte, error) {
	if area == card.Protection {
		return s.readBits(address, length)
	}
	if err := inRange(address, length, size4428); err != nil || length == 0 {
		return nil, err
	}

	// One command reads on from its address; the chip sees one step.
	var b []byte
	err := s.step(func() {
		s.burnt, s.matched = false, 0
		for i := range length {
			b = append(b, s.visible(address+i))
		}
	})
	if err != nil {
		s.PowerOff()
	}
	return b, err
}

func (s *SLE4428) readBits(address, length int) ([]byte, error) {
	if err := inRange(address, length, protectBytes4428); err != nil || length == 0 {
		return nil, err
	}
	var b []byte
	err := s.step(func() { b = clone(s.Protection[address : address+length]) })
	if err != nil {
		s.PowerOff()
	}
	return b, err
}

// Write writes bytes, or burns protection bits: of each bit that is 0 in data.
func (s *SLE4428) Write(area card.Area, address int, data []byte) error {
	if area == card.Protection {
		return s.protect(address, data)
	}
	if err := inRange(address, len(data), size4428); err != nil {
		return err
	}

	for i, v := range data {
		if _, err := s.Native(native28Write, address+i, v); err != nil {
			return err
		}
		b, err := s.Native(native28Read, address+i, 0)
		if err != nil {
			return err
		}
		if b[0] != v {
			return ErrRefused
		}
	}

	return nil
}

func (s *SLE4428) protect(address int, data []byte) error {
	if err := inRange(address, len(data), protectBytes4428); err != nil {
		return err
	}

	for i, v := range data {
		for bit := range 8 {
			at := (address+i)*8 + bit
			if v>>bit&1 == 1 {
				continue
			}
			if _, err := s.Native(native28Protect, at, s.Main[at]); err != nil {
				return err
			}
			b, err := s.Native(native28ReadProt, at, 0)
			if err != nil {
				return err
			}
			if b[1] != 0 {
				return ErrRefused
			}
		}
	}

	return nil
}

// Tries counts the bits of the counter.
func (s *SLE4428) Tries() (int, error) {
	b, err := s.Native(native28Read, counter4428, 0)
	if err != nil {
		return 0, err
	}
	return ones(b[0]), nil
}

// Verify is read, burn, two comparisons, erase, read.
func (s *SLE4428) Verify(psc []byte) (bool, error) {
	if len(psc) != pscSize4428 {
		return false, ErrRange
	}

	b, err := s.Native(native28Read, counter4428, 0)
	if err != nil || b[0] == 0 {
		return false, err
	}

	for _, n := range []struct {
		control byte
		address int
		data    byte
	}{
		{native28Counter, counter4428, b[0] &^ lowestBit(b[0])},
		{native28Compare, firstPSCByte4428, psc[0]},
		{native28Compare, secondPSCByte4428, psc[1]},
		{native28Write, counter4428, freshCounter4428},
	} {
		if _, err := s.Native(n.control, n.address, n.data); err != nil {
			return false, err
		}
	}

	b, err = s.Native(native28Read, counter4428, 0)
	return err == nil && b[0] == freshCounter4428 && s.verified, err
}
