package id003

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"wattkiosk/hal/bill/owner"
)

// Denominations is the number of codes a Table knows, and of bits in a mask.
const Denominations = 16

const (
	entrySize   = 4 // code, country, value, exponent
	fenPerUnit  = 100
	maxExponent = 9
	firstByte   = 8 // denominations in the first byte of a mask
)

// CountryChina is the maker's country code of the yuan.
const CountryChina = 0x2D

// ErrTable is returned for currency data that are no list of entries.
var ErrTable = errors.New("no list of denominations")

// Table is the value in fen of each denomination, by its code less CodeBase; 0
// for a code that the device does not use or whose currency is not ours.
type Table [Denominations]int64

// ParseTable reads the data of a reply to CURRENCY ASSIGN REQUEST: entries of code,
// country code, value, and a power of ten. Entries of other countries and of codes
// that no mask can name are ignored. It fails with ErrTable.
func ParseTable(b, countries []byte) (Table, error) {
	var t Table
	if len(b) == 0 || len(b)%entrySize != 0 {
		return t, fmt.Errorf("cannot read currency data of %d bytes: %w", len(b), ErrTable)
	}
	for e := range slices.Chunk(b, entrySize) {
		i := int(e[0]) - CodeBase
		if i >= 0 && i < len(t) && bytes.IndexByte(countries, e[1]) >= 0 && e[3] <= maxExponent {
			t[i] = entryValue(e[2], e[3])
		}
	}
	return t, nil
}

func entryValue(value, exponent byte) int64 {
	v := int64(value) * fenPerUnit
	for range exponent {
		v *= 10
	}
	return v
}

// Append appends the table as a device sends it: eight entries, or sixteen where
// the second half is used, each used entry with the given country. Values that are
// no whole number of yuan, or that one byte and a power of ten cannot express, are
// written as unused.
func (t *Table) Append(dst []byte, country byte) []byte {
	for i, v := range t[:t.size()] {
		e := [entrySize]byte{byte(CodeBase + i)}
		if yuan, exp := v/fenPerUnit, byte(0); v > 0 && v%fenPerUnit == 0 {
			for ; yuan%10 == 0; exp++ {
				yuan /= 10
			}
			if yuan <= 0xFF {
				e[1], e[2], e[3] = country, byte(yuan), exp
			}
		}
		dst = append(dst, e[:]...)
	}
	return dst
}

// size is how many denominations a device with this table has.
func (t *Table) size() int {
	for _, v := range t[firstByte:] {
		if v > 0 {
			return Denominations
		}
	}
	return firstByte
}

// Value is the value in fen of a denomination code; 0 if unknown.
func (t *Table) Value(code byte) int64 {
	i := int(code) - CodeBase
	if i < 0 || i >= len(t) {
		return 0
	}
	return t[i]
}

// Mask has bit i set for each index i whose value is in values; empty values stand
// for all that the table knows.
func (t *Table) Mask(values []int64) uint16 {
	var m uint16
	for i, v := range t {
		if owner.Wanted(v, values) {
			m |= 1 << i
		}
	}
	return m
}

// refused is the data of C0 that leaves the denominations of the mask open: a set
// bit refuses. The second byte stays 0 for a device that has no use for it.
func (t *Table) refused(mask uint16) [2]byte {
	b := [2]byte{^byte(mask)}
	if t.size() > firstByte {
		b[1] = ^byte(mask >> firstByte)
	}
	return b
}
