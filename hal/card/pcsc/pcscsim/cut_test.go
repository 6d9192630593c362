package pcscsim_test

import (
	"testing"
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/pcsc"
	"wattkiosk/hal/card/pcsc/pcscsim"
)

// The daemon is killed, or the card pulled out, at each millisecond of a session:
// every command ends once, and no outcome of the write lies about the chip.
func TestCutAtEachInstant(t *testing.T) {
	write := []byte{0x04, 0xD6, 0x82, 0x00, 0x01, 0x07}
	for _, kill := range []bool{true, false} {
		kinds := map[card.Kind]int{}
		for at := range 260 {
			b := newBench(t, pcsc.Config{}, pcscsim.Config{})
			cpu := chip(okay)
			c := &cardsim.Card{Processor: cpu}
			if err := b.dev.InsertCard(b.now, c); err != nil {
				t.Fatal(err)
			}
			b.media(card.Latched)
			on := b.do(card.Command{Op: card.PowerOn})
			id := b.do(card.Command{Op: card.Transmit, Data: write})
			b.sleep(time.Duration(at) * time.Millisecond)
			if kill {
				b.dev.PowerCut(b.now)
				b.dev.PowerOn(b.now)
			} else if _, err := b.dev.PullCard(b.now); err != nil {
				t.Fatal(err)
			}
			b.outcome(on)
			e := b.outcome(id)
			b.sleep(time.Second)
			worked := cpu.Count(write)
			if worked > 1 || e.Kind == card.Done && worked != 1 || e.Kind == card.NotDone && worked != 0 {
				t.Fatalf("kill %v, %d ms: %v (%v), but the chip worked %d times", kill, at, e.Kind, e.Err, worked)
			}
			kinds[e.Kind]++
			if !kill {
				b.media(card.NotPresent)
				if err := b.dev.InsertCard(b.now, c); err != nil {
					t.Fatal(err)
				}
			}
			b.media(card.Latched)
			b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
			b.want(card.Command{Op: card.Transmit, Data: []byte{0, 0x84, 0, 0, 8}}, card.Done, nil)
		}
		// Before pcscd has noticed that the card is gone it does not say whether an
		// APDU was sent: no NotDone then.
		if kinds[card.Done] == 0 || kinds[card.Unknown] == 0 || kill && kinds[card.NotDone] == 0 {
			t.Errorf("kill %v: outcomes %v, want some of each", kill, kinds)
		}
	}
}
