package cardsim

import (
	"math/bits"

	"wattkiosk/hal/card"
)

// Memory is a memory card as a reader works it: each method is one or more native
// steps of the chip. A chip without power answers everything with ErrPower. It is
// not safe for concurrent use.
type Memory interface {
	// Chip is its kind.
	Chip() card.Chip
	// Size is the bytes of its Main area.
	Size() int
	// PowerOn powers the chip; the answer to reset, nil where it has none.
	PowerOn() (atr []byte)
	// PowerOff takes the power: the code must be presented again.
	PowerOff()
	// Read reads bytes.
	Read(area card.Area, address, length int) ([]byte, error)
	// Write writes byte by byte (AT24C: page by page), reading back; it ends with
	// ErrRefused at the first byte that the chip did not take.
	Write(area card.Area, address int, data []byte) error
	// Tries is how many presentations of the code are left.
	Tries() (int, error)
	// Verify presents the code as a reader does it: counter, burn, compare, erase.
	Verify(psc []byte) (ok bool, err error)
	// CutAfter lets n native steps pass and takes the power in the next one; a
	// negative n disarms.
	CutAfter(n int)
	// SetTear chooses what that step leaves behind.
	SetTear(t Tear, seed uint64)
	// Steps is how many native steps were done so far.
	Steps() int
}

var (
	_ Memory = (*SLE4442)(nil)
	_ Memory = (*SLE4428)(nil)
	_ Memory = (*AT24C)(nil)
	_ Memory = (*AT88SC102)(nil)
)

// inRange checks a range of an area.
func inRange(address, length, size int) error {
	if address < 0 || length < 0 || address > size || length > size-address {
		return ErrRange
	}
	return nil
}

// lowestBit is the lowest bit that is set, 0 if none is.
func lowestBit(b byte) byte { return b & -b }

func ones(b byte) int { return bits.OnesCount8(b) }
