package cctalk

import (
	"errors"
	"fmt"
)

// Frame sizes in bytes.
const (
	MaxData  = 0xFF
	overhead = 5
	maxFrame = MaxData + overhead
)

// ErrFrame is returned for data that no frame can carry.
var ErrFrame = errors.New("does not fit a frame")

// Frame is one message. With the 16-bit checksum From is not sent, and 0 when
// received.
type Frame struct {
	To, From byte
	Header   byte
	Data     []byte
}

// crcNibble is the CRC of each 4-bit value, most significant bit first.
var crcNibble = [16]uint16{
	0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
	0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
}

func crcByte(crc uint16, c byte) uint16 {
	crc = crc<<4 ^ crcNibble[byte(crc>>12)^c>>4]
	return crc<<4 ^ crcNibble[byte(crc>>12)^c&0xF]
}

// frameCRC is the CRC-16 with polynomial 1021h, most significant bit first, initial
// value 0, over a whole frame without its two CRC bytes.
func frameCRC(b []byte) uint16 {
	crc := crcByte(crcByte(0, b[0]), b[1])
	for _, c := range b[3 : len(b)-1] {
		crc = crcByte(crc, c)
	}
	return crc
}

func sum(b []byte) (s byte) {
	for _, c := range b {
		s += c
	}
	return s
}

// AppendFrame appends one frame to dst: to, length of the data, from, header, data,
// and the byte that makes the sum of all of them 0; or, with crc, the low byte of
// the CRC in the place of from, and its high byte at the end. It fails with
// ErrFrame for over MaxData bytes.
func AppendFrame(dst []byte, f Frame, crc bool) ([]byte, error) {
	if len(f.Data) > MaxData {
		return dst, fmt.Errorf("cannot frame %d bytes: %w", len(f.Data), ErrFrame)
	}
	at := len(dst)
	dst = append(dst, f.To, byte(len(f.Data)), f.From, f.Header)
	dst = append(dst, f.Data...)
	dst = append(dst, 0)
	b := dst[at:]
	last := len(b) - 1
	if crc {
		c := frameCRC(b)
		b[2], b[last] = byte(c), byte(c>>8)
		return dst, nil
	}
	b[last] = -sum(b[:last])
	return dst, nil
}

// Decoder finds the frames to one address in a byte stream. ccTalk has no byte that
// opens a frame: any byte that equals the address may, and the checksum decides. The
// owner resets it where silence on the line says that a frame must begin.
type Decoder struct {
	Address byte
	CRC     bool
	Max     int // longest data of a frame that is expected; 0 stands for MaxData
	// Bad counts frames with a wrong checksum.
	Bad int

	buf  [maxFrame]byte
	n    int // bytes in buf
	used int // of them, the frame last returned
}

// Reset forgets a half-received frame.
func (d *Decoder) Reset() { d.n, d.used = 0, 0 }

// Next takes bytes up to the end of the next valid frame and returns the rest of
// them, and the frame; its data are valid until the next call. Without such a frame
// it takes all bytes and ok is false.
func (d *Decoder) Next(b []byte) (rest []byte, f Frame, ok bool) {
	d.drop(d.used)
	d.used = 0
	for {
		if n := d.scan(); n > 0 {
			d.used = n
			f = Frame{To: d.buf[0], From: d.buf[2], Header: d.buf[3], Data: d.buf[4 : n-1]}
			if d.CRC {
				f.From = 0
			}
			return b, f, true
		}
		if len(b) == 0 {
			return nil, Frame{}, false
		}
		d.buf[d.n] = b[0]
		d.n++
		b = b[1:]
	}
}

// scan drops bytes until a frame may begin, and returns the size of a valid one; 0
// if more bytes are needed.
func (d *Decoder) scan() int {
	for d.n > 0 {
		size := int(d.buf[1]) + overhead
		switch {
		case d.buf[0] != d.Address, d.n > 1 && d.Max > 0 && size > d.Max+overhead:
		case d.n < 2 || d.n < size:
			return 0
		case d.valid(d.buf[:size]):
			return size
		default:
			d.Bad++
		}
		d.drop(1)
	}
	return 0
}

func (d *Decoder) valid(b []byte) bool {
	if d.CRC {
		c := frameCRC(b)
		return b[2] == byte(c) && b[len(b)-1] == byte(c>>8)
	}
	return sum(b) == 0
}

func (d *Decoder) drop(n int) {
	copy(d.buf[:], d.buf[n:d.n])
	d.n -= n
}
