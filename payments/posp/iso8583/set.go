package iso8583

import (
	"errors"
	"fmt"
)

// ErrTooLong is what a frame or message is refused with that is beyond its bound.
var ErrTooLong = errors.New("longer than a frame may be")

// SetNumber sets a field of digits with a fixed length to n, with zeros before it.
func (m *Message) SetNumber(f Field, n uint64) {
	l := f.layout()
	if l.content != digits || l.prefix != 0 || l.length > maxNumber {
		m.refuse(f, "is no number of fixed length")
		return
	}

	var packed [maxNumber]byte
	for i := int(l.length) - 1; i >= 0; i-- {
		packed[i] = '0' + byte(n%10)
		n /= 10
	}
	if n != 0 {
		m.refuse(f, "the number has too many digits")
		return
	}
	put(m, f, packed[:l.length])
}

// SetText sets a field to a text: its digits, or its bytes as they are. A fixed length
// must be met; nothing is padded. The separator of a track is D or =.
func (m *Message) SetText(f Field, s string) { put(m, f, s) }

// SetBytes is SetText of bytes. Digits are given as characters, not packed.
func (m *Message) SetBytes(f Field, b []byte) { put(m, f, b) }

// ReserveMAC sets field 64 to zeros, the place that PutMAC fills in the frame.
func (m *Message) ReserveMAC() {
	var none [MACLen]byte
	put(m, MAC, none[:])
}

// put appends a value to the body.
func put[T string | []byte](m *Message, f Field, s T) {
	l := f.layout()
	switch {
	case m.err != nil:
		return
	case l.content == 0:
		m.refuse(f, "is not known")
		return
	case m.Has(f):
		m.refuse(f, "is set already")
		return
	case len(s) > int(l.length) || l.prefix == 0 && len(s) != int(l.length):
		m.refuse(f, "has the wrong length")
		return
	}

	units := uint16(len(s))
	size := l.bytes(units)
	if int(m.used)+int(size) > maxBody {
		m.err = ErrTooLong
		return
	}
	to := m.body[m.used : m.used+size]
	if l.content == digits || l.content == track {
		if !pack(to, s, l.skip(units), l.content == track) {
			clear(to)
			m.refuse(f, "has a character that is no digit")
			return
		}
	} else {
		copy(to, s)
		if l.content == text && !printable(to) {
			clear(to)
			m.refuse(f, "has a character that cannot be printed")
			return
		}
	}
	m.values[f] = value{m.used, size, units}
	m.used += size
	m.bitmap |= bit(f)
}

func (m *Message) refuse(f Field, why string) {
	if m.err == nil {
		m.err = fmt.Errorf("field %v %s", f, why)
	}
}

// pack writes digits two in a byte, after skip nibbles of pad.
func pack[T string | []byte](to []byte, s T, skip uint16, separators bool) bool {
	clear(to)
	for i := range len(s) {
		d := s[i] - '0'
		if d > 9 {
			if !separators || s[i] != 'D' && s[i] != '=' {
				return false
			}
			d = separator
		}
		at := int(skip) + i
		to[at/2] |= d << (4 * (1 - at%2))
	}
	return true
}

// separator is the nibble between card number and expiry on a track.
const separator = 0xD

func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
