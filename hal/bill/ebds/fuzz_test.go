package ebds

import (
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

// FuzzDriver feeds arbitrary bytes, cut into chunks by the first byte of each, as
// replies. Stacked and PoweredUpInStacker may only follow a valid frame with the
// stacked bit.
func FuzzDriver(f *testing.F) {
	const fill = "60 00 00 00 00 00 00"
	f.Add(session(f, idle, idle, fill, idle, fill, escrow100, escrow100, fill, stackingS, stackingS, fill, stack100, stack100), uint8(1))
	f.Add(session(f, stack100, stack100, stack100, fill, idle, idle), uint8(6))
	f.Add(session(f, powerUp, powerUp, fill, stackUp, stackUp, fill, idle, idle), uint8(2))
	f.Add(session(f, idle, idle, fill, "21 02 10 01 00 54 10", "21 02 10 01 00 54 10", fill, rejectedS, rejectedS), uint8(3))
	f.Add([]byte{9, 0x02, 0x0B, 0x21, 0x10, 0x10, 0, 0, 0x54, 0x10}, uint8(3))
	f.Fuzz(func(t *testing.T, in []byte, ops uint8) {
		billtest.Feed(t, New(Config{Plain: ops > 127, Values: [7]int64{100, 500}}), in, ops, func(ev bill.Event, fed []byte) {
			if (ev.Kind == bill.Stacked || ev.Kind == bill.PoweredUpInStacker) && !tellsStacked(fed) {
				t.Fatalf("%v without its frame in % X", ev, fed)
			}
		})
	})
}

// session is chunks of control byte and data, framed.
func session(tb testing.TB, replies ...string) []byte {
	var chunks [][]byte
	for _, r := range replies {
		chunks = append(chunks, encoded(billtest.Hex(tb, r)))
	}
	return billtest.Chunks(chunks...)
}

// tellsStacked looks for a valid reply with the stacked bit, by its own reading.
func tellsStacked(b []byte) bool {
	for i := range b {
		if b[i] != 0x02 || i+1 >= len(b) || b[i+1] < 11 || len(b)-i < int(b[i+1]) {
			continue
		}
		f := b[i : i+int(b[i+1])]
		sum := byte(0)
		for _, c := range f[1 : len(f)-2] {
			sum ^= c
		}
		state := f[3]
		if f[2]&0x70 == 0x70 {
			state = f[4]
		}
		if sum == f[len(f)-1] && state&0x10 != 0 {
			return true
		}
	}
	return false
}
