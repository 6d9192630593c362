package ccnet

import (
	"errors"
	"fmt"
)

// Sync opens every frame.
const Sync = 0x02

// AddressValidator is the bus address of a note validator.
const AddressValidator = 0x03

// Frame sizes in bytes, CRC included.
const (
	MinFrame      = 6
	maxShortFrame = 0xFF
	minLongFrame  = 9 // sync, address, 0, command, sub-command, two length bytes, CRC
	MaxFrame      = 1024
)

// ErrFrameSize is returned for a payload that no frame can carry.
var ErrFrameSize = errors.New("payload does not fit a frame")

// crcNibble is the CRC of each 4-bit value under the reflected polynomial 8408h.
var crcNibble = [16]uint16{
	0x0000, 0x1081, 0x2102, 0x3183, 0x4204, 0x5285, 0x6306, 0x7387,
	0x8408, 0x9489, 0xA50A, 0xB58B, 0xC60C, 0xD68D, 0xE70E, 0xF78F,
}

// CRC is CRC-16/KERMIT (polynomial 1021h reflected, initial value 0).
func CRC(b []byte) uint16 {
	var crc uint16
	for _, c := range b {
		crc = crc>>4 ^ crcNibble[(crc^uint16(c))&0xF]
		crc = crc>>4 ^ crcNibble[(crc^uint16(c>>4))&0xF]
	}
	return crc
}

// AppendFrame appends one frame around payload, whose first byte is the command
// or state. Payloads over 250 bytes take the two-byte length. It fails with
// ErrFrameSize for an empty payload or a frame over MaxFrame bytes.
func AppendFrame(dst []byte, addr byte, payload []byte) ([]byte, error) {
	if len(payload) == 0 || len(payload)+7 > MaxFrame {
		return dst, fmt.Errorf("cannot frame %d payload bytes: %w", len(payload), ErrFrameSize)
	}
	at := len(dst)
	if n := len(payload) + 5; n <= maxShortFrame {
		dst = append(dst, Sync, addr, byte(n))
		dst = append(dst, payload...)
	} else {
		n = len(payload) + 7
		dst = append(dst, Sync, addr, 0, payload[0], payload[1], byte(n>>8), byte(n))
		dst = append(dst, payload[2:]...)
	}
	crc := CRC(dst[at:])
	return append(dst, byte(crc), byte(crc>>8)), nil
}

// frameOf frames a short payload of known size.
func frameOf(addr byte, payload ...byte) []byte {
	b, err := AppendFrame(make([]byte, 0, len(payload)+5), addr, payload)
	if err != nil {
		return nil // not reachable: the package frames 1 to 7 bytes
	}
	return b[:len(b):len(b)]
}

// Decoder finds frames of one address in a byte stream. It holds at most
// MaxFrame bytes, skips noise, and on a bad CRC looks for the next frame one
// byte further. The zero value is not ready: set Address.
type Decoder struct {
	Address byte
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
		if b[0] != Sync || len(b) > 1 && b[1] != d.Address {
			d.head++
			continue
		}
		n, header, enough := frameLength(b)
		if !enough || n > len(b) {
			break
		}
		if n == 0 || CRC(b[:n-2]) != uint16(b[n-2])|uint16(b[n-1])<<8 {
			d.Bad++
			d.head++
			continue
		}
		d.head += n
		if header == 5 { // the command and sub-command stand before the length
			b[5], b[6] = b[3], b[4]
		}
		return b[header : n-2], true
	}
	d.tail = copy(d.buf[:], d.buf[d.head:d.tail])
	d.head = 0
	return nil, false
}

// frameLength reads the length of the candidate frame at b: 0 if impossible;
// header is where its payload will begin. Not enough means that more bytes are
// needed to know.
func frameLength(b []byte) (n, header int, enough bool) {
	switch {
	case len(b) < 3:
		return 0, 0, false
	case b[2] >= MinFrame:
		return int(b[2]), 3, true
	case b[2] != 0:
		return 0, 0, true
	case len(b) < 7:
		return 0, 0, false
	}
	n = int(b[5])<<8 | int(b[6])
	if n < minLongFrame || n > MaxFrame {
		return 0, 0, true
	}
	return n, 5, true
}
