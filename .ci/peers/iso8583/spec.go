package main

import (
	moov "github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"
	"github.com/yerden/go-util/bcd"
)

// trackEncoding packs digits and the separator D, with a 0 after an odd number.
type trackEncoding struct{}

var trackDigits = &bcd.BCD{Map: map[byte]byte{
	'0': 0, '1': 1, '2': 2, '3': 3, '4': 4, '5': 5, '6': 6, '7': 7, '8': 8, '9': 9, 'D': 13,
}}

// Encode packs src.
func (trackEncoding) Encode(src []byte) ([]byte, error) {
	if len(src)%2 == 1 {
		src = append(src[:len(src):len(src)], '0')
	}
	dst := make([]byte, bcd.EncodedLen(len(src)))
	n, err := bcd.NewEncoder(trackDigits).Encode(dst, src)
	return dst[:n], err
}

// Decode unpacks n digits.
func (trackEncoding) Decode(src []byte, n int) ([]byte, int, error) {
	read := (n + 1) / 2
	dst := make([]byte, read*2)
	if _, err := bcd.NewDecoder(trackDigits).Decode(dst, src[:read]); err != nil {
		return nil, 0, err
	}
	return dst[:n], read, nil
}

func str(length int, enc encoding.Encoder, pref prefix.Prefixer) field.Field {
	return field.NewString(&field.Spec{Length: length, Enc: enc, Pref: pref})
}

func bin(length int, pref prefix.Prefixer) field.Field {
	return field.NewBinary(&field.Spec{Length: length, Enc: encoding.Binary, Pref: pref})
}

// spec is the message from MTI to MAC as moov's library describes it.
func spec() *moov.MessageSpec {
	digits, text, track := encoding.LBCD, encoding.ASCII, trackEncoding{}
	fixed, ll, lll := prefix.BCD.Fixed, prefix.BCD.LL, prefix.BCD.LLL
	return &moov.MessageSpec{Fields: map[int]field.Field{
		0:  str(4, encoding.BCD, fixed),
		1:  field.NewBitmap(&field.Spec{Length: 8, Enc: encoding.Binary, Pref: prefix.Binary.Fixed, DisableAutoExpand: true}),
		2:  str(19, digits, ll),
		3:  str(6, digits, fixed),
		4:  str(12, digits, fixed),
		11: str(6, digits, fixed),
		12: str(6, digits, fixed),
		13: str(4, digits, fixed),
		14: str(4, digits, fixed),
		15: str(4, digits, fixed),
		22: str(3, digits, fixed),
		23: str(3, encoding.BCD, fixed),
		25: str(2, digits, fixed),
		26: str(2, digits, fixed),
		32: str(11, digits, ll),
		35: str(37, track, ll),
		36: str(104, track, lll),
		37: str(12, text, fixed),
		38: str(6, text, fixed),
		39: str(2, text, fixed),
		41: str(8, text, fixed),
		42: str(15, text, fixed),
		44: str(25, text, ll),
		48: str(322, digits, lll),
		49: str(3, text, fixed),
		52: bin(8, fixed),
		53: str(16, digits, fixed),
		54: str(20, text, lll),
		55: bin(255, lll),
		60: str(19, digits, lll),
		61: str(29, digits, lll),
		62: bin(512, lll),
		63: bin(163, lll),
		64: bin(8, fixed),
	}}
}
