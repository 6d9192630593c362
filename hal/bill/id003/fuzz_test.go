package id003

import (
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

// FuzzDriver feeds arbitrary bytes, cut into chunks by the first byte of each, as
// replies. Stacked may only follow a valid 15 or 16 frame, and PoweredUpInStacker a
// valid 42 frame.
func FuzzDriver(f *testing.F) {
	f.Add(session(f, rxVersion, rxVersion, rxVersion, rxOff, rxTable, rxOff, txAll, rxOff, txSecurity, rxOff, txWays, rxOff, txOptions,
		rxOff, txOpen, rxIdle, rxEscrow, rxAck, rxStack, rxValid, rxValid, rxStacked, rxIdle), uint8(1))
	f.Add(session(f, rxVersion, rxVersion, rxVersion, rxValid, rxValid), uint8(0))
	f.Add(session(f, rxVersion, txVersion+rxVersion, txStatus+rxValid), uint8(0))
	f.Add(session(f, rxVersion, rxVersion, rxVersion, hexOf(0x42), hexOf(0x42), rxAck, rxInit, rxOff), uint8(2))
	f.Add(session(f, rxVersion, rxVersion, rxVersion, hexOf(0x41), rxAck, rxInit, rxOff), uint8(3))
	f.Add([]byte{9, 0xFC, 5, 0x15, 3, 0x10, 0, 9, 0, 0}, uint8(3))
	f.Fuzz(func(t *testing.T, in []byte, ops uint8) {
		billtest.Feed(t, New(Config{}), in, ops, func(ev bill.Event, fed []byte) {
			credit := ev.Kind == bill.Stacked && !contains(fed, 0x15) && !contains(fed, 0x16)
			if credit || ev.Kind == bill.PoweredUpInStacker && !contains(fed, 0x42) {
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
		if len(f) < 5 || f[0] != 0xFC || f[2] != state {
			continue
		}
		n := int(f[1])
		if n >= 5 && n <= len(f) && nibbleCRC(f[:n-2]) == uint16(f[n-2])|uint16(f[n-1])<<8 {
			return true
		}
	}
	return false
}
