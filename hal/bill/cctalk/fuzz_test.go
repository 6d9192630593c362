package cctalk

import (
	"bytes"
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

// FuzzDriver feeds arbitrary bytes, cut into chunks by the first byte of each, as
// replies. Stacked may only follow two valid frames of five events with "stacked" in
// them, and PoweredUpInStacker two with that or "unknown type stacked".
func FuzzDriver(f *testing.F) {
	f.Add(start(f, "00 0000 0000 0000 0000 0000", inEscrow2, inEscrow2, stacked2, stacked2), uint8(1))
	f.Add(start(f, stacked2, "03 0001 0200 0201 0000 0000"), uint8(0))
	f.Add(start(f, "00 0000 0000 0000 0000 0000", "01 0015 0000 0000 0000 0000", "01 0015 0000 0000 0000 0000"), uint8(2))
	f.Add([]byte{9, 1, 0x0B, 40, 0, 4, 2, 0, 2, 1}, uint8(3))
	f.Fuzz(func(t *testing.T, in []byte, ops uint8) {
		d := New(Config{Checksum: Sum})
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
				stacked, unknown := tells(fed)
				credit := ev.Kind == bill.Stacked && stacked < 2
				if credit || ev.Kind == bill.PoweredUpInStacker && stacked < 2 && unknown < 2 {
					t.Fatalf("%v without its frames in % X", ev, fed)
				}
			}
		}
	})
}

// start is chunks of replies: two of each buffer, with a start's other answers
// behind the first.
func start(tb testing.TB, buffers ...string) (b []byte) {
	add := func(data []byte) {
		frame := encoded(1, 40, 0, data, false)
		b = append(append(b, byte(len(frame))), frame...)
	}
	for i, s := range buffers {
		add(unhex(tb, s))
		add(unhex(tb, s))
		if i > 0 {
			continue
		}
		add(nil)
		for _, id := range []string{"Bill", "CN0005A", "CN0020A", "CN0100A"} {
			add([]byte(id))
			add([]byte(id))
		}
		for range 13 * 2 {
			add([]byte("......."))
		}
		add([]byte{100, 0, 2})
		add([]byte{100, 0, 2})
		add([]byte{0, 0})
		add([]byte{0})
	}
	return b
}

// tells counts valid frames of five events from 40 to 1 that have "stacked", or
// "unknown type stacked", by its own reading.
func tells(b []byte) (stacked, unknown int) {
	for i := range b {
		if len(b)-i < 16 || !bytes.Equal(b[i:i+4], []byte{1, 11, 40, 0}) || !bytes.Equal(b[i:i+16], encoded(1, 40, 0, b[i+4:i+15], false)) {
			continue
		}
		for n := i + 5; n < i+15; n += 2 {
			switch {
			case b[n] != 0 && b[n+1] == 0:
				stacked++
			case b[n] == 0 && b[n+1] == 21:
				unknown++
			}
		}
	}
	return stacked, unknown
}
