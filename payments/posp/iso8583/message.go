package iso8583

import (
	"fmt"
	"math/bits"
)

// MTI is a message type, its four digits packed: 0x0200.
type MTI uint16

// String is the four digits.
func (t MTI) String() string { return fmt.Sprintf("%04X", uint16(t)) }

// Answer is the type that answers t.
func (t MTI) Answer() MTI { return t + 0x10 }

// TPDU addresses a frame: 60, destination, source.
type TPDU [5]byte

// Swap is the TPDU of an answer: source and destination change places.
func (t TPDU) Swap() TPDU { return TPDU{t[0], t[3], t[4], t[1], t[2]} }

// Header is twelve packed digits: application type, version, terminal state, what to
// do next, and six that are reserved.
type Header [6]byte

// maxBody bounds the fields of a message.
const maxBody = MaxFrame - fixedPart

// Message is one message. The zero Message is empty; Reset begins another one. A
// Message is for one goroutine, and is large: hand over its address.
type Message struct {
	TPDU   TPDU
	Header Header
	MTI    MTI

	err    error  // the first that a setter met
	bitmap uint64 // bit 64-f is field f
	used   uint16
	values [last + 1]value
	body   [maxBody]byte
}

// value is where a field lies in the body, and how many digits or bytes it has.
type value struct{ at, size, units uint16 }

// Reset empties the message and erases what it held. TPDU and header stay.
func (m *Message) Reset(t MTI) {
	clear(m.body[:m.used])
	m.MTI = t
	m.err = nil
	m.bitmap = 0
	m.used = 0
}

// Wipe erases everything, so that no card number or key is left in memory.
func (m *Message) Wipe() { *m = Message{} }

// Err is the first error that a setter met. AppendFrame returns it too.
func (m *Message) Err() error { return m.err }

// Has reports whether the field is there.
func (m *Message) Has(f Field) bool { return f <= last && m.bitmap&bit(f) != 0 }

// Len is how many digits or bytes the field has; 0 where it is not there.
func (m *Message) Len(f Field) int {
	if !m.Has(f) {
		return 0
	}
	return int(m.values[f].units)
}

// Fields yields the fields that are there, in order.
func (m *Message) Fields(yield func(Field) bool) {
	for rest := m.bitmap; rest != 0; {
		f := Field(bits.LeadingZeros64(rest) + 1)
		rest &^= bit(f)
		if !yield(f) {
			return
		}
	}
}

func bit(f Field) uint64 { return 1 << (last - f) }

func (m *Message) bytes(f Field) []byte {
	v := m.values[f]
	return m.body[v.at : v.at+v.size]
}
