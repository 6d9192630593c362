package dlt645

import (
	"fmt"
	"time"

	"wattkiosk/hal/meter"
)

// ID is a data identifier as the standard writes it, highest byte first.
type ID uint32

// format is how the value of an item lies in a reply's data.
type format int

const (
	number  format = iota // BCD, lowest byte first; the sign is the highest bit
	bits                  // binary, lowest byte first
	instant               // BCD mm hh DD MM YY
)

// field is one item on the wire.
type field struct {
	id     ID
	size   int
	format format
}

// fieldOf is the table of the items.
func fieldOf(i meter.Item) (field, bool) {
	switch i {
	case meter.EnergyTotal:
		return field{0x00010000, 4, number}, true
	case meter.EnergyT1, meter.EnergyT2, meter.EnergyT3, meter.EnergyT4:
		return field{0x00010100 + ID(i-meter.EnergyT1)<<8, 4, number}, true
	case meter.RemainingMoney:
		return field{0x00900200, 4, number}, true
	case meter.RemainingEnergy:
		return field{0x00900100, 4, number}, true
	case meter.Overdraft:
		return field{0x00900201, 4, number}, true
	case meter.StateWord:
		return field{0x04000503, 2, bits}, true
	case meter.PurchaseCount:
		return field{0x03330201, 2, number}, true
	case meter.LastPurchase:
		return field{0x03330301, 4, number}, true
	case meter.LastPurchaseAt:
		return field{0x03330101, 5, instant}, true
	}

	return field{}, false
}

// bytes is the identifier as it lies in a frame: lowest byte first.
func (d ID) bytes() []byte { return []byte{byte(d), byte(d >> 8), byte(d >> 16), byte(d >> 24)} }

// value decodes the field's bytes into an event.
func (f field) value(b []byte, e *meter.Event) error {
	if len(b) != f.size {
		return fmt.Errorf("value of %08X: %d bytes, want %d", uint32(f.id), len(b), f.size)
	}

	switch f.format {
	case bits:
		for i := len(b) - 1; i >= 0; i-- {
			e.Value = e.Value<<8 | int64(b[i])
		}
		return nil
	case instant:
		return instantOf(b, e)
	}

	v, err := bcd(b)
	if err != nil {
		return fmt.Errorf("value of %08X: %w", uint32(f.id), err)
	}

	e.Value = v
	return nil
}

// bcd reads packed digits, lowest byte first, with the sign in the highest bit.
func bcd(b []byte) (int64, error) {
	var v int64
	negative := b[len(b)-1]&0x80 != 0
	for i := len(b) - 1; i >= 0; i-- {
		c := b[i]
		if i == len(b)-1 {
			c &^= 0x80
		}
		if c>>4 > 9 || c&15 > 9 {
			return 0, fmt.Errorf("byte %d is no BCD", i)
		}
		v = v*100 + int64(c>>4)*10 + int64(c&15)
	}

	if negative {
		v = -v
	}
	return v, nil
}

func instantOf(b []byte, e *meter.Event) error {
	var v [5]int
	for i, c := range b {
		if c>>4 > 9 || c&15 > 9 {
			return fmt.Errorf("time: byte %d is no BCD", i)
		}
		v[i] = int(c>>4)*10 + int(c&15)
	}

	t := time.Date(2000+v[4], time.Month(v[3]), v[2], v[1], v[0], 0, 0, time.UTC)
	if t.Minute() != v[0] || t.Hour() != v[1] || t.Day() != v[2] || int(t.Month()) != v[3] {
		return fmt.Errorf("time: %02d-%02d-%02d %02d:%02d is none", v[4], v[3], v[2], v[1], v[0])
	}

	e.Time = t
	return nil
}

// words names the bits of a refusal.
var words = [...]string{
	"other error", "no such data", "wrong password or not authorised", "baud rate cannot be changed",
	"too many yearly zones", "too many daily slots", "too many tariffs", "reserved",
}

func refusal(b []byte) error {
	if len(b) == 0 {
		return fmt.Errorf("%w: no code", meter.ErrRefused)
	}
	if b[0]&2 != 0 {
		return fmt.Errorf("%w: %s", meter.ErrNoItem, words[1])
	}
	for i, w := range words {
		if b[0]>>i&1 == 1 {
			return fmt.Errorf("%w: %s", meter.ErrRefused, w)
		}
	}
	return fmt.Errorf("%w: code %02X", meter.ErrRefused, b[0])
}
