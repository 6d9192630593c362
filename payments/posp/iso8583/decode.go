package iso8583

import (
	stdbinary "encoding/binary"
	"fmt"
	"math/bits"
)

// DecodeError says where a frame is wrong. It never holds what stands there.
type DecodeError struct {
	Field   Field // 0 for what precedes the fields
	Offset  int   // in the frame, length prefix included
	Problem string
}

// Error names the field and the offset.
func (e *DecodeError) Error() string {
	if e.Field == 0 {
		return fmt.Sprintf("byte %d: %s", e.Offset, e.Problem)
	}
	return fmt.Sprintf("field %v, byte %d: %s", e.Field, e.Offset, e.Problem)
}

// Decode reads one whole frame, length prefix included. The message holds a copy; on
// an error, which is a *DecodeError, it is empty.
func (m *Message) Decode(frame []byte) error {
	m.Reset(0)
	if len(frame) < lengthLen+fixedPart {
		return &DecodeError{0, len(frame), "the frame is cut off"}
	}
	if n := int(stdbinary.BigEndian.Uint16(frame)); n != len(frame)-lengthLen || n > MaxFrame {
		return &DecodeError{0, 0, "the length is not that of the frame"}
	}
	if err := checkHead(frame); err != nil {
		return err
	}

	copy(m.TPDU[:], frame[lengthLen:])
	copy(m.Header[:], frame[lengthLen+tpduLen:])
	m.MTI = MTI(stdbinary.BigEndian.Uint16(frame[mtiAt:]))
	m.used = uint16(copy(m.body[:], frame[lengthLen+fixedPart:]))
	if err := m.scan(stdbinary.BigEndian.Uint64(frame[mtiAt+mtiLen:])); err != nil {
		m.Reset(0)
		return err
	}
	return nil
}

// checkHead checks what precedes the bitmap.
func checkHead(frame []byte) error {
	if frame[lengthLen] != 0x60 {
		return &DecodeError{0, lengthLen, "the TPDU does not begin with 60"}
	}
	for i := lengthLen + tpduLen; i < mtiAt+mtiLen; i++ {
		if !isDigits(frame[i]) {
			return &DecodeError{0, i, "not a digit in header or message type"}
		}
	}
	return nil
}

// scan finds the fields of the bitmap in the body.
func (m *Message) scan(bitmap uint64) error {
	at := 0
	for rest := bitmap; rest != 0; {
		f := Field(bits.LeadingZeros64(rest) + 1)
		rest &^= bit(f)
		next, problem := m.scanField(f, at)
		if problem != "" {
			return &DecodeError{f, lengthLen + fixedPart + next, problem}
		}
		at = next
	}
	if bitmap == 0 {
		return &DecodeError{0, mtiAt + mtiLen, "the message has no field"}
	}
	if at != int(m.used) {
		return &DecodeError{0, lengthLen + fixedPart + at, "something follows the last field"}
	}

	m.bitmap = bitmap
	return nil
}

// scanField finds a field at an offset of the body and returns where it ends, or where
// it is wrong and how.
func (m *Message) scanField(f Field, at int) (next int, problem string) {
	l := table[f]
	if l.content == 0 {
		return at, "the field is not known"
	}
	if len(m.body[:m.used])-at < l.prefix {
		return at, "the frame is cut off"
	}

	units := l.length
	if l.prefix > 0 {
		units = 0
		for _, b := range m.body[at : at+l.prefix] {
			if !isDigits(b) {
				return at, "the length is not in digits"
			}
			units = units*100 + uint16(b>>4)*10 + uint16(b&0xF)
		}
		if units > l.length {
			return at, "the field is too long"
		}
		at += l.prefix
	}

	size := l.bytes(units)
	if int(m.used)-at < int(size) {
		return at, "the frame is cut off"
	}
	m.values[f] = value{uint16(at), size, units}
	if i, problem := l.check(m.body[at:at+int(size)], units); problem != "" {
		return at + i, problem
	}
	return at + int(size), ""
}

// check looks at the bytes of a value and returns the first that is wrong.
func (l layout) check(b []byte, units uint16) (int, string) {
	switch l.content {
	case digits:
		for i, c := range b {
			if !isDigits(c) {
				return i, "not a digit"
			}
		}
	case track:
		for i, c := range b {
			if !isTrack(c>>4) || !isTrack(c&0xF) {
				return i, "neither a digit nor a separator"
			}
		}
	case text:
		for i, c := range b {
			if c < ' ' || c > '~' {
				return i, "not a character that can be printed"
			}
		}
		return 0, ""
	default:
		return 0, ""
	}

	if units%2 == 1 {
		if l.right && b[0]>>4 != 0 {
			return 0, "the pad is not 0"
		}
		if !l.right && b[len(b)-1]&0xF != 0 {
			return len(b) - 1, "the pad is not 0"
		}
	}
	return 0, ""
}

func isDigits(b byte) bool { return b>>4 <= 9 && b&0xF <= 9 }

func isTrack(n byte) bool { return n <= 9 || n == separator }
