package ssp

import (
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

// FuzzDriver feeds arbitrary bytes, cut into chunks by the first byte of each, as
// replies. Stacked may only follow a valid frame with EE or EB, and
// PoweredUpInStacker one with E2 or EE.
func FuzzDriver(f *testing.F) {
	f.Add(session(f, "80 F5", "80 F0", "00 F5", "80 F0", "00"+setup, "80 F0 E8", "00 F0", "80 F0", "00 F0", "80 F0 EF 03",
		"00 F0", "80 F0 CC", "00"+serial, "80 F0 CC EE 03", "80 F0 CC EE 03", "00 F0", "80 F0 EB"), uint8(1))
	f.Add(session(f, "80 F0 EE 02", "80 F0", "00 F5", "80 F0", "00"+setup), uint8(0))
	f.Add(session(f, "80 F0 F1 E2 02", "80 F0 F1 E2 02", "00 F0"), uint8(2))
	f.Add(session(f, "80 F5", "80 F0", "00 F5", "80 F8", "00"+setup, "80 F2", "00"+serial, "80 F2", "00"+serial, "80 F0 F1 E1 00"), uint8(3))
	f.Add([]byte{9, 0x7F, 0x80, 3, 0xF0, 0xEE, 4, 0, 0, 0}, uint8(3))
	f.Fuzz(func(t *testing.T, in []byte, ops uint8) {
		billtest.Feed(t, New(Config{}), in, ops, func(ev bill.Event, fed []byte) {
			credit := ev.Kind == bill.Stacked && !tells(fed, EvCredit, EvStacked)
			if credit || ev.Kind == bill.PoweredUpInStacker && !tells(fed, EvClearedBox, EvCredit) {
				t.Fatalf("%v without its frame in % X", ev, fed)
			}
		})
	})
}

// session is chunks of address byte and data, framed.
func session(tb testing.TB, replies ...string) []byte {
	var chunks [][]byte
	for _, r := range replies {
		chunks = append(chunks, encoded(billtest.Hex(tb, r)))
	}
	return billtest.Chunks(chunks...)
}

// tells looks for a valid frame to address 0 with OK and one of two bytes after it,
// by its own reading.
func tells(b []byte, one, other byte) bool {
	for i := range b {
		if b[i] != 0x7F {
			continue
		}
		if body := unstuffed(b[i+1:]); len(body) > 4 && body[0]&0x7F == 0 {
			n := int(body[1]) + 2
			if n < 4 || len(body) < n+2 || body[2] != 0xF0 || slowCRC(body[:n]) != uint16(body[n])|uint16(body[n+1])<<8 {
				continue
			}
			for _, c := range body[3:n] {
				if c == one || c == other {
					return true
				}
			}
		}
	}
	return false
}

func unstuffed(b []byte) (out []byte) {
	for i := 0; i < len(b) && len(out) < maxBody; i++ {
		if b[i] == 0x7F {
			if i++; i >= len(b) || b[i] != 0x7F {
				return out
			}
		}
		out = append(out, b[i])
	}
	return out
}
