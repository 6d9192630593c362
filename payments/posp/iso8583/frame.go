package iso8583

import (
	stdbinary "encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Sizes of a frame.
const (
	// MaxFrame bounds a frame, its length prefix not counted.
	MaxFrame = 2048
	// MACLen is the length of field 64.
	MACLen = 8

	lengthLen = 2
	tpduLen   = 5
	headerLen = 6
	mtiLen    = 2
	bitmapLen = 8
	mtiAt     = lengthLen + tpduLen + headerLen
	fixedPart = tpduLen + headerLen + mtiLen + bitmapLen
)

// AppendFrame appends the whole frame, length prefix first, to dst. On an error dst
// is returned as it was. It allocates only where dst has no room.
func (m *Message) AppendFrame(dst []byte) ([]byte, error) {
	if m.err != nil {
		return dst, m.err
	}
	if m.bitmap == 0 {
		return dst, errors.New("the message has no field")
	}

	start := len(dst)
	out := append(dst, 0, 0)
	out = append(out, m.TPDU[:]...)
	out = append(out, m.Header[:]...)
	out = stdbinary.BigEndian.AppendUint16(out, uint16(m.MTI))
	out = stdbinary.BigEndian.AppendUint64(out, m.bitmap)
	for f := range m.Fields {
		out = m.appendField(out, f)
	}

	n := len(out) - start - lengthLen
	if n > MaxFrame {
		return dst, ErrTooLong
	}
	stdbinary.BigEndian.PutUint16(out[start:], uint16(n))
	if err := checkHead(out[start:]); err != nil {
		return dst, err
	}
	return out, nil
}

func (m *Message) appendField(out []byte, f Field) []byte {
	v := m.values[f]
	switch table[f].prefix {
	case 1:
		out = append(out, byte(v.units/10<<4|v.units%10))
	case 2:
		out = append(out, byte(v.units/100), byte(v.units/10%10<<4|v.units%10))
	}
	return append(out, m.body[v.at:v.at+v.size]...)
}

// MACInput is the part of a frame that its MAC is made of, from the MTI to field 63.
// It is false where the frame has no field 64. It is part of frame, which must be one
// that Decode accepts or AppendFrame made.
func MACInput(frame []byte) ([]byte, bool) {
	if len(frame) < lengthLen+fixedPart+MACLen || frame[mtiAt+mtiLen+bitmapLen-1]&1 == 0 {
		return nil, false
	}
	return frame[mtiAt : len(frame)-MACLen], true
}

// PutMAC fills in field 64 of a frame. It is false where the frame has none.
func PutMAC(frame []byte, mac [MACLen]byte) bool {
	if _, ok := MACInput(frame); !ok {
		return false
	}
	copy(frame[len(frame)-MACLen:], mac[:])
	return true
}

// ReadFrame reads one frame, length prefix included, into the room that dst has, or
// into new room. io.EOF means that the stream ended between two frames; a frame that
// is cut off is io.ErrUnexpectedEOF.
func ReadFrame(r io.Reader, dst []byte) ([]byte, error) {
	if cap(dst) < lengthLen+MaxFrame {
		dst = make([]byte, 0, lengthLen+MaxFrame)
	}
	frame := dst[:lengthLen]
	if _, err := io.ReadFull(r, frame); err != nil {
		return nil, err
	}

	n := int(stdbinary.BigEndian.Uint16(frame))
	if n < fixedPart || n > MaxFrame {
		return nil, fmt.Errorf("frame of %d bytes: want %d to %d", n, fixedPart, MaxFrame)
	}
	frame = frame[:lengthLen+n]
	if _, err := io.ReadFull(r, frame[lengthLen:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return frame, nil
}
