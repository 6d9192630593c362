package dlt645

import (
	"errors"
	"fmt"

	"wattkiosk/hal/meter"
)

// Bytes of a frame.
const (
	start  = 0x68
	end    = 0x16
	wakeUp = 0xFE
	offset = 0x33 // added to each data byte on the line
	anyone = 0xAA // each byte of the address that every meter answers

	// header is start, address, start, control, length; trailer is sum and end.
	header  = 10
	trailer = 2

	// MaxData is the most data bytes of a frame.
	MaxData = 200
)

// Controls.
const (
	Read        = 0x11
	ReadAddress = 0x13

	fromMeter = 0x80
	refused   = 0x40
	following = 0x20
	function  = 0x1F
)

// Broadcast is the address that every meter on the line answers to.
const Broadcast = meter.Address("AAAAAAAAAAAA")

// Frame is one frame with its data as before the + 33h.
type Frame struct {
	Address meter.Address // 12 digits, or Broadcast
	Control byte
	Data    []byte
}

// Errors of Decode.
var (
	errShort = errors.New("frame is not complete")
	errFrame = errors.New("no frame")
)

// Append adds the frame as it goes over the line, without wake-up bytes.
func (f Frame) Append(b []byte) ([]byte, error) {
	if len(f.Data) > MaxData {
		return b, fmt.Errorf("frame data: %d bytes, at most %d", len(f.Data), MaxData)
	}

	addr, err := packAddress(f.Address)
	if err != nil {
		return b, err
	}

	from := len(b)
	b = append(b, start)
	b = append(b, addr[:]...)
	b = append(b, start, f.Control, byte(len(f.Data)))
	for _, d := range f.Data {
		b = append(b, d+offset)
	}
	return append(b, sum(b[from:]), end), nil
}

// Decode finds the first frame in b and returns it with how many bytes of b it
// and the noise before it take. Without a frame the error is errShort when more
// bytes may complete one, and used says how many bytes in front can be dropped.
func Decode(b []byte) (f Frame, used int, err error) {
	for used = 0; used < len(b); used++ {
		if b[used] != start {
			continue
		}
		f, n, err := decodeAt(b[used:])
		if err == nil {
			return f, used + n, nil
		}
		if errors.Is(err, errShort) {
			return Frame{}, used, errShort
		}
	}

	return Frame{}, used, errShort
}

// decodeAt decodes the frame that begins at b[0].
func decodeAt(b []byte) (Frame, int, error) {
	if len(b) > 7 && b[7] != start || len(b) > 9 && b[9] > MaxData {
		return Frame{}, 0, errFrame
	}
	if len(b) < header {
		return Frame{}, 0, errShort
	}

	n := header + int(b[9]) + trailer
	if len(b) < n {
		return Frame{}, 0, errShort
	}
	if b[n-1] != end || b[n-2] != sum(b[:n-trailer]) {
		return Frame{}, 0, errFrame
	}

	addr, err := unpackAddress([6]byte(b[1:7]))
	if err != nil {
		return Frame{}, 0, errFrame
	}

	f := Frame{Address: addr, Control: b[8], Data: make([]byte, b[9])}
	for i := range f.Data {
		f.Data[i] = b[header+i] - offset
	}
	return f, n, nil
}

func sum(b []byte) (s byte) {
	for _, c := range b {
		s += c
	}
	return s
}

func packAddress(a meter.Address) (p [6]byte, err error) {
	if a == Broadcast {
		return [6]byte{anyone, anyone, anyone, anyone, anyone, anyone}, nil
	}
	if err := a.Check(); err != nil {
		return p, err
	}
	for i := range p {
		p[5-i] = (a[2*i]-'0')<<4 | (a[2*i+1] - '0')
	}
	return p, nil
}

func unpackAddress(p [6]byte) (meter.Address, error) {
	if p == [6]byte{anyone, anyone, anyone, anyone, anyone, anyone} {
		return Broadcast, nil
	}
	digits := make([]byte, 0, 12)
	for i := range p {
		c := p[5-i]
		if c>>4 > 9 || c&15 > 9 {
			return "", errFrame
		}
		digits = append(digits, '0'+c>>4, '0'+c&15)
	}
	return meter.Address(digits), nil
}
