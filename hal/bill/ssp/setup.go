package ssp

import (
	"errors"
	"fmt"
	"slices"

	"wattkiosk/hal/bill/owner"
)

// MaxChannels is the number of channels that SET CHANNEL INHIBITS with two bytes
// reaches. Channels above it are never accepted.
const MaxChannels = 16

// Layout of the reply to SETUP REQUEST, with n channels and without the OK:
// unit type, firmware (4 ASCII), country (3), value multiplier (3, high first), n,
// n values, n security bytes, real value multiplier (3, high first), protocol
// version; from version 6 on also n countries (3 each) and n values (4 each). The
// manual (GA138) gives the layout and not the byte order of the last; public
// drivers read it low byte first.
const (
	setupHead = 12
	setupMid  = 4
	wideSize  = 3 + 4
	versionV6 = 6
)

// ErrSetup is returned for a reply to SETUP REQUEST that is too short for its
// number of channels.
var ErrSetup = errors.New("setup reply too short")

// Table is the value in fen of each channel; entry 0 is channel 1. 0 stands for a
// channel that the device does not use or whose currency is not ours.
type Table [MaxChannels]int64

// Value is the value in fen of a channel, which counts from 1; 0 if unknown.
func (t *Table) Value(channel byte) int64 {
	if channel == 0 || int(channel) > len(t) {
		return 0
	}
	return t[channel-1]
}

// Mask has bit n-1 set for each channel n whose value is in values; empty values
// stand for all that the table knows.
func (t *Table) Mask(values []int64) uint16 {
	var m uint16
	for i, v := range t {
		if owner.Wanted(v, values) {
			m |= 1 << i
		}
	}
	return m
}

// Setup is what a validator says about itself.
type Setup struct {
	Unit     byte   // unit type; 0 = note validator
	Firmware string // 4 characters
	Country  string // of the dataset
	Version  byte   // protocol version in force
	Table    Table
}

// ParseSetup reads a reply to SETUP REQUEST (what stands after the OK). Channels
// whose country is not in countries have no value. A value counts in units of the
// real value multiplier, which is fen per unit for a currency with two decimals.
func ParseSetup(b []byte, countries []string) (Setup, error) {
	var s Setup
	if len(b) < setupHead || len(b) < setupHead+2*int(b[11])+setupMid {
		return s, fmt.Errorf("cannot read setup of %d bytes: %w", len(b), ErrSetup)
	}
	n := int(b[11])
	tail := b[setupHead+2*n:]
	s = Setup{Unit: b[0], Firmware: string(b[1:5]), Country: string(b[5:8]), Version: tail[3]}
	factor, unit := uint24(b[8:11]), uint24(tail)
	wide := tail[setupMid:]
	if s.Version >= versionV6 && len(wide) < n*wideSize {
		return s, fmt.Errorf("cannot read setup of %d channels: %w", n, ErrSetup)
	}
	for i := range min(n, MaxChannels) {
		country, value := s.Country, int64(b[setupHead+i])*factor
		if s.Version >= versionV6 {
			country, value = string(wide[3*i:3*i+3]), uint32le(wide[3*n+4*i:])
		}
		if slices.Contains(countries, country) {
			s.Table[i] = value * unit
		}
	}
	return s, nil
}

func uint24(b []byte) int64 { return int64(b[0])<<16 | int64(b[1])<<8 | int64(b[2]) }

func uint32le(b []byte) int64 {
	return int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16 | int64(b[3])<<24
}

// Append writes the reply to SETUP REQUEST (what stands after the OK) as a device
// of s.Version sends it, with as many channels as the table uses and 100 fen per
// unit. Values that are no whole unit, or that do not fit, are written as 0.
func (s *Setup) Append(dst []byte) []byte {
	const unit = 100
	n := len(s.Table)
	for n > 0 && s.Table[n-1] == 0 {
		n--
	}
	wide := s.Version >= versionV6
	factor, security := byte(1), byte(2)
	if wide {
		factor, security = 0, 0
	}
	dst = append(dst, s.Unit)
	dst = append(dst, fixed(s.Firmware, 4)...)
	dst = append(dst, fixed(s.Country, 3)...)
	dst = append(dst, 0, 0, factor, byte(n))
	for _, v := range s.Table[:n] {
		if v%unit != 0 || v/unit > 0xFF || wide {
			v = 0
		}
		dst = append(dst, byte(v/unit))
	}
	for range n {
		dst = append(dst, security)
	}
	dst = append(dst, 0, 0, unit, s.Version)
	if wide {
		dst = s.appendWide(dst, s.Table[:n], unit)
	}
	return dst
}

// appendWide writes the part that protocol version 6 added.
func (s *Setup) appendWide(dst []byte, values []int64, unit int64) []byte {
	for range values {
		dst = append(dst, fixed(s.Country, 3)...)
	}
	for _, v := range values {
		if v%unit != 0 {
			v = 0
		}
		v /= unit
		dst = append(dst, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
	}
	return dst
}

// fixed pads or cuts s to n bytes.
func fixed(s string, n int) string {
	for len(s) < n {
		s += " "
	}
	return s[:n]
}
