package ccnet

import (
	"fmt"
	"slices"

	"wattkiosk/hal/bill/owner"
)

// BillTypes is the number of entries in a bill table and of bits in a mask.
const BillTypes = 24

const (
	entrySize   = 5 // digit, country (3 ASCII), exponent
	fenPerUnit  = 100
	maxExponent = 9
	negative    = 0x80 // exponent bit 7: divide instead of multiply
)

// Table is the value in fen of each bill index; 0 for an index the device does
// not use or whose currency is not ours.
type Table [BillTypes]int64

// ParseTable reads a reply to GET BILL TABLE: 24 entries of digit, three
// characters of country, and a power of ten (bit 7 set: negative). Entries of
// other countries, and entries that are no whole number of fen, are ignored.
func ParseTable(b []byte, countries []string) (Table, error) {
	var t Table
	if len(b) != TableSize {
		return t, fmt.Errorf("cannot read bill table: %d bytes, want %d", len(b), TableSize)
	}
	for i := range t {
		e := b[i*entrySize : (i+1)*entrySize]
		if slices.Contains(countries, string(e[1:4])) {
			t[i] = entryValue(e[0], e[4])
		}
	}
	return t, nil
}

func entryValue(digit, exponent byte) int64 {
	v := int64(digit) * fenPerUnit
	n := exponent &^ negative
	if n > maxExponent {
		return 0
	}
	for range n {
		if exponent&negative == 0 {
			v *= 10
		} else if v%10 != 0 {
			return 0
		} else {
			v /= 10
		}
	}
	return v
}

// Encode writes the table as a device sends it, each used entry with the given
// country. Values that one digit (1 to 255) and a power of ten cannot express
// are written as unused.
func (t *Table) Encode(country string) []byte {
	b := make([]byte, TableSize)
	for i, v := range t {
		if v <= 0 {
			continue
		}
		e := b[i*entrySize : (i+1)*entrySize]
		exp := byte(0)
		for v%fenPerUnit != 0 {
			v *= 10
			exp++
		}
		v /= fenPerUnit
		if exp != 0 {
			exp |= negative
		} else {
			for v%10 == 0 {
				v /= 10
				exp++
			}
		}
		if v > 0xFF {
			continue
		}
		e[0], e[4] = byte(v), exp
		copy(e[1:4], country)
	}
	return b
}

// Value is the value in fen of a bill index; 0 if unknown.
func (t *Table) Value(index byte) int64 {
	if int(index) >= len(t) {
		return 0
	}
	return t[index]
}

// Mask has bit i set for each bill index i whose value is in values; empty
// values stand for all that the table knows.
func (t *Table) Mask(values []int64) uint32 {
	var m uint32
	for i, v := range t {
		if owner.Wanted(v, values) {
			m |= 1 << i
		}
	}
	return m
}

// Identity is the reply to IDENT, padding removed.
type Identity struct {
	Part   string
	Serial string
	Asset  [7]byte
}
