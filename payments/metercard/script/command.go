package script

import "encoding/hex"

// Instructions of a processor card that a purchase needs.
const (
	insSelect    = 0xA4
	insRead      = 0xB0
	insChallenge = 0x84
	insInternal  = 0x88
	insExternal  = 0x82
	insUpdate    = 0xD6
)

const (
	classPlain  = 0x00
	classSecure = 0x04 // the data ends with a MAC
	macSize     = 4

	statusOK   = "9000"
	statusMore = "61"
)

// command is a short command APDU (ISO 7816-4, cases 1 to 4); le is 0 where there is
// none, and 256 for 00.
type command struct {
	cla, ins, p1, p2 byte
	data             []byte
	le               int
}

func parse(b []byte) (command, bool) {
	if len(b) < 4 || len(b) > MaxBytes {
		return command{}, false
	}

	c := command{cla: b[0], ins: b[1], p1: b[2], p2: b[3]}
	le := func(b byte) int { return (int(b)+255)%256 + 1 }
	switch {
	case len(b) == 4:
	case len(b) == 5:
		c.le = le(b[4])
	case b[4] > 0 && len(b) == 5+int(b[4]):
		c.data = b[5:]
	case b[4] > 0 && len(b) == 6+int(b[4]):
		c.data, c.le = b[5:len(b)-1], le(b[len(b)-1])
	default:
		return command{}, false
	}

	return c, true
}

// meets reports whether a status word is as a step expects it.
func meets(status, expect string) bool {
	if expect == "" {
		expect = statusOK
	}
	if expect[:2] == statusMore && status == statusOK {
		return true // the driver has fetched what there was
	}
	for i := range len(expect) {
		if expect[i] != 'x' && lower(expect[i]) != lower(status[i]) {
			return false
		}
	}

	return true
}

func lower(b byte) byte {
	if b >= 'A' && b <= 'F' {
		return b + 'a' - 'A'
	}

	return b
}

func hexOf(b byte) string { return hex.EncodeToString([]byte{b}) }
