package iso8583

const hexDigits = "0123456789ABCDEF"

// Bytes is the value of a field as it stands in the frame, without a length prefix:
// packed, where it is digits. It is nil where the field is not there, and it is part
// of the message: it ends with the next Reset, Decode or Wipe.
func (m *Message) Bytes(f Field) []byte {
	if !m.Has(f) {
		return nil
	}
	return m.bytes(f)
}

// AppendText appends the value of a field to dst: digits as characters, anything else
// as it stands.
func (m *Message) AppendText(dst []byte, f Field) []byte {
	if !m.Has(f) {
		return dst
	}
	l := table[f]
	if l.content != digits && l.content != track {
		return append(dst, m.bytes(f)...)
	}

	v := m.values[f]
	for i := range v.units {
		dst = append(dst, hexDigits[nibble(m.body[v.at:], l.skip(v.units)+i)])
	}
	return dst
}

// Text is AppendText as a string; it allocates. It is empty where the field is not
// there.
func (m *Message) Text(f Field) string { return string(m.AppendText(nil, f)) }

// Is reports whether the field is there and has that text.
func (m *Message) Is(f Field, want string) bool {
	if !m.Has(f) || m.Len(f) != len(want) {
		return false
	}
	l := table[f]
	if l.content != digits && l.content != track {
		return string(m.bytes(f)) == want
	}

	v := m.values[f]
	for i := range v.units {
		if hexDigits[nibble(m.body[v.at:], l.skip(v.units)+i)] != want[i] {
			return false
		}
	}
	return true
}

// Number is the value of a field of up to 18 digits. It is false where the field is
// not there, is no number, or is longer.
func (m *Message) Number(f Field) (uint64, bool) { return m.Part(f, 0, m.Len(f)) }

// maxNumber is the most digits that a uint64 surely holds.
const maxNumber = 18

// Part is the number that the digits from to to of a field make. It is false where
// the field has no such digits, or they are more than 18.
func (m *Message) Part(f Field, from, to int) (uint64, bool) {
	if !m.Has(f) || table[f].content != digits || from < 0 || to <= from || to > m.Len(f) || to-from > maxNumber {
		return 0, false
	}

	v := m.values[f]
	skip := table[f].skip(v.units)
	var n uint64
	for i := from; i < to; i++ {
		n = n*10 + uint64(nibble(m.body[v.at:], skip+uint16(i)))
	}
	return n, true
}

// nibble is the half byte number i of b.
func nibble(b []byte, i uint16) byte {
	if i%2 == 0 {
		return b[i/2] >> 4
	}
	return b[i/2] & 0xF
}

// skip is how many nibbles of pad stand before the digits.
func (l layout) skip(units uint16) uint16 {
	if l.right {
		return units % 2
	}
	return 0
}
