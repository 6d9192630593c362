package fixedfield

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// Bounds of every frame, in bytes.
const (
	MaxFrame  = 64 << 10 // length digits included
	crcSize   = 8
	maxDigits = 8
)

// ErrMalformed is in every error about the bytes of a frame.
var ErrMalformed = errors.New("malformed frame")

// Frame is how a dialect wraps a body: Digits of length, the Version, a
// transaction code of Code characters, the body, and the check.
type Frame struct {
	Digits  int    // of the length field, 4 to 8
	Version string // up to 8 characters, may be empty
	Code    int    // characters of a transaction code, 2 to 8
}

// Check finds a frame that cannot be read or written.
func (f Frame) Check() error {
	switch {
	case f.Digits < 4 || f.Digits > maxDigits:
		return fmt.Errorf("frame: %d digits of length, want 4 to %d", f.Digits, maxDigits)
	case f.Code < 2 || f.Code > 8:
		return fmt.Errorf("frame: transaction codes of %d characters, want 2 to 8", f.Code)
	case len(f.Version) > 8:
		return fmt.Errorf("frame: version %q, want at most 8 characters", f.Version)
	}
	return nil
}

// Head is the bytes before the body.
func (f Frame) Head() int { return f.Digits + len(f.Version) + f.Code }

// size reads the length digits and returns the size of the whole frame.
func (f Frame) size(head []byte) (int, error) {
	n := 0
	for _, c := range head[:f.Digits] {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%w: length %q: want %d digits", ErrMalformed, head[:f.Digits], f.Digits)
		}
		n = n*10 + int(c-'0') // at most 99,999,999
	}
	if least := f.Head() + crcSize; n+f.Digits < least || n+f.Digits > MaxFrame {
		return 0, fmt.Errorf("%w: length %d: want %d to %d", ErrMalformed, n, least-f.Digits, MaxFrame-f.Digits)
	}
	return n + f.Digits, nil
}

// Read reads one whole frame, length digits included. It checks the length only;
// decoding checks the rest. It returns io.EOF if r ends before the first byte and
// io.ErrUnexpectedEOF if it ends later.
func (f Frame) Read(r io.Reader) ([]byte, error) {
	var room [maxDigits]byte
	head := room[:f.Digits]
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	size, err := f.size(head)
	if err != nil {
		return nil, err
	}

	frame := make([]byte, size)
	copy(frame, head)
	if _, err := io.ReadFull(r, frame[f.Digits:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return frame, nil
}

// begin starts a frame; seal writes its length and check.
func (f Frame) begin(size int, code string) []byte {
	b := make([]byte, f.Digits, size)
	b = append(b, f.Version...)
	return append(b, code...)
}

func (f Frame) seal(b []byte) ([]byte, error) {
	size := len(b) + crcSize
	if size > MaxFrame {
		return nil, fmt.Errorf("frame of %d bytes, limit %d", size, MaxFrame)
	}
	putDigits(b[:f.Digits], int64(size-f.Digits))
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

// Open checks a frame's length, check and version, and returns its code and body.
func (f Frame) Open(frame []byte) (code string, body []byte, err error) {
	if least := f.Head() + crcSize; len(frame) < least {
		return "", nil, fmt.Errorf("%w: %d bytes, want at least %d", ErrMalformed, len(frame), least)
	}
	size, err := f.size(frame)
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
	at := f.Digits + len(f.Version)
	if v := frame[f.Digits:at]; string(v) != f.Version {
		return "", nil, fmt.Errorf("%w: version %q, want %q", ErrMalformed, v, f.Version)
	}
	return f.CodeOf(frame), frame[f.Head():end], nil
}

// CodeOf is the transaction code of a frame of at least Head bytes.
func (f Frame) CodeOf(frame []byte) string { return string(frame[f.Digits+len(f.Version) : f.Head()]) }

// putDigits writes n with leading zeros; the caller has checked that it fits.
func putDigits(dst []byte, n int64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
}
