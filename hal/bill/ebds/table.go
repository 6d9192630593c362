package ebds

import "wattkiosk/hal/bill/owner"

// MaxNotes is the number of entries that a device's note table may have.
const MaxNotes = 128

const (
	perByte   = 7  // entries in a byte of a mask
	shortMask = 8  // bytes: 50 entries
	longMask  = 19 // bytes: 128 entries
	maxShort  = 50
)

// Table is the value in fen of each entry of a device's note table; entry 0 is
// index 1. 0 stands for an entry that is not there or not of our currency. Several
// entries may have one value: the issues of a note.
type Table [MaxNotes]int64

// Mask has a bit for each entry of a table, seven to a byte, the lowest first.
type Mask [longMask]byte

// Mask has the bits of the entries whose value is in values; empty values stand for
// all that the table knows.
func (t *Table) Mask(values []int64) (m Mask) {
	for i, v := range t {
		if owner.Wanted(v, values) {
			m[i/perByte] |= 1 << (i % perByte)
		}
	}
	return m
}

// Has says whether the bit of an index is set; indexes count from 1.
func (m *Mask) Has(index int) bool {
	i := index - 1
	return i >= 0 && i < MaxNotes && m[i/perByte]>>(i%perByte)&1 == 1
}

// maskSize is the number of bytes of a mask for a table of so many entries.
func maskSize(entries int) int {
	if entries > maxShort {
		return longMask
	}
	return shortMask
}

// denominations is the byte that enables the values (empty = all) of a device
// without extended notes.
func denominations(of [7]int64, values []int64) (b byte) {
	for i, v := range of {
		if owner.Wanted(v, values) {
			b |= 1 << i
		}
	}
	return b
}
