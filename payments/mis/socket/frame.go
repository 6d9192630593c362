package socket

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// Sizes of the frame, in bytes.
const (
	MaxFrame    = 64 << 10 // length digits included
	lengthSize  = 8
	versionSize = 2
	codeSize    = 4
	crcSize     = 8
	headSize    = lengthSize + versionSize + codeSize
	minFrame    = headSize + crcSize
)

// ErrMalformed is in every error about the bytes of a frame.
var ErrMalformed = errors.New("malformed MIS frame")

// frameSize reads the eight digits and returns the size of the whole frame.
func frameSize(head []byte) (int, error) {
	n := 0
	for _, c := range head[:lengthSize] {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%w: length %q: want 8 digits", ErrMalformed, head[:lengthSize])
		}
		n = n*10 + int(c-'0') // at most 99,999,999
	}
	if n+lengthSize < minFrame || n+lengthSize > MaxFrame {
		return 0, fmt.Errorf("%w: length %d: want %d to %d", ErrMalformed, n, minFrame-lengthSize, MaxFrame-lengthSize)
	}
	return n + lengthSize, nil
}

// ReadFrame reads one whole frame, length digits included. It checks the length
// only; decoding checks the rest. It returns io.EOF if r ends before the first
// byte and io.ErrUnexpectedEOF if it ends later.
func ReadFrame(r io.Reader) ([]byte, error) {
	var head [lengthSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size, err := frameSize(head[:])
	if err != nil {
		return nil, err
	}
	frame := make([]byte, size)
	copy(frame, head[:])
	if _, err := io.ReadFull(r, frame[lengthSize:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return frame, nil
}

// Reader cuts frames out of bytes that arrive in pieces. It holds at most what
// was fed and not yet taken. After an error it stays failed: the stream has lost
// its place. The zero value is ready; one goroutine at a time.
type Reader struct {
	buf []byte
	err error
}

// Feed adds bytes; it keeps a copy.
func (r *Reader) Feed(p []byte) {
	if r.err == nil {
		r.buf = append(r.buf, p...)
	}
}

// Next returns the next whole frame, or ok false if more bytes are needed.
func (r *Reader) Next() (frame []byte, ok bool, err error) {
	if r.err != nil {
		return nil, false, r.err
	}
	if len(r.buf) < lengthSize {
		return nil, false, nil
	}
	size, err := frameSize(r.buf)
	if err != nil {
		r.err, r.buf = err, nil
		return nil, false, err
	}
	if len(r.buf) < size {
		return nil, false, nil
	}
	frame = append([]byte(nil), r.buf[:size]...)
	r.buf = append(r.buf[:0], r.buf[size:]...)
	return frame, true, nil
}

// begin starts a frame; seal writes its length and check.
func begin(size int, version, code string) []byte {
	b := make([]byte, lengthSize, size)
	b = append(b, version...)
	return append(b, code...)
}

func seal(b []byte) ([]byte, error) {
	size := len(b) + crcSize
	if size > MaxFrame {
		return nil, fmt.Errorf("MIS frame of %d bytes, limit %d", size, MaxFrame)
	}
	putDigits(b[:lengthSize], int64(size-lengthSize))
	return appendCRC(b, b), nil
}

// appendCRC appends the check of data to b.
func appendCRC(b, data []byte) []byte {
	const hex = "0123456789ABCDEF"
	sum := crc32.ChecksumIEEE(data)
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, hex[sum>>shift&15])
	}
	return b
}

// open checks a frame's length, check and version, and returns its code and body.
func open(frame []byte, version string) (code string, body []byte, err error) {
	if len(frame) < minFrame {
		return "", nil, fmt.Errorf("%w: %d bytes, want at least %d", ErrMalformed, len(frame), minFrame)
	}
	size, err := frameSize(frame)
	if err != nil {
		return "", nil, err
	}
	if size != len(frame) {
		return "", nil, fmt.Errorf("%w: length says %d bytes, got %d", ErrMalformed, size, len(frame))
	}
	end := len(frame) - crcSize
	var sum [crcSize]byte
	if !bytes.Equal(appendCRC(sum[:0], frame[:end]), frame[end:]) {
		return "", nil, fmt.Errorf("%w: crc does not match", ErrMalformed)
	}
	if v := frame[lengthSize : lengthSize+versionSize]; string(v) != version {
		return "", nil, fmt.Errorf("%w: version %q, want %q", ErrMalformed, v, version)
	}
	return string(frame[lengthSize+versionSize : headSize]), frame[headSize:end], nil
}

// putDigits writes n with leading zeros; the caller has checked that it fits.
func putDigits(dst []byte, n int64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
}
