package tlv

import (
	"fmt"
	"io"
	"iter"
)

// Object is one data object. Value aliases the input that it was read from.
type Object struct {
	Tag   Tag
	Value []byte
}

// String is tag and length; the value is not shown.
func (o Object) String() string { return fmt.Sprintf("%v[%d bytes]", o.Tag, len(o.Value)) }

// Format is String for every verb, so that none shows the value.
func (o Object) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, o.String()) }

// Next reads the first object of b and returns what follows it. It returns io.EOF
// when only filling is left.
func Next(b []byte) (o Object, rest []byte, err error) {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) == 0 {
		return Object{}, nil, io.EOF
	}

	tag, b, err := ReadTag(b)
	if err != nil {
		return Object{}, nil, err
	}
	n, b, err := readLength(b)
	if err != nil {
		return Object{}, nil, fmt.Errorf("%v: %w", tag, err)
	}
	if n > len(b) {
		return Object{}, nil, fmt.Errorf("%v: %w", tag, ErrShort)
	}

	return Object{Tag: tag, Value: b[:n:n]}, b[n:], nil
}

const (
	oneByte  = 0x81
	twoBytes = 0x82
)

func readLength(b []byte) (n int, rest []byte, err error) {
	switch {
	case len(b) > 0 && b[0] < 0x80:
		return int(b[0]), b[1:], nil
	case len(b) > 1 && b[0] == oneByte:
		return int(b[1]), b[2:], nil
	case len(b) > 2 && b[0] == twoBytes:
		return int(b[1])<<8 | int(b[2]), b[3:], nil
	}

	return 0, nil, ErrLength
}

// All reads the objects of b in order, and stops after the first error.
func All(b []byte) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		for {
			o, rest, err := Next(b)
			if err == io.EOF || !yield(o, err) || err != nil {
				return
			}
			b = rest
		}
	}
}

// Find is the value of the first object with that tag among those of b, not within
// them; nil when there is none. Everything in b is read: malformed bytes after the
// object are an error as well.
func Find(b []byte, tag Tag) (value []byte, err error) {
	for o, err := range All(b) {
		if err != nil {
			return nil, err
		}
		if o.Tag == tag && value == nil {
			value = o.Value
		}
	}

	return value, nil
}

// Only is the value of the one object that b consists of. It is an error when b
// holds another tag, or more than one object.
func Only(b []byte, tag Tag) (value []byte, err error) {
	o, rest, err := Next(b)
	if err != nil {
		return nil, fmt.Errorf("want %v: %w", tag, err)
	}
	if o.Tag != tag {
		return nil, fmt.Errorf("want %v, got %v", tag, o.Tag)
	}
	if _, _, err := Next(rest); err != io.EOF {
		return nil, fmt.Errorf("%v: more follows", tag)
	}

	return o.Value, nil
}

// MaxValue is the longest value that Append writes.
const MaxValue = 0xFFFF

// Append appends an object. The length takes its shortest form. A value longer than
// MaxValue is cut: nothing on a card is that long.
func Append(dst []byte, tag Tag, value []byte) []byte {
	value = value[:min(len(value), MaxValue)]
	dst = tag.Append(dst)
	switch n := len(value); {
	case n < 0x80:
		dst = append(dst, byte(n))
	case n <= 0xFF:
		dst = append(dst, oneByte, byte(n))
	default:
		dst = append(dst, twoBytes, byte(n>>8), byte(n))
	}

	return append(dst, value...)
}
