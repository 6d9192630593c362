package cctalk

import (
	"errors"
	"fmt"

	"wattkiosk/hal/bill/owner"
)

// BillTypes is the number of bill types that CmdInhibits with two bytes reaches.
// Types above it are never taken.
const BillTypes = 16

const (
	fenPerUnit  = 100
	maxDecimals = 9
)

// Errors of the identities.
var (
	// ErrIdentity reports a malformed bill identity.
	ErrIdentity = errors.New("not a bill identity")
	// ErrScaling reports a malformed reply to CmdScaling.
	ErrScaling = errors.New("not a scaling factor")
)

// Identity names a bill type: country (2 characters), value (0 to 9999), issue.
// The zero value is that of a type the device does not use.
type Identity struct {
	Country string
	Value   int64
	Issue   byte
}

// ParseIdentity reads a reply to CmdBillID: seven characters, CCVVVVI. Anything but
// four digits in the middle is ErrIdentity: devices write dots, spaces or zero bytes
// for a type that they do not use.
func ParseIdentity(b []byte) (Identity, error) {
	if len(b) != 7 {
		return Identity{}, fmt.Errorf("cannot read bill identity of %d bytes: %w", len(b), ErrIdentity)
	}
	id := Identity{Country: string(b[:2]), Issue: b[6]}
	for _, c := range b[2:6] {
		if c < '0' || c > '9' {
			return Identity{}, fmt.Errorf("cannot read bill value %q: %w", b[2:6], ErrIdentity)
		}
		id.Value = id.Value*10 + int64(c-'0')
	}
	return id, nil
}

// Append writes the identity as a device sends it.
func (id Identity) Append(dst []byte) []byte {
	if id.Country == "" {
		return append(dst, "......."...)
	}
	return append(dst, fmt.Sprintf("%2.2s%04d%c", id.Country, id.Value%10000, id.Issue)...)
}

// Scaling turns the values of a country into its currency: value × Factor, with
// Decimals places after the point.
type Scaling struct {
	Factor   uint16
	Decimals byte
}

// ParseScaling reads a reply to CmdScaling.
func ParseScaling(b []byte) (Scaling, error) {
	if len(b) != 3 {
		return Scaling{}, fmt.Errorf("cannot read scaling of %d bytes: %w", len(b), ErrScaling)
	}
	return Scaling{Factor: uint16(b[0]) | uint16(b[1])<<8, Decimals: b[2]}, nil
}

// Fen is a value in fen; 0 if it is no whole number of them.
func (s Scaling) Fen(value int64) int64 {
	v := value * int64(s.Factor) * fenPerUnit
	if s.Decimals > maxDecimals {
		return 0
	}
	for range s.Decimals {
		if v%10 != 0 {
			return 0
		}
		v /= 10
	}
	return v
}

// Table is the value in fen of each bill type; entry 0 is type 1. 0 stands for a
// type that the device does not use or whose currency is not ours.
type Table [BillTypes]int64

// Value is the value in fen of a bill type, which counts from 1; 0 if unknown.
func (t *Table) Value(typ byte) int64 {
	if typ == 0 || int(typ) > len(t) {
		return 0
	}
	return t[typ-1]
}

// Mask has bit n-1 set for each type n whose value is in values; empty values stand
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
