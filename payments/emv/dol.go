package emv

import (
	"errors"
	"fmt"

	"wattkiosk/payments/emv/tlv"
)

// MaxDOL is the most data that a data object list may ask for: what fits into a
// short APDU with the two bytes of the template that a PDOL adds.
const MaxDOL = 252

var errDOL = errors.New("malformed data object list")

// appendDOL appends the values that a data object list asks for, each as long as the
// list says. What is not known is zeros (Book 3, 5.4).
func (o *objects) appendDOL(dst, list []byte) ([]byte, error) {
	start := len(dst)
	for len(list) > 0 {
		tag, rest, err := tlv.ReadTag(list)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errDOL, err)
		}
		if len(rest) == 0 || len(dst)-start+int(rest[0]) > MaxDOL {
			return nil, fmt.Errorf("%w: length of %v", errDOL, tag)
		}

		var value []byte
		if !tag.Constructed() {
			value = o.get(tag)
		}
		dst = appendSized(dst, value, int(rest[0]), kindOf(tag))
		list = rest[1:]
	}

	return dst, nil
}

// appendSized appends a value with a length of n.
func appendSized(dst, value []byte, n int, k kind) []byte {
	fill := func(b byte) {
		for range n - len(value) {
			dst = append(dst, b)
		}
	}
	switch {
	case k == asNumeric && len(value) > n:
		return append(dst, value[len(value)-n:]...)
	case len(value) > n:
		return append(dst, value[:n]...)
	case k == asNumeric:
		fill(0)
		return append(dst, value...)
	case k == asCompressed && value != nil:
		dst = append(dst, value...)
		fill(0xFF)
		return dst
	}
	dst = append(dst, value...)
	fill(0)

	return dst
}
