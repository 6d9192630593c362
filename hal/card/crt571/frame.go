package crt571

import (
	"encoding/binary"
	"fmt"
)

// Sizes in bytes.
const (
	// MaxText is the longest text taken: 256 bytes of data, two of status, and some.
	MaxText = 512
	// MinText is the shortest: a head, CM, PM.
	MinText = 3
	// Overhead is what a frame adds to its text: F2, address, length, 03, BCC.
	Overhead   = 6
	headerSize = 4
)

// BCC is the XOR of all bytes.
func BCC(b []byte) byte {
	var x byte
	for _, v := range b {
		x ^= v
	}
	return x
}

// AppendFrame appends a frame around text. It fails if the text is shorter than
// MinText or longer than MaxText.
func AppendFrame(b []byte, address byte, text []byte) ([]byte, error) {
	if len(text) < MinText || len(text) > MaxText {
		return b, fmt.Errorf("cannot frame a text of %d bytes", len(text))
	}
	at := len(b)
	b = append(b, STX, address)
	b = binary.BigEndian.AppendUint16(b, uint16(len(text)))
	b = append(append(b, text...), ETX)
	return append(b, BCC(b[at:])), nil
}

// Decoder cuts frames out of received bytes. The zero value is ready, for address
// 0. It never holds more than one frame.
type Decoder struct {
	Address byte
	// Bad counts frames that were whole but damaged.
	Bad int

	buf []byte
}

// Feed takes one byte. If that completes a frame, its text is returned; it is valid
// until the next call.
func (d *Decoder) Feed(b byte) (text []byte, ok bool) {
	d.buf = append(d.buf, b)
	for len(d.buf) > 0 {
		size, possible := d.size()
		switch {
		case !possible:
			d.skip()
		case size == 0 || len(d.buf) < size:
			return nil, false
		case d.buf[size-2] == ETX && BCC(d.buf[:size]) == 0:
			frame := d.buf[:size]
			d.buf = d.buf[size:] // nothing is left: whole frames are looked for at each byte
			if len(d.buf) > 0 {
				d.buf = append([]byte(nil), d.buf...)
			}
			return frame[headerSize : size-2], true
		default:
			d.Bad++
			d.skip()
		}
	}

	d.buf = d.buf[:0]
	return nil, false
}

// size is how many bytes the frame at the start has; 0 = not known yet. It is not
// possible that a frame begins there if a byte contradicts it.
func (d *Decoder) size() (n int, possible bool) {
	b := d.buf
	if b[0] != STX || len(b) > 1 && b[1] != d.Address {
		return 0, false
	}
	if len(b) < headerSize {
		return 0, true
	}
	n = int(binary.BigEndian.Uint16(b[2:]))
	if n < MinText || n > MaxText {
		return 0, false
	}
	return n + Overhead, true
}

// skip drops the first byte and goes on to the next STX.
func (d *Decoder) skip() {
	for i := 1; i < len(d.buf); i++ {
		if d.buf[i] == STX {
			d.buf = append(d.buf[:0], d.buf[i:]...)
			return
		}
	}
	d.buf = d.buf[:0]
}

// Pending reports whether a frame has begun.
func (d *Decoder) Pending() bool { return len(d.buf) > 0 }

// Reset forgets a frame that has begun, and Bad.
func (d *Decoder) Reset() { d.buf, d.Bad = d.buf[:0], 0 }

// Reply is a parsed text of the reader.
type Reply struct {
	Cmd, Param byte
	OK         bool
	Position   byte // OK: st0
	Bin        byte // OK: st2
	Data       []byte
	Code       Code // not OK
}

// ParseReply reads a text of the reader.
func ParseReply(text []byte) (Reply, error) {
	switch {
	case len(text) >= 6 && text[0] == HeadPositive:
		return Reply{Cmd: text[1], Param: text[2], OK: true, Position: text[3], Bin: text[5], Data: text[6:]}, nil
	case len(text) >= 5 && (text[0] == HeadNegative || text[0] == HeadNegative2):
		return Reply{Cmd: text[1], Param: text[2], Code: Code(text[3:5])}, nil
	}
	return Reply{}, fmt.Errorf("cannot read reply of %d bytes", len(text))
}
