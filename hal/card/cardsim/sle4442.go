package cardsim

import "wattkiosk/hal/card"

// Native commands of an SLE4442 (control byte).
const (
	nativeReadMain  = 0x30
	nativeReadSec   = 0x31
	nativeCompare   = 0x33
	nativeReadProt  = 0x34
	nativeWriteMain = 0x38
	nativeWriteSec  = 0x39
	nativeWriteProt = 0x3C
)

const (
	protected4442 = 32 // first bytes, which have a protection bit each
	pscSize4442   = 3
)

// SLE4442 is the 256-byte card with a code of 3 bytes and 3 tries. Its exported
// fields are what it keeps without power. Bits of Protection and Counter are burnt
// from 1 to 0.
type SLE4442 struct {
	Main       Hex  `json:"main"`       // 256 bytes
	Protection Hex  `json:"protection"` // 4 bytes, bit 0 of byte 0 for main byte 0; 0 = protected
	Counter    byte `json:"counter"`    // 07 = 3 tries left, 00 = locked
	PSC        Hex  `json:"psc"`        // 3 bytes

	// Worn has writes to the main memory be taken, as ever, and not kept.
	Worn bool `json:"worn,omitempty"`

	supply
	burnt    bool // a bit of the counter was burnt: a comparison counts
	matched  int  // bytes compared well, in order
	verified bool
}

// NewSLE4442 returns a fresh card, main FF but for the answer to reset A2 13 10 91,
// which is protected, as is the usual factory state.
func NewSLE4442(psc [3]byte) *SLE4442 {
	s := &SLE4442{Main: filled(256, 0xFF), Protection: filled(4, 0xFF), Counter: 0x07, PSC: Hex(psc[:])}
	copy(s.Main, []byte{0xA2, 0x13, 0x10, 0x91})
	s.Protection[0] = 0xF0
	return s
}

// Chip is card.SLE4442.
func (s *SLE4442) Chip() card.Chip { return card.SLE4442 }

// Size is 256.
func (s *SLE4442) Size() int { return 256 }

// PowerOn is the answer to reset: the first four bytes.
func (s *SLE4442) PowerOn() []byte {
	s.PowerOff()
	s.on = true
	return clone(s.Main[:4])
}

// PowerOff takes the power.
func (s *SLE4442) PowerOff() { s.on, s.burnt, s.matched, s.verified = false, false, 0, false }

// Native is one command of the chip. Reads answer all there is from address on;
// writes that the chip does not take are not reported: the chip does not.
func (s *SLE4442) Native(control, address, data byte) ([]byte, error) {
	var answer []byte
	err := s.step(func() { answer = s.native(control, address, data) })
	if err != nil {
		s.PowerOff()
		return nil, err
	}
	return answer, nil
}

func (s *SLE4442) native(control, address, data byte) []byte {
	if control != nativeCompare && control != nativeWriteSec {
		s.burnt, s.matched = false, 0
	}

	switch control {
	case nativeReadMain:
		return clone(s.Main[address:])
	case nativeReadProt:
		return clone(s.Protection)
	case nativeReadSec:
		if s.verified {
			return append([]byte{s.Counter}, s.PSC...)
		}
		return []byte{s.Counter, 0, 0, 0}
	case nativeWriteMain:
		if s.verified && !s.isProtected(address) && !s.Worn {
			s.Main[address] = data
		}
	case nativeWriteProt:
		if s.verified && address < protected4442 && s.Main[address] == data {
			s.Protection[address/8] &^= 1 << (address % 8)
		}
	case nativeWriteSec:
		s.writeSecurity(address, data)
	case nativeCompare:
		s.compare(address, data)
	}

	return nil
}

func (s *SLE4442) isProtected(address byte) bool {
	return address < protected4442 && s.Protection[address/8]>>(address%8)&1 == 0
}

