package ebds

import (
	"errors"
	"fmt"
	"slices"
)

// Sizes of what stands after the control byte.
const (
	statusSize = 6              // four status bytes, model, revision
	stateSize  = 1 + statusSize // subtype first: an extended reply without more
	noteSize   = 18
	toldSize   = stateSize + noteSize
	auxSize    = 6 // an auxiliary reply to AuxSoftware; a command has three bytes, and may be echoed
)

// ErrReply is returned for data that is no reply with a state.
var ErrReply = errors.New("no reply with a state")

// Status is what every reply but an auxiliary one tells.
type Status struct {
	Bits     uint32 // BitIdling and so on
	Model    byte
	Revision byte
}

// Denomination is the number of the note in escrow or stacked, of a device without
// extended notes; 0 for unknown or no credit.
func (s Status) Denomination() byte { return byte(s.Bits>>denominationShift) & 7 }

// WithDenomination is s with the number of a note.
func (s Status) WithDenomination(n byte) Status {
	s.Bits = s.Bits&^(7<<denominationShift) | uint32(n&7)<<denominationShift
	return s
}

func (s Status) appendTo(dst []byte) []byte {
	b := s.Bits
	return append(dst, byte(b)&0x7F, byte(b>>8)&0x7F, byte(b>>16)&0x7F, byte(b>>24)&0x7F, s.Model&0x7F, s.Revision&0x7F)
}

func parseStatus(b []byte) Status {
	return Status{
		Bits:  uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24,
		Model: b[4], Revision: b[5],
	}
}

// Reply is a reply with a state.
type Reply struct {
	Status
	Subtype byte // of an extended reply; 0 for a standard one
	Note    Note // with SubNote
}

// ParseReply reads what stands after the control byte. It fails with ErrReply for
// other types, for sizes that the type does not have, and for a note it cannot
// read.
func ParseReply(ctl byte, data []byte) (Reply, error) {
	switch {
	case ctl&typeBits == TypeReply && len(data) == statusSize:
		return Reply{Status: parseStatus(data)}, nil
	case ctl&typeBits != TypeExtended || len(data) < stateSize:
	case len(data) == stateSize && (data[0] == SubInhibits || data[0] == SubTimeout):
		return Reply{Subtype: data[0], Status: parseStatus(data[1:])}, nil
	case len(data) == toldSize && data[0] == SubNote:
		note, err := parseNote(data[stateSize:])
		if err != nil {
			return Reply{}, err
		}
		return Reply{Subtype: SubNote, Status: parseStatus(data[1:]), Note: note}, nil
	}
	return Reply{}, fmt.Errorf("cannot read %d bytes with control %02X: %w", len(data), ctl, ErrReply)
}

// AppendFrame appends the frame in which a device sends r, with the given toggle.
func (r Reply) AppendFrame(dst []byte, toggle byte) ([]byte, error) {
	var room [toldSize]byte
	if r.Subtype == 0 {
		return AppendFrame(dst, TypeReply|toggle, r.appendTo(room[:0]))
	}
	data := r.appendTo(append(room[:0], r.Subtype))
	if r.Subtype == SubNote {
		data = r.Note.appendTo(data)
	}
	return AppendFrame(dst, TypeExtended|toggle, data)
}

// Note is one entry of a device's note table, or the note in escrow or stacked
// (Index 0). The zero Currency means that there is no note.
type Note struct {
	Index    byte
	Currency [3]byte // ISO 4217
	Value    int64   // in hundredths of the currency's unit
	Class    byte    // what the device holds it for: 0 = not told, 1 unidentified, 2 suspect, 3 worthless, 4 genuine
}

const classGenuine = 4

// Good says that the device does not doubt the note.
func (n Note) Good() bool { return n.Class == 0 || n.Class == classGenuine }

// In says that the note's currency is one of the given ones.
func (n Note) In(currencies []string) bool { return slices.Contains(currencies, string(n.Currency[:])) }

// parseNote reads: index, currency (3), base value (3 digits), sign and exponent
// (2 digits) of the power of ten, orientation, type, series, compatibility, version,
// class, two bytes reserved.
func parseNote(b []byte) (Note, error) {
	n := Note{Index: b[0], Currency: [3]byte(b[1:4]), Class: b[15]}
	if n.Currency == [3]byte{} {
		return n, nil
	}
	base, ok := digits(b[4:7])
	exp, fine := digits(b[8:10])
	if sign := b[7]; !ok || !fine || sign != '+' && sign != '-' || exp > 9 {
		return Note{}, fmt.Errorf("cannot read note value % X: %w", b[4:10], ErrReply)
	}
	n.Value = base * 100
	for range exp {
		if b[7] == '+' {
			n.Value *= 10
			continue
		}
		if n.Value%10 != 0 {
			return Note{}, fmt.Errorf("cannot read note value %q: below a hundredth: %w", b[4:10], ErrReply)
		}
		n.Value /= 10
	}
	return n, nil
}

func digits(b []byte) (n int64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// appendTo writes the note. A value with more than three digits that count, or below
// a hundredth of the unit, is written as 0.
func (n Note) appendTo(dst []byte) []byte {
	dst = append(dst, n.Index&0x7F)
	if n.Currency == [3]byte{} {
		return append(dst, make([]byte, noteSize-1)...)
	}
	base, exp, sign := n.Value, 2, byte('-')
	for base > 0 && exp > 0 && base%10 == 0 {
		base, exp = base/10, exp-1
	}
	if exp == 0 {
		sign = '+'
		for base > 999 && base%10 == 0 && exp < 9 {
			base, exp = base/10, exp+1
		}
	}
	if base > 999 || base < 0 {
		base = 0
	}
	dst = append(dst, n.Currency[:]...)
	dst = append(dst, byte('0'+base/100), byte('0'+base/10%10), byte('0'+base%10), sign, '0', byte('0'+exp))
	return append(dst, 0, 'A', 'A', 'A', 'A', n.Class&0x7F, 0, 0)
}
