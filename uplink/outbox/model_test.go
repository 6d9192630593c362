package outbox_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/outbox"
	"wattkiosk/uplink/wire"
)

// office is a head office: it stores what follows its head, in order, and
// acknowledges its head for every batch that it gets.
type office struct {
	head   record.Head
	stored []record.Record
}

func (o *office) receive(t *rapid.T, payload []byte) wire.Ack {
	recs, err := wire.DecodeBatch(payload)
	if err != nil {
		t.Fatalf("head office cannot read a batch: %v", err)
	}
	for _, r := range recs {
		if h, err := o.head.Follow(r); err == nil {
			o.head, o.stored = h, append(o.stored, r)
		}
	}
	return wire.Ack{V: 1, Upto: o.head.Seq, Hash: o.head.Hash}
}

// world is a kiosk, a bad network and a head office under one seed.
type world struct {
	t      *rapid.T
	tb     testing.TB
	rng    *rand.Rand
	now    time.Time
	led    *ledger
	sender *outbox.Sender
	office office
	up     [][]byte   // batches under way
	down   []wire.Ack // acknowledgements under way
	cfg    outbox.Config
	lossy  bool
}

func (w *world) restartKiosk() {
	w.sender = outbox.New(w.cfg, w.led, w.rng.Float64)
}

func (w *world) reconnect() {
	w.sender.Disconnected(w.now)
	if w.rng.IntN(2) == 0 { // a clean session loses what was under way; a late packet may live on
		w.up, w.down = nil, nil
	}
	w.sender.Connected(w.now)
}

func (w *world) send() {
	bs, err := w.sender.Advance(w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, b := range bs {
		for range w.copies() {
			w.up = append(w.up, b.Payload)
		}
	}
}

// copies is how often a message arrives.
func (w *world) copies() int {
	if !w.lossy {
		return 1
	}
	return []int{0, 1, 1, 1, 1, 2}[w.rng.IntN(6)]
}

func (w *world) deliver() {
	if n := len(w.up); n > 0 {
		i := w.pick(n)
		a := w.office.receive(w.t, w.up[i])
		w.up = append(w.up[:i], w.up[i+1:]...)
		for range w.copies() {
			w.down = append(w.down, a)
		}
	}
	if n := len(w.down); n > 0 {
		i := w.pick(n)
		if err := w.sender.Acked(w.now, w.down[i]); err != nil {
			w.t.Fatalf("an honest acknowledgement is refused: %v", err)
		}
		w.down = append(w.down[:i], w.down[i+1:]...)
	}
}

// pick is the next message to arrive: a later one overtakes in a bad network.
func (w *world) pick(n int) int {
	if w.lossy && w.rng.IntN(3) == 0 {
		return w.rng.IntN(n)
	}
	return 0
}

func (w *world) step() {
	switch w.rng.IntN(12) {
	case 0, 1, 2:
		w.led.commit(w.tb, 1+w.rng.IntN(12))
	case 3, 4, 5:
		w.send()
	case 6, 7, 8, 9:
		w.deliver()
	case 10:
		w.now = w.now.Add(time.Duration(w.rng.IntN(40)) * time.Second)
		if w.sender.Stalled(w.now) || w.rng.IntN(3) == 0 {
			w.reconnect()
		}
	case 11:
		if w.rng.IntN(2) == 0 && len(w.led.recs) > 0 { // the last acknowledgements were not durable
			if back := w.rng.Uint64N(w.led.acked.Seq + 1); w.rng.IntN(2) == 0 {
				w.led.acked = record.Head{Seq: back}
			}
		}
		w.restartKiosk()
		w.sender.Connected(w.now)
	}
}

// restoreOffice brings head office back from a backup, with nothing under way.
func (w *world) restoreOffice() {
	n := w.rng.IntN(len(w.office.stored) + 1)
	w.office.stored = w.office.stored[:n]
	w.office.head = record.Head{Hash: record.Genesis("10000001", 0)}
	for _, r := range w.office.stored {
		w.office.head, _ = w.office.head.Follow(r)
	}
	w.up, w.down = nil, nil
}

func TestEverythingArrivesAndNothingIsFreedEarly(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		w := &world{
			t: rt, tb: t, rng: rand.New(rand.NewPCG(seed, 7)), now: start, lossy: true,
			led: &ledger{head: record.Head{Hash: record.Genesis("10000001", 0)}},
			cfg: outbox.Config{Window: 1 + int(seed%5), BatchRecords: 1 + int(seed/5%9), AckTimeout: timeout},
		}
		w.office.head = w.led.head
		w.led.onAck = func(h record.Head) {
			if h.Seq > uint64(len(w.office.stored)) {
				rt.Fatalf("record %d is acknowledged, head office has %d", h.Seq, len(w.office.stored))
			}
			if _, sum, _ := w.office.stored[h.Seq-1].Sum(); sum != h.Hash {
				rt.Fatalf("record %d is acknowledged with a wrong hash", h.Seq)
			}
		}
		w.restartKiosk()
		restore := rapid.IntRange(0, 600).Draw(rt, "restore") // after 300: never
		for i := range 300 {
			if i == restore {
				w.restoreOffice()
			}
			w.step()
		}
		w.settle()
	})
}

// settle heals the network: what is left must arrive without any help but the
// owner's reaction to Stalled.
func (w *world) settle() {
	w.lossy = false
	w.reconnect()
	for range 10_000 {
		w.send()
		w.deliver()
		if len(w.up)+len(w.down) == 0 {
			if w.led.acked.Seq == w.led.head.Seq && len(w.office.stored) == len(w.led.recs) {
				break
			}
			if w.led.acked.Seq == w.led.head.Seq { // head office can only say what it has when it is spoken to
				w.led.commit(w.tb, 1)
				w.now = w.now.Add(time.Hour)
				continue
			}
			if at := w.sender.Wake(); !at.IsZero() {
				w.now = at
			}
			if w.sender.Stalled(w.now) {
				w.reconnect()
			}
		}
	}
	if w.led.acked != w.led.head {
		w.t.Fatalf("acknowledged %d, journal ends at %d", w.led.acked.Seq, w.led.head.Seq)
	}
	if len(w.office.stored) != len(w.led.recs) {
		w.t.Fatalf("head office stored %d records of %d", len(w.office.stored), len(w.led.recs))
	}
	for i, r := range w.office.stored {
		if r.Seq != uint64(i+1) || string(r.Payload) != string(w.led.recs[i].Payload) {
			w.t.Fatalf("head office stored record %d at %d", r.Seq, i+1)
		}
	}
}
