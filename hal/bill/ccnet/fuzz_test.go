package ccnet

import (
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

// FuzzDriver feeds arbitrary bytes, cut into chunks by the first byte of each,
// as replies. Stacked may only follow a valid 81 frame, and PoweredUpInStacker a
// valid 12 frame.
func FuzzDriver(f *testing.F) {
	f.Add(session(f, rxOff, hexOf(make([]byte, IdentSize)...), rxOff, hexOf(tableBytes(f)...), rxOff, rxAck, rxIdle,
		rxEscrow, rxAck, hexOf(0x17), rxStacked, rxStacked, rxIdle), uint8(1))
	f.Add(session(f, rxStacked, hexOf(tableBytes(f)...), rxStacked), uint8(0))
	f.Add(session(f, hexOf(0x12), hexOf(0x12), rxAck, hexOf(0x13), rxOff), uint8(2))
	f.Add(session(f, hexOf(0x11), rxAck, hexOf(0x13), rxOff), uint8(3))
	f.Add([]byte{9, 2, 3, 0, 0x81, 4, 0, 9, 0, 0}, uint8(3))
	f.Fuzz(func(t *testing.T, in []byte, ops uint8) {
		billtest.Feed(t, New(Config{}), in, ops, func(ev bill.Event, fed []byte) {
			if ev.Kind == bill.Stacked && !contains(fed, 0x81) || ev.Kind == bill.PoweredUpInStacker && !contains(fed, 0x12) {
				t.Fatalf("%v without its frame in % X", ev, fed)
			}
		})
	})
}

func session(tb testing.TB, frames ...string) []byte {
	var chunks [][]byte
	for _, f := range frames {
		chunks = append(chunks, billtest.Hex(tb, f))
	}
	return billtest.Chunks(chunks...)
}

// contains looks for a valid frame with the state, by its own reading.
func contains(b []byte, state byte) bool {
	for i := range b {
		f := b[i:]
		if len(f) < 6 || f[0] != 2 || f[1] != 3 || f[3] != state {
			continue
		}
		n := int(f[2])
		if n == 0 && len(f) >= 7 {
			n = int(f[5])<<8 | int(f[6])
		}
		if n >= 6 && n <= len(f) && slowCRC(f[:n-2]) == uint16(f[n-2])|uint16(f[n-1])<<8 {
			return true
		}
	}
	return false
}
