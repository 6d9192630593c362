package zt588

import (
	"errors"
	"fmt"
)

const (
	stx = 0x02
	etx = 0x03

	// MaxText is the most text of a frame.
	MaxText = 999
	// around is what surrounds the text: 02, length 3, 03, XOR 2.
	around = 7
)

var (
	errShort = errors.New("frame is not complete")
	errFrame = errors.New("no frame")
)

// AppendFrame adds text as a frame.
func AppendFrame(b []byte, text []byte) ([]byte, error) {
	if len(text) > MaxText {
		return b, fmt.Errorf("text of %d bytes, at most %d", len(text), MaxText)
	}
	from := len(b) + 1
	b = fmt.Appendf(append(b, stx), "%03d", len(text))
	b = append(append(b, text...), etx)
	return fmt.Appendf(b, "%02X", xor(b[from:])), nil
}

// Decode decodes the frame that begins at b[0], and says how long it is. errShort:
// more bytes may complete it.
func Decode(b []byte) (text []byte, used int, err error) {
	if len(b) == 0 {
		return nil, 0, errShort
	}
	if b[0] != stx {
		return nil, 0, errFrame
	}

	n := 0
	for _, c := range b[1:min(len(b), 4)] {
		if c < '0' || c > '9' {
			return nil, 0, errFrame
		}
		n = n*10 + int(c-'0')
	}

	if len(b) < 4 || len(b) < n+around {
		return nil, 0, errShort
	}

	used = n + around
	sum, err := unhexByte(b[used-2 : used])
	if err != nil || b[used-3] != etx || sum != xor(b[1:used-2]) {
		return nil, 0, errFrame
	}
	return b[4 : 4+n], used, nil
}

func xor(b []byte) (x byte) {
	for _, c := range b {
		x ^= c
	}
	return x
}

func unhexByte(b []byte) (byte, error) {
	v := byte(0)
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | (c - '0')
		case c >= 'A' && c <= 'F':
			v = v<<4 | (c - 'A' + 10)
		default:
			return 0, errFrame
		}
	}
	return v, nil
}
