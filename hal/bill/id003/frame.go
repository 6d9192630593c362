package id003

import (
	"errors"
	"fmt"
)

// Sync opens every frame.
const Sync = 0xFC

// Frame sizes in bytes, CRC included. No frame that is used here comes near the
// maximum; a sync byte that noise doubled is thereby no length.
const (
	MinFrame = 5
	MaxFrame = 0x80
	overhead = 4 // sync, length, CRC
)

// ErrFrameSize is returned for a payload that no frame can carry.
var ErrFrameSize = errors.New("payload does not fit a frame")

// CRC is CRC-16/KERMIT (polynomial 1021h reflected, initial value 0).
func CRC(b []byte) uint16 {
	var crc uint16
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			low := crc & 1
			crc >>= 1
			crc ^= 0x8408 * low
		}
	}
	return crc
}

// AppendFrame appends one frame around payload, whose first byte is the command
// or state. It fails with ErrFrameSize for an empty payload or a frame over
// MaxFrame bytes.
func AppendFrame(dst, payload []byte) ([]byte, error) {
	n := len(payload) + overhead
	if n < MinFrame || n > MaxFrame {
		return dst, fmt.Errorf("cannot frame %d payload bytes: %w", len(payload), ErrFrameSize)
	}
	at := len(dst)
	dst = append(dst, Sync, byte(n))
	dst = append(dst, payload...)
	crc := CRC(dst[at:])
	return append(dst, byte(crc), byte(crc>>8)), nil
}

// frameOf frames a short payload of known size.
func frameOf(payload ...byte) []byte {
	b, err := AppendFrame(make([]byte, 0, len(payload)+overhead), payload)
	if err != nil {
		return nil // not reachable: the package frames 1 to 3 bytes
	}
	return b
}

// Decoder finds frames in a byte stream. It holds at most MaxFrame bytes, skips
// noise, and on a bad CRC looks for the next frame one byte further. The zero
// value is ready.
type Decoder struct {
	// Bad counts candidate frames with an impossible length or a wrong CRC.
	Bad int

	buf        [MaxFrame]byte
	head, tail int
}

// Reset forgets a half-received frame.
func (d *Decoder) Reset() { d.head, d.tail = 0, 0 }

// Feed takes as many bytes as fit and returns the rest. Call Next until it
// returns false; after that at least one more byte fits.
func (d *Decoder) Feed(b []byte) (rest []byte) {
	n := copy(d.buf[d.tail:], b)
	d.tail += n
	return b[n:]
}

// Next returns the payload of the next valid frame, valid until the next Feed.
func (d *Decoder) Next() (payload []byte, ok bool) {
	for d.head < d.tail {
		b := d.buf[d.head:d.tail]
		if b[0] != Sync {
			d.head++
			continue
		}
		if len(b) < 2 {
			break
		}
		n := int(b[1])
		possible := n >= MinFrame && n <= MaxFrame
		if possible && n > len(b) {
			break
		}
		if !possible || CRC(b[:n-2]) != uint16(b[n-2])|uint16(b[n-1])<<8 {
			d.Bad++
			d.head++
			continue
		}
		d.head += n
		return b[2 : n-2], true
	}
	d.tail = copy(d.buf[:], d.buf[d.head:d.tail])
	d.head = 0
	return nil, false
}
