package ebds

import (
	"errors"
	"fmt"
)

// STX opens a frame, and ETX stands before its checksum. Neither is escaped: both
// values occur in data.
const (
	STX = 0x02
	ETX = 0x03
)

// Frame sizes in bytes.
const (
	MinFrame = 5    // no data
	MaxFrame = 0x7F // the length is a byte of 7 bits
	overhead = 5    // STX, length, control, ETX, checksum
)

// ErrFrame is returned for data that no frame can carry.
var ErrFrame = errors.New("does not fit a frame")

// Checksum is the XOR of the bytes.
func Checksum(b []byte) byte {
	var sum byte
	for _, c := range b {
		sum ^= c
	}
	return sum
}

// AppendFrame appends one frame to dst: STX, length of the whole frame, control,
// data, ETX, and the XOR of length to data. It fails with ErrFrame for over 122
// bytes of data or a byte of over 7 bits.
func AppendFrame(dst []byte, ctl byte, data []byte) ([]byte, error) {
	n := len(data) + overhead
	if n > MaxFrame || ctl > 0x7F {
		return dst, fmt.Errorf("cannot frame %d bytes with control %02X: %w", len(data), ctl, ErrFrame)
	}
	for _, c := range data {
		if c > 0x7F {
			return dst, fmt.Errorf("cannot frame byte %02X: %w", c, ErrFrame)
		}
	}
	at := len(dst)
	dst = append(dst, STX, byte(n), ctl)
	dst = append(dst, data...)
	return append(dst, ETX, Checksum(dst[at+1:])), nil
}

// Decoder finds frames in a byte stream. It holds one frame; what turns out not to
// be one is searched again from its second byte. The zero value is ready.
type Decoder struct {
	// Bad counts beginnings that were no frame: a wrong length, ETX or checksum.
	Bad int

	buf  [MaxFrame]byte
	n    int // bytes in buf
	used int // of them, those of the frame last returned
}

// Reset forgets a half-received frame.
func (d *Decoder) Reset() { d.n, d.used = 0, 0 }

// Next takes bytes up to the end of the next valid frame and returns the rest of
// them, the control byte and the data, valid until the next call. Without such a
// frame it takes all bytes and ok is false.
func (d *Decoder) Next(b []byte) (rest []byte, ctl byte, data []byte, ok bool) {
	d.drop(d.used)
	d.used = 0
	for !d.complete() {
		if len(b) == 0 {
			return nil, 0, nil, false
		}
		if b[0] > 0x7F { // no byte of the protocol: what was begun is lost
			d.n = 0
		} else {
			d.buf[d.n] = b[0]
			d.n++
		}
		b = b[1:]
	}
	d.used = int(d.buf[1])
	return b, d.buf[2], d.buf[3 : d.used-2], true
}

// complete drops what cannot begin a frame, and says whether a whole one is there.
// There is always room for one more byte otherwise.
func (d *Decoder) complete() bool {
	for d.n > 0 {
		if d.buf[0] != STX {
			d.drop(1)
			continue
		}
		if d.n < 2 {
			return false
		}
		size := int(d.buf[1])
		if size >= MinFrame && d.n < size {
			return false
		}
		if size >= MinFrame && d.buf[size-2] == ETX && Checksum(d.buf[1:size-2]) == d.buf[size-1] {
			return true
		}
		d.Bad++
		d.drop(1)
	}
	return false
}

func (d *Decoder) drop(n int) {
	copy(d.buf[:], d.buf[n:d.n])
	d.n -= n
}
