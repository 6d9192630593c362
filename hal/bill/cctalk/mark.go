package cctalk

// The position is kept in the device itself, as a mark: the inhibits of a few bill
// types that it does not use. The mark is 0 after a restart of the device, and
// otherwise one more than the counter modulo 15. Since 15 divides 255, that tells
// fifteen positions apart across the counter's wrap, more than the buffer holds.
const (
	markBits   = 4
	markModulo = 15
)

// positionMark is the mark of a position.
func positionMark(counter byte) byte { return counter%markModulo + 1 }

// markMask is the bits that carry the mark.
func (s *setup) markMask() (m uint16) {
	for _, i := range s.markTypes {
		m |= 1 << i
	}
	return m
}

// withMark writes a mark into a mask.
func (s *setup) withMark(mask uint16, mark byte) uint16 {
	for bit, i := range s.markTypes {
		mask &^= 1 << i
		mask |= uint16(mark>>bit&1) << i
	}
	return mask
}

// markOf reads the mark of a mask.
func (s *setup) markOf(mask uint16) (mark byte) {
	for bit, i := range s.markTypes {
		mark |= byte(mask>>i&1) << bit
	}
	return mark
}

// keeps says that the device keeps the mark, as far as is known.
func (d *Driver) keeps() bool { return !d.unkept && len(d.markTypes) > 0 }
