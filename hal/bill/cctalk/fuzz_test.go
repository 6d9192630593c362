package cctalk

import (
	"bytes"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

// FuzzDriver feeds arbitrary bytes, cut into chunks by the first byte of each, as
// replies. Stacked may only follow two valid frames of five events with "stacked" in
// them, and PoweredUpInStacker two with that or "unknown type stacked".
func FuzzDriver(f *testing.F) {
	for ops := range uint8(bill.Confirm + 1) {
		f.Add(recorded(f, ops, inEscrow2, stacked2), ops)
	}
	f.Add(recorded(f, 2, "01 0015 0000 0000 0000 0000"), uint8(2))
	f.Add([]byte{9, 1, 0x0B, 40, 0, 4, 2, 0, 2, 1}, uint8(3))
	f.Fuzz(func(t *testing.T, in []byte, ops uint8) {
		g := newGame(ops)
		var fed []byte
		for len(in) > 0 && g.step < maxGame {
			n := min(int(in[0]), len(in)-1)
			chunk := in[1 : n+1]
			in = in[n+1:]
			fed = append(fed, chunk...)
			g.turn(func([]byte) []byte { return chunk })
			if g.d.Wake().IsZero() {
				t.Fatal("no wake")
			}
		}
		stacked, unknown := tells(fed)
		for _, ev := range g.events {
			if ev.Kind == bill.Stacked && stacked < 2 || ev.Kind == bill.PoweredUpInStacker && stacked < 2 && unknown < 2 {
				t.Fatalf("%v without its frames in % X", ev, fed)
			}
		}
	})
}

// TestGameCredits: what the fuzzing starts from comes to a credit.
func TestGameCredits(t *testing.T) {
	credits := 0
	for ops := range uint8(bill.Confirm + 1) {
		g := newGame(ops)
		for in := recorded(t, ops, inEscrow2, stacked2); len(in) > 0; {
			n := int(in[0])
			chunk := in[1 : n+1]
			in = in[n+1:]
			g.turn(func([]byte) []byte { return chunk })
		}
		for _, ev := range g.events {
			if ev.Kind == bill.Stacked {
				credits++
			}
		}
	}
	if credits == 0 {
		t.Error("no seed comes to a credit")
	}
}

const maxGame = 500

// game is a driver that gets orders in a fixed turn.
type game struct {
	d      *Driver
	now    time.Time
	ops    uint8
	step   int
	events []bill.Event
}

func newGame(ops uint8) *game {
	return &game{d: New(Config{Checksum: Sum}), now: time.Unix(1_700_000_000, 0), ops: ops}
}

// turn gives one order, lets the driver speak, and feeds it the answer.
func (g *game) turn(answer func(tx []byte) []byte) {
	op := bill.Op(int(g.ops)+g.step) % (bill.Confirm + 1)
	g.step++
	_ = g.d.Do(g.now, bill.Command{Op: op}) // refusals are part of the game
	if at := g.d.Wake(); at.After(g.now) {
		g.now = at
	}
	tx, evs := g.d.Advance(g.now, nil)
	g.events = append(g.events, evs...)
	g.now = g.now.Add(time.Millisecond)
	_, evs = g.d.Advance(g.now, answer(tx))
	g.events = append(g.events, evs...)
}

// recorded is a game with a device that answers as it should, as chunks; its buffer
// changes twice.
func recorded(tb testing.TB, ops uint8, buffers ...string) (b []byte) {
	w := &wire{Wire: billtest.Wire{TB: tb}, keep: 0xFF, says: map[string]string{}, buf: "00 0000 0000 0000 0000 0000"}
	g := newGame(ops)
	for g.step < maxGame {
		if n := g.step/150 - 1; n >= 0 && n < len(buffers) {
			w.buf = buffers[n]
		}
		g.turn(func(tx []byte) []byte {
			var rx []byte
			if tx != nil {
				r := w.reply(tx[3], tx[4:len(tx)-1])
				rx = encoded(1, 40, r[0], r[1:], false)
			}
			b = append(append(b, byte(len(rx))), rx...)
			return rx
		})
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
