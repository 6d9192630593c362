package crt310

import (
	"errors"
	"fmt"
)

// Control bytes.
const (
	STX = 0x02
	ETX = 0x03
	EOT = 0x04
	ENQ = 0x05
	ACK = 0x06
	NAK = 0x15
)

// Sizes in bytes.
const (
	// Overhead is what a frame adds to its content.
	Overhead = 5
	// MaxContent bounds CMD, PARAM and data: an APDU or an answer, and not so much
	// that a damaged length hides the frames after it for long.
	MaxContent = 272
)

// ErrFrameSize is returned for content that no frame can carry.
var ErrFrameSize = errors.New("content does not fit a frame")

// BCC is the XOR of all bytes.
func BCC(b []byte) byte {
	var x byte
	for _, c := range b {
		x ^= c
	}
	return x
}

// AppendFrame appends one frame around content, which begins with CMD and PARAM.
// It fails with ErrFrameSize for content of less than 2 or over MaxContent bytes.
func AppendFrame(dst, content []byte) ([]byte, error) {
	n := len(content)
	if n < 2 || n > MaxContent {
		return dst, fmt.Errorf("cannot frame %d bytes: %w", n, ErrFrameSize)
	}
	at := len(dst)
	dst = append(dst, STX, byte(n>>8), byte(n))
	dst = append(dst, content...)
	dst = append(dst, ETX)
	return append(dst, BCC(dst[at:])), nil
}

// Decoder finds frames in a byte stream. It holds at most one frame of the largest
// size, skips what is no frame, and on a damaged one looks for the next frame one
// byte further. The zero value is ready.
type Decoder struct {
	// Bad counts candidate frames with an impossible length, no 03 or a wrong BCC.
	Bad int

	buf  [MaxContent + Overhead]byte
	tail int
}

// Reset forgets a half-received frame, and the count.
func (d *Decoder) Reset() { d.tail, d.Bad = 0, 0 }

// Feed takes as many bytes as fit and returns the rest. Call Next until it
// returns false; after that at least one more byte fits.
func (d *Decoder) Feed(b []byte) (rest []byte) {
	n := copy(d.buf[d.tail:], b)
	d.tail += n
	return b[n:]
}

// Next returns a copy of the content of the next whole frame.
func (d *Decoder) Next() (content []byte, ok bool) {
	for d.tail > 0 {
		if d.buf[0] != STX {
			d.drop(1)
			continue
		}
		if d.tail < 3 {
			return nil, false
		}
		n := int(d.buf[1])<<8 | int(d.buf[2])
		if n < 2 || n > MaxContent {
			d.Bad++
			d.drop(1)
			continue
		}
		if d.tail < n+Overhead {
			return nil, false
		}
		if d.buf[3+n] != ETX || BCC(d.buf[:n+Overhead]) != 0 {
			d.Bad++
			d.drop(1)
			continue
		}
		content = append([]byte(nil), d.buf[3:3+n]...)
		d.drop(n + Overhead)
		return content, true
	}

	return nil, false
}

func (d *Decoder) drop(n int) { d.tail = copy(d.buf[:], d.buf[n:d.tail]) }
