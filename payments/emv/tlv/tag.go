package tlv

import (
	"errors"
	"fmt"
)

// Why bytes are malformed.
var (
	// ErrTag: the tag is longer than MaxTag, or cut short.
	ErrTag = errors.New("malformed tag")
	// ErrLength: the length is indefinite, of more than two bytes, or cut short.
	ErrLength = errors.New("malformed length")
	// ErrShort: the value is shorter than its length says.
	ErrShort = errors.New("value is cut short")
)

// MaxTag is the longest tag in bytes.
const MaxTag = 3

// Tag is a tag as its bytes read as one number, high byte first: 0x5A, 0x9F26.
type Tag uint32

const (
	moreBytes   = 0x1F // low bits of a first byte after which others follow
	another     = 0x80 // a further byte that is not the last
	constructed = 0x20
)

// String is the tag in hexadecimal digits.
func (t Tag) String() string { return fmt.Sprintf("%02X", uint32(t)) }

// Constructed reports whether the value holds further objects.
func (t Tag) Constructed() bool {
	for t > 0xFF {
		t >>= 8
	}

	return t&constructed != 0
}

// Append appends the bytes of the tag.
func (t Tag) Append(dst []byte) []byte {
	for shift := 8 * (MaxTag - 1); shift > 0; shift -= 8 {
		if t>>shift != 0 {
			dst = append(dst, byte(t>>shift))
		}
	}

	return append(dst, byte(t))
}

// ReadTag reads the tag at the beginning of b and returns what follows it.
func ReadTag(b []byte) (t Tag, rest []byte, err error) {
	for i, v := range b {
		t = t<<8 | Tag(v)
		last := v&another == 0
		if i == 0 {
			last = v&moreBytes != moreBytes
		}
		switch {
		case last:
			return t, b[i+1:], nil
		case i == MaxTag-1:
			return 0, nil, ErrTag
		}
	}

	return 0, nil, ErrTag
}
