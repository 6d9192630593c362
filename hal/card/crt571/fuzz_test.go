package crt571

import (
	"bytes"
	"testing"
	"time"

	"wattkiosk/hal/card"
)

// FuzzDriver feeds arbitrary bytes, cut into chunks by the first byte of each. Every
// command has at most one outcome, a wake is always there, and an answer that was
// never framed is never Done.
func FuzzDriver(f *testing.F) {
	status := "F2 00 00 06 50 31 30 32 30 30 03 94"
	f.Add(unhex(f, "01 06 0D"+status+"01 06 0D F2 00 00 06 50 33 31 32 30 30 03 97 01 06"), uint8(0))
	f.Add(unhex(f, "01 15 01 06 02 F2 00 09 04 04"), uint8(3))
	f.Add([]byte{}, uint8(8))
	f.Fuzz(func(t *testing.T, in []byte, first uint8) {
		d := New(Config{Tracks: true})
		now := time.Unix(1_700_000_000, 0)
		open := map[uint32]bool{}
		for step := uint32(1); len(in) > 0 && step < 300; step++ {
			n := min(int(in[0]), len(in)-1)
			chunk := in[1 : n+1]
			in = in[n+1:]
			c := card.Command{
				ID: step, Op: card.Op((int(first)+int(step))%int(card.Reset)) + 1, Data: []byte{0, 0xB0, 0, 0, 4},
				Chip: card.Chip(step%4 + 1), Area: card.Area(step % 2), Length: int(step), Address: int(first),
			}
			if d.Do(now, c) == nil {
				open[step] = true
			}
			if at := d.Wake(); at.IsZero() {
				t.Fatal("no wake")
			} else if at.After(now) {
				now = at
			}
			_, events := d.Advance(now, nil)
			now = now.Add(time.Millisecond)
			_, more := d.Advance(now, chunk)
			for _, ev := range append(events, more...) {
				if ev.Kind == card.StatusChanged {
					continue
				}
				if !open[ev.ID] {
					t.Fatalf("outcome %v of command %d, which has one or was refused", ev.Kind, ev.ID)
				}
				delete(open, ev.ID)
				if (ev.Err == nil) != (ev.Kind == card.Done) {
					t.Fatalf("%v with error %v", ev.Kind, ev.Err)
				}
			}
		}
	})
}

// FuzzParse: whatever a reader says, nothing falls over, and nothing is made up.
func FuzzParse(f *testing.F) {
	f.Add([]byte("P10200"))
	f.Add([]byte("PQ02000;\x00"))
	f.Add([]byte("N24~P;1234=5?~P%ABC"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, in []byte) {
		if r, err := ParseReply(in); err == nil && (r.OK != (in[0] == 'P') || !r.OK && r.Code.Err() == nil) {
			t.Fatalf("%q read as %+v", in, r)
		}
		if _, atr, ok := ParseATR(in); ok && !bytes.HasSuffix(in, atr) {
			t.Fatalf("% X is no end of % X", atr, in)
		}
		for _, track := range ParseTracks(in) {
			if !bytes.Contains(in, track) {
				t.Fatalf("track % X is not in % X", []byte(track), in)
			}
		}
	})
}
