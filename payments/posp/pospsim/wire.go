package pospsim

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// format is how a field stands on the wire: n digits, z digits of a track, a text, b
// bytes; after it the length, or LL or LLL and the most.
type format struct {
	kind   byte
	prefix int // digits of the length prefix
	length int
}

var formats = map[int]format{
	2: {'n', 2, 19}, 3: {'n', 0, 6}, 4: {'n', 0, 12}, 11: {'n', 0, 6}, 12: {'n', 0, 6}, 13: {'n', 0, 4}, 14: {'n', 0, 4}, 15: {'n', 0, 4},
	22: {'n', 0, 3}, 23: {'r', 0, 3}, 25: {'n', 0, 2}, 26: {'n', 0, 2}, 32: {'n', 2, 11}, 35: {'z', 2, 37}, 36: {'z', 3, 104},
	37: {'a', 0, 12}, 38: {'a', 0, 6}, 39: {'a', 0, 2}, 41: {'a', 0, 8}, 42: {'a', 0, 15}, 44: {'a', 2, 25}, 48: {'n', 3, 322},
	49: {'a', 0, 3}, 52: {'b', 0, 8}, 53: {'n', 0, 16}, 54: {'a', 3, 20}, 55: {'b', 3, 255}, 60: {'n', 3, 19}, 61: {'n', 3, 29},
	62: {'b', 3, 512}, 63: {'a', 3, 163}, 64: {'b', 0, 8},
}

// message is one frame, taken apart. Fields of digits are digits, the others bytes.
type message struct {
	tpdu, header, mti string // in hexadecimal
	fields            map[int]string
}

const (
	lengthLen = 2
	headLen   = 5 + 6 + 2 + 8
	mtiAt     = lengthLen + 5 + 6
)

var errFrame = errors.New("cannot read the frame")

// parse takes a whole frame apart.
func parse(frame []byte) (message, error) {
	if len(frame) < lengthLen+headLen || int(binary.BigEndian.Uint16(frame)) != len(frame)-lengthLen {
		return message{}, errFrame
	}
	head := hex.EncodeToString(frame[lengthLen : mtiAt+2])
	m := message{tpdu: head[:10], header: head[10:22], mti: head[22:], fields: map[int]string{}}
	rest := frame[lengthLen+headLen:]
	for f := 1; f <= 64; f++ {
		if frame[mtiAt+2+(f-1)/8]>>(7-(f-1)%8)&1 == 0 {
			continue
		}
		v, n, err := take(f, rest)
		if err != nil {
			return message{}, err
		}
		m.fields[f], rest = v, rest[n:]
	}
	if len(rest) != 0 {
		return message{}, errFrame
	}
	return m, nil
}

// take reads field f from the beginning of b.
func take(f int, b []byte) (value string, n int, err error) {
	x, ok := formats[f]
	if !ok {
		return "", 0, fmt.Errorf("%w: field %d", errFrame, f)
	}
	prefix, units := (x.prefix+1)/2, x.length
	if len(b) < prefix {
		return "", 0, errFrame
	}
	if prefix > 0 {
		if _, err := fmt.Sscanf(hex.EncodeToString(b[:prefix]), "%d", &units); err != nil || units > x.length {
			return "", 0, fmt.Errorf("%w: length of field %d", errFrame, f)
		}
	}

	size := units
	if x.packed() {
		size = (units + 1) / 2
	}
	if len(b) < prefix+size {
		return "", 0, errFrame
	}
	value = string(b[prefix : prefix+size])
	if x.packed() {
		value = strings.ToUpper(hex.EncodeToString(b[prefix : prefix+size]))
		if x.kind == 'r' {
			value = value[len(value)-units:]
		}
		value = value[:units]
	}
	return value, prefix + size, nil
}

func (x format) packed() bool { return x.kind == 'n' || x.kind == 'z' || x.kind == 'r' }

// frame puts a message together. A field that does not fit its format is a panic: the
// bank writes what it made itself.
func (m message) frame() []byte {
	body := m.tpdu + m.header + m.mti
	var bitmap [8]byte
	for f := range m.fields {
		bitmap[(f-1)/8] |= 0x80 >> ((f - 1) % 8)
	}
	b, err := hex.DecodeString(body)
	if err != nil {
		panic(fmt.Sprintf("pospsim: %v", err))
	}
	b = append(b, bitmap[:]...)
	for _, f := range slices.Sorted(maps.Keys(m.fields)) {
		b = append(b, put(f, m.fields[f])...)
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

func put(f int, v string) []byte {
	x := formats[f]
	if len(v) > x.length || x.prefix == 0 && len(v) != x.length {
		panic(fmt.Sprintf("pospsim: field %d of %d", f, len(v)))
	}
	prefix := ""
	if x.prefix > 0 {
		prefix = fmt.Sprintf("%0*d", (x.prefix+1)/2*2, len(v))
	}
	if !x.packed() {
		b, _ := hex.DecodeString(prefix)
		return append(b, v...)
	}

	if len(v)%2 == 1 && x.kind == 'r' {
		v = "0" + v
	} else if len(v)%2 == 1 {
		v += "0"
	}
	b, err := hex.DecodeString(prefix + v)
	if err != nil {
		panic(fmt.Sprintf("pospsim: field %d: %v", f, err))
	}
	return b
}

// answer is the message that answers m, with what it repeats.
func (m message) answer(code string) message {
	a := message{tpdu: m.tpdu[:2] + m.tpdu[6:] + m.tpdu[2:6], header: m.header, fields: map[int]string{39: code}}
	a.mti = m.mti[:2] + string(m.mti[2]+1) + m.mti[3:]
	for _, f := range []int{3, 4, 11, 25, 41, 42, 49, 60} {
		if v, ok := m.fields[f]; ok {
			a.fields[f] = v
		}
	}
	return a
}

// digits is the number that the digits from to of a field make; 0 where there are none.
func (m message) digits(f, from, to int) int64 {
	v := m.fields[f]
	if len(v) < to {
		return 0
	}
	var n int64
	for _, c := range v[from:to] {
		n = n*10 + int64(c-'0')
	}
	return n
}
