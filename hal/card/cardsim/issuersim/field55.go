package issuersim

import "fmt"

// read is the data objects of a field 55 by tag, of which each may come once. Values
// are shorter than 128 bytes, or have a length of one byte after 81.
func read(b []byte) (map[uint16][]byte, error) {
	objects := map[uint16][]byte{}
	for len(b) > 0 {
		tag, n := uint16(b[0]), 1
		if tag&0x1F == 0x1F && len(b) > 1 {
			tag, n = tag<<8|uint16(b[1]), 2
		}
		b = b[n:]
		if len(b) > 1 && b[0] == 0x81 {
			b = b[1:]
		}
		_, twice := objects[tag]
		if len(b) == 0 || int(b[0]) >= len(b) && b[0] != 0 || twice {
			return nil, fmt.Errorf("%w: at %X", ErrField55, tag)
		}
		objects[tag], b = b[1:1+int(b[0])], b[1+int(b[0]):]
	}

	return objects, nil
}

// object is one data object.
func object(tag, value []byte) []byte {
	b := append([]byte(nil), tag...)
	if len(value) > 0x7F {
		b = append(b, 0x81)
	}

	return append(append(b, byte(len(value))), value...)
}
