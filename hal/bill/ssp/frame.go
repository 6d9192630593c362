package ssp

import (
	"errors"
	"fmt"
)

// STX opens every frame. Anywhere else in a frame the byte is sent twice.
const STX = 0x7F

// SeqBit is the sequence bit in the address byte.
const SeqBit = 0x80

// Frame sizes in bytes.
const (
	MaxData    = 0xFF
	maxAddress = 0x7D
	maxBody    = 2 + MaxData + 2 // address, length, data, CRC; before stuffing
)

// ErrFrame is returned for an address or data that no frame can carry.
var ErrFrame = errors.New("does not fit a frame")

const (
	crcStart = 0xFFFF
	crcPoly  = 0x8005
)

// crcNibble is the CRC of each 4-bit value, most significant bit first.
var crcNibble = [16]uint16{
	0x0000, 0x8005, 0x800F, 0x000A, 0x801B, 0x001E, 0x0014, 0x8011,
	0x8033, 0x0036, 0x003C, 0x8039, 0x0028, 0x802D, 0x8027, 0x0022,
}

// CRC is the CRC-16 with polynomial 8005h, most significant bit first, initial
// value FFFFh.
func CRC(b []byte) uint16 {
	crc := uint16(crcStart)
	for _, c := range b {
		crc = crc<<4 ^ crcNibble[byte(crc>>12)^c>>4]
		crc = crc<<4 ^ crcNibble[byte(crc>>12)^c&0xF]
	}
	return crc
}

// AppendFrame appends one frame to dst: STX, then address with sequence bit,
// length, data and CRC (low byte first), with every STX among them doubled. The
// CRC covers what stands between the STX and itself, before the doubling. It
// fails with ErrFrame for no data, over MaxData bytes, or an address over 7Dh.
func AppendFrame(dst []byte, addr byte, data []byte) ([]byte, error) {
	if len(data) == 0 || len(data) > MaxData || addr&^SeqBit > maxAddress {
		return dst, fmt.Errorf("cannot frame %d bytes for address %02X: %w", len(data), addr, ErrFrame)
	}
	var body [maxBody]byte
	b := append(body[:0], addr, byte(len(data)))
	b = append(b, data...)
	crc := CRC(b)
	b = append(b, byte(crc), byte(crc>>8))
	dst = append(dst, STX)
	for _, c := range b {
		if c == STX {
			dst = append(dst, STX)
		}
		dst = append(dst, c)
	}
	return dst, nil
}

// Decoder finds the frames of one address in a byte stream. It holds one frame
// and skips noise; a single STX begins a frame wherever it stands. The zero value
// decodes address 0.
type Decoder struct {
	Address byte // without sequence bit
	// Bad counts frames with no data or a wrong CRC.
	Bad int

	body    [maxBody]byte
	n       int  // bytes in body
	inside  bool // a frame has begun
	stuffed bool // the last byte was an STX, and what it means is open
}

// Reset forgets a half-received frame.
func (d *Decoder) Reset() { d.n, d.inside, d.stuffed = 0, false, false }

// Next takes bytes up to the end of the next valid frame and returns the rest of
// them, the sequence bit (0 or SeqBit) and the data, valid until the next call.
// Without such a frame it takes all bytes and ok is false.
func (d *Decoder) Next(b []byte) (rest []byte, seq byte, data []byte, ok bool) {
	for i, c := range b {
		if d.take(c) {
			return b[i+1:], d.body[0] & SeqBit, d.body[2 : d.n-2], true
		}
	}
	return nil, 0, nil, false
}

// take takes one byte, and says whether it completed a valid frame.
func (d *Decoder) take(c byte) bool {
	switch {
	case c == STX && !d.stuffed:
		d.stuffed = true
		return false
	case c == STX && !d.inside: // the first was noise, or the end of a frame that is lost
		return false
	case d.stuffed && c != STX:
		d.inside, d.n = true, 0
	}
	d.stuffed = false
	if !d.inside {
		return false
	}
	d.body[d.n] = c
	d.n++
	return d.complete()
}

func (d *Decoder) complete() bool {
	if d.n < 2 || d.n < int(d.body[1])+4 {
		return false
	}
	d.inside = false
	b := d.body[:d.n]
	if b[1] == 0 || CRC(b[:d.n-2]) != uint16(b[d.n-2])|uint16(b[d.n-1])<<8 {
		d.Bad++
		return false
	}
	return b[0]&^SeqBit == d.Address
}
