package billtest

import (
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

// maxFed is the most chunks that Feed gives a driver.
const maxFed = 500

// Chunks are frames, each after its length, as Feed takes them.
func Chunks(frames ...[]byte) (b []byte) {
	for _, f := range frames {
		b = append(append(b, byte(len(f))), f...)
	}
	return b
}

// Feed gives a driver arbitrary bytes as replies, cut into chunks by the first byte of
// each, and an order before each chunk, from ops on. Check sees each event with all
// bytes that came before it.
func Feed(t *testing.T, e bill.Engine, in []byte, ops uint8, check func(ev bill.Event, fed []byte)) {
	now := time.Unix(1_700_000_000, 0)
	var fed []byte
	for step := 0; len(in) > 0 && step < maxFed; step++ {
		n := min(int(in[0]), len(in)-1)
		chunk := in[1 : n+1]
		in = in[n+1:]
		op := bill.Op(int(ops)+step) % (bill.Confirm + 1)
		_ = e.Do(now, bill.Command{Op: op}) // refusals are part of the game
		if at := e.Wake(); at.After(now) {
			now = at
		}
		e.Advance(now, nil)
		now = now.Add(time.Millisecond)
		fed = append(fed, chunk...)
		_, events := e.Advance(now, chunk)
		if e.Wake().IsZero() {
			t.Fatal("no wake")
		}
		for _, ev := range events {
			check(ev, fed)
		}
	}
}
