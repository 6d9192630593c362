package emv

import (
	"bytes"
	"fmt"

	"wattkiosk/payments/emv/tlv"
)

// readCard reads PAN, track 2 equivalent, expiry and sequence number, and checks that
// they agree.
func (r *records) readCard() (c Card, err error) {
	k := r.k
	bad := func(tag tlv.Tag) (Card, error) {
		c.Wipe()
		return Card{}, fmt.Errorf("%v: %w", tag, ErrMalformed)
	}

	pan, ok := digits(k.objects.get(tagPAN))
	c.PAN = k.handOut(pan)
	if !ok || len(pan) < minPAN || len(pan) > maxPAN {
		return bad(tagPAN)
	}
	expiry, ok := digits(k.objects.get(tagExpiry))
	if !ok || len(expiry) != 6 {
		return bad(tagExpiry)
	}
	c.Expiry = k.handOut(expiry[:4])

	if number := k.objects.get(tagSequence); number != nil {
		sequence, ok := digits(number)
		if !ok || len(sequence) != 2 {
			return bad(tagSequence)
		}
		c.Sequence = k.handOut([]byte{'0', sequence[0], sequence[1]})
		clear(sequence)
	}

	if equivalent := k.objects.get(tagTrack2); equivalent != nil {
		c.Track2 = k.handOut(track2(equivalent))
		t, err := readTrack2(c.Track2)
		if err != nil || !bytes.Equal(t.PAN, c.PAN) {
			return bad(tagTrack2)
		}
	}

	return c, nil
}

// digits are those of a BCD value as ASCII, up to filling of F; false when it holds
// anything else.
func digits(bcd []byte) (s []byte, ok bool) {
	s = make([]byte, 0, 2*len(bcd))
	filled := false
	for _, b := range bcd {
		for _, d := range [2]byte{b >> 4, b & 0x0F} {
			switch {
			case d == 0x0F:
				filled = true
			case d > 9 || filled:
				clear(s)
				return nil, false
			default:
				s = append(s, '0'+d)
			}
		}
	}

	return s, true
}

// track2 is the track 2 equivalent as the stripe would have it: digits, and '=' for
// D. What is neither becomes '?', and is refused by readTrack2.
func track2(bcd []byte) []byte {
	const figures = "0123456789???=??"
	s := make([]byte, 0, 2*len(bcd))
	for _, b := range bcd {
		s = append(s, figures[b>>4], figures[b&0x0F])
	}
	if n := len(bcd); n > 0 && bcd[n-1]&0x0F == 0x0F {
		s = s[:len(s)-1]
	}

	return s
}