// writeSecurity burns bits of the counter; only after a verification it sets them,
// and changes the code.
func (s *SLE4442) writeSecurity(address, data byte) {
	switch {
	case address == 0 && s.Counter&^data != 0:
		s.Counter &= data
		s.burnt, s.matched = true, 0
	case address == 0 && s.verified:
		s.Counter = data & 0x07
	case address >= 1 && address <= pscSize4442 && s.verified:
		s.PSC[address-1] = data
	}
}

// compare does nothing unless a bit was burnt just before, and the bytes come in
// order.
func (s *SLE4442) compare(address, data byte) {
	if s.burnt {
		s.verified = false
	}
	switch {
	case !s.burnt || int(address) != s.matched+1 || data != s.PSC[address-1]:
		s.burnt = false
	default:
		s.matched++
		if s.matched == pscSize4442 {
			s.verified, s.burnt = true, false
		}
	}
}

// Read reads the Main area, or the 4 bytes of protection bits.
func (s *SLE4442) Read(area card.Area, address, length int) ([]byte, error) {
	control, from, size := byte(nativeReadMain), address, s.Size()
	if area == card.Protection {
		control, from, size = nativeReadProt, 0, len(s.Protection)
	}
	if err := inRange(address, length, size); err != nil || length == 0 {
		return nil, err
	}

	b, err := s.Native(control, byte(from), 0)
	if err != nil {
		return nil, err
	}

	b = b[address-from:]
	return b[:length], nil
}

// Write writes bytes, or burns protection bits: of each bit that is 0 in data.
func (s *SLE4442) Write(area card.Area, address int, data []byte) error {
	if area == card.Protection {
		return s.protect(address, data)
	}
	if err := inRange(address, len(data), s.Size()); err != nil {
		return err
	}

	for i, v := range data {
		if _, err := s.Native(nativeWriteMain, byte(address+i), v); err != nil {
			return err
		}
		b, err := s.Native(nativeReadMain, byte(address+i), 0)
		if err != nil {
			return err
		}
		if b[0] != v {
			return ErrRefused
		}
	}

	return nil
}

func (s *SLE4442) protect(address int, data []byte) error {
	if err := inRange(address, len(data), len(s.Protection)); err != nil {
		return err
	}

	for i, v := range data {
		for bit := range 8 {
			if v>>bit&1 == 1 {
				continue
			}
			at := (address+i)*8 + bit
			if _, err := s.Native(nativeWriteProt, byte(at), s.Main[at]); err != nil {
				return err
			}
		}
		b, err := s.Native(nativeReadProt, 0, 0)
		if err != nil {
			return err
		}
		if b[address+i]&^v != 0 {
			return ErrRefused
		}
	}

	return nil
}

// Tries counts the bits of the counter.
func (s *SLE4442) Tries() (int, error) {
	b, err := s.Native(nativeReadSec, 0, 0)
	if err != nil {
		return 0, err
	}
	return ones(b[0]), nil
}

// Verify is read, burn, three comparisons, erase, read.
func (s *SLE4442) Verify(psc []byte) (bool, error) {
	if len(psc) != pscSize4442 {
		return false, ErrRange
	}

	b, err := s.Native(nativeReadSec, 0, 0)
	if err != nil || b[0] == 0 {
		return false, err
	}

	steps := [][3]byte{{nativeWriteSec, 0, b[0] &^ lowestBit(b[0])}}
	for i, v := range psc {
		steps = append(steps, [3]byte{nativeCompare, byte(i + 1), v})
	}

	steps = append(steps, [3]byte{nativeWriteSec, 0, 0xFF})
	for _, n := range steps {
		if _, err := s.Native(n[0], n[1], n[2]); err != nil {
			return false, err
		}
	}

	b, err = s.Native(nativeReadSec, 0, 0)
	return err == nil && b[0] == 0x07 && s.verified, err
}

func filled(n int, v byte) Hex {
	b := make(Hex, n)
	for i := range b {
		b[i] = v
	}
	return b
}
