package ssp

import (
	"testing"
	"time"

	"wattkiosk/hal/bill"
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
		d := New(Config{})
		now := time.Unix(1_700_000_000, 0)
		var fed []byte
		for step := 0; len(in) > 0 && step < 500; step++ {
			n := min(int(in[0]), len(in)-1)
			chunk := in[1 : n+1]
			in = in[n+1:]
			op := bill.Op(int(ops)+step) % (bill.Confirm + 1)
			_ = d.Do(now, bill.Command{Op: op}) // refusals are part of the game
			if at := d.Wake(); at.After(now) {
				now = at
			}
			d.Advance(now, nil)
			now = now.Add(time.Millisecond)
			fed = append(fed, chunk...)
			_, evs := d.Advance(now, chunk)
			if d.Wake().IsZero() {
				t.Fatal("no wake")
			}
			for _, ev := range evs {
				credit := ev.Kind == bill.Stacked && !tells(fed, EvCredit, EvStacked)
				if credit || ev.Kind == bill.PoweredUpInStacker && !tells(fed, EvClearedBox, EvCredit) {
					t.Fatalf("%v without its frame in % X", ev, fed)
				}
			}
		}
	})
}

// session is chunks of address byte and data, framed.
func session(tb testing.TB, replies ...string) (b []byte) {
	for _, r := range replies {
		frame := encoded(unhex(tb, r))
		b = append(append(b, byte(len(frame))), frame...)
	}
	return b
}

// tells looks for a valid frame to address 0 with OK and one of two bytes behind it,
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
