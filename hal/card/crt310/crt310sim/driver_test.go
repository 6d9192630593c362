package crt310sim_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/crt310"
	"wattkiosk/hal/card/crt310/crt310sim"
)

// chip is a processor card that writes down what reaches it.
func chip(answer func(apdu []byte) []byte) *cardsim.Recorder {
	return &cardsim.Recorder{Processor: &cardsim.Script{ATR: atr(), Answer: answer}}
}

func atr() []byte { return []byte{0x3B, 0x65, 0, 0, 0x20, 0x63, 0xCB, 0x6A, 0} }

func okay([]byte) []byte { return []byte{0x90, 0} }

// bench joins driver and reader under a virtual clock.
type bench struct {
	*testing.T
	now      time.Time
	drv      *crt310.Driver
	dev      *crt310sim.Device
	events   []card.Event
	id       uint32
	toHost   func([]byte) []byte
	toDevice func([]byte) []byte
}

func newBench(t *testing.T, sim crt310sim.Config) *bench {
	now := time.Date(2024, time.March, 1, 8, 0, 0, 0, time.UTC)
	same := func(b []byte) []byte { return b }
	return &bench{T: t, now: now, drv: crt310.New(crt310.Config{}), dev: crt310sim.New(sim), toHost: same, toDevice: same}
}

func (b *bench) turn() {
	rx := b.dev.Advance(b.now)
	if len(rx) > 0 {
		rx = b.toHost(rx)
	}
	tx, ev := b.drv.Advance(b.now, rx)
	b.events = append(b.events, ev...)
	if len(tx) > 0 {
		tx = b.toDevice(tx)
	}
	if len(tx) > 0 {
		b.dev.Receive(b.now, tx)
	}
}

func (b *bench) run(d time.Duration, done func() bool) bool {
	b.Helper()
	until := b.now.Add(d)
	for stall := 0; ; stall++ {
		b.turn()
		if done() {
			return true
		}
		at := b.drv.Wake()
		if at.IsZero() {
			b.Fatal("Wake is the zero time")
		}
		if w := b.dev.Wake(); !w.IsZero() && w.Before(at) {
			at = w
		}
		if at.After(until) {
			b.now = until
			return false
		}
		if at.After(b.now) {
			b.now, stall = at, 0
		}
		if stall > 1000 {
			b.Fatal("no progress")
		}
	}
}

func (b *bench) sleep(d time.Duration) { b.Helper(); b.run(d, func() bool { return false }) }

func (b *bench) last() card.Status {
	for i := len(b.events) - 1; i >= 0; i-- {
		if b.events[i].Kind == card.StatusChanged {
			return b.events[i].Status
		}
	}
	return card.Status{}
}

func (b *bench) media(m card.Media) {
	b.Helper()
	if !b.run(time.Minute, func() bool { s := b.last(); return s.State == hal.DeviceOnline && s.Media == m }) {
		b.Fatalf("media is not %v: %+v", m, b.last())
	}
}

func (b *bench) state(s hal.DeviceState) {
	b.Helper()
	if !b.run(time.Minute, func() bool { return b.last().State == s }) {
		b.Fatalf("state is not %v: %+v", s, b.last())
	}
}

func (b *bench) do(c card.Command) uint32 {
	b.Helper()
	b.id++
	c.ID = b.id
	if err := b.drv.Do(b.now, c); err != nil {
		b.Fatalf("Do(%v): %v", c.Op, err)
	}
	return c.ID
}

func (b *bench) outcome(id uint32) card.Event {
	b.Helper()
	var got []card.Event
	b.run(5*time.Minute, func() bool {
		got = nil
		for _, e := range b.events {
			if e.ID == id && e.Kind != card.StatusChanged {
				got = append(got, e)
			}
		}
		return len(got) > 0
	})
	if len(got) != 1 {
		b.Fatalf("%d outcomes of command %d", len(got), id)
	}
	return got[0]
}

func (b *bench) want(c card.Command, k card.Kind, is error) card.Event {
	b.Helper()
	e := b.outcome(b.do(c))
	if e.Kind != k || is != nil && !errors.Is(e.Err, is) || is == nil && e.Err != nil {
		b.Fatalf("%v: %v, %v; want %v, %v", c.Op, e.Kind, e.Err, k, is)
	}
	return e
}

func (b *bench) insert(c *cardsim.Card) {
	b.Helper()
	b.want(card.Command{Op: card.Accept}, card.Done, nil)
	if err := b.dev.InsertCard(b.now, c); err != nil {
		b.Fatal(err)
	}
	b.media(card.Present)
}

var read = card.Command{Op: card.Transmit, Data: []byte{0, 0xB0, 0x99, 1, 8}}

func TestSession(t *testing.T) {
	b := newBench(t, crt310sim.Config{})
	b.media(card.NotPresent)
	c := &cardsim.Card{Processor: chip(okay), Tracks: cardsim.Tracks{"", "6222000000000000=4912", ""}}
	if err := b.dev.InsertCard(b.now, c); !errors.Is(err, crt310sim.ErrSlot) {
		t.Errorf("a card went in before Accept: %v", err)
	}
	b.want(card.Command{Op: card.PowerOn}, card.NotDone, card.ErrNoCard)
	b.insert(c)
	b.want(read, card.NotDone, card.ErrNotPowered)
	e := b.want(card.Command{Op: card.ReadTracks}, card.Done, nil)
	if string(e.Tracks[1]) != "6222000000000000=4912" || len(e.Tracks[0])+len(e.Tracks[2]) != 0 {
		t.Errorf("tracks %v", e.Tracks)
	}
	e = b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	if !bytes.Equal(e.Data, atr()) {
		t.Errorf("ATR of %d bytes", len(e.Data))
	}
	b.media(card.Latched)
	b.want(read, card.Done, nil)
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	if n := c.Processor.(*cardsim.Recorder).Resets; n != 2 {
		t.Errorf("%d resets, want 2", n)
	}
	b.want(card.Command{Op: card.PowerOff}, card.Done, nil)
	b.want(read, card.NotDone, card.ErrNotPowered)
	for _, op := range []card.Op{card.Select, card.Read, card.Write, card.Tries, card.Verify} {
		b.want(card.Command{Op: op, Chip: card.SLE4442, Length: 1, Data: []byte{1}}, card.NotDone, card.ErrUnsupported)
	}
	b.want(card.Command{Op: card.Refuse}, card.Done, nil)
	b.want(card.Command{Op: card.Eject}, card.Done, nil)
	b.media(card.Entering)
	if got, err := b.dev.TakeCard(b.now); err != nil || got != c {
		t.Errorf("TakeCard: %v", err)
	}
	b.media(card.NotPresent)
	b.want(card.Command{Op: card.Eject}, card.NotDone, card.ErrNoCard)
	b.want(card.Command{Op: card.Reset}, card.Done, nil)
	if err := b.dev.InsertCard(b.now, c); !errors.Is(err, crt310sim.ErrSlot) {
		t.Errorf("a card went in after Refuse: %v", err)
	}
}

func TestCapture(t *testing.T) {
	b := newBench(t, crt310sim.Config{})
	c := &cardsim.Card{Processor: chip(okay)}
	b.insert(c)
	b.want(card.Command{Op: card.Capture}, card.Done, nil)
	b.media(card.NotPresent)
	if bin := b.dev.Retained(); len(bin) != 1 || bin[0] != c {
		t.Errorf("%d cards in the bin", len(bin))
	}
}

func TestJam(t *testing.T) {
	b := newBench(t, crt310sim.Config{})
	b.insert(&cardsim.Card{Processor: chip(okay)})
	if err := b.dev.Fault(crt310sim.Jam, false); err != nil {
		t.Fatal(err)
	}
	b.want(card.Command{Op: card.Eject}, card.NotDone, card.ErrJam)
	if err := b.dev.Fault(crt310sim.Jam, true); err != nil {
		t.Fatal(err)
	}
	b.want(card.Command{Op: card.Eject}, card.Done, nil)
}

func TestLongCardIsAJam(t *testing.T) {
	b := newBench(t, crt310sim.Config{})
	b.want(card.Command{Op: card.Accept}, card.Done, nil)
	if err := b.dev.Fault(crt310sim.Long, false); err != nil {
		t.Fatal(err)
	}
	if err := b.dev.InsertCard(b.now, &cardsim.Card{}); err != nil {
		t.Fatal(err)
	}
	b.media(card.Jammed)
	if b.last().Detail != "card is too long" {
		t.Errorf("detail %q", b.last().Detail)
	}
}

func TestMute(t *testing.T) {
	b := newBench(t, crt310sim.Config{})
	b.insert(&cardsim.Card{Tracks: cardsim.Tracks{"A", "1", "2"}})
	b.want(card.Command{Op: card.PowerOn}, card.NotDone, card.ErrMute)
}

func TestPulledInTheMiddle(t *testing.T) {
	for _, after := range []time.Duration{5 * time.Millisecond, 15 * time.Millisecond, 30 * time.Millisecond, 43 * time.Millisecond} {
		b := newBench(t, crt310sim.Config{})
		b.insert(&cardsim.Card{Processor: chip(okay)})
		b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
		id := b.do(card.Command{Op: card.Transmit, Data: []byte{4, 0xD6, 0x82, 0, 4, 1, 2, 3, 4}})
		b.turn()
		b.sleep(after)
		if _, err := b.dev.PullCard(b.now); err != nil {
			t.Fatal(err)
		}
		if e := b.outcome(id); e.Kind != card.Unknown || !errors.Is(e.Err, card.ErrPulled) {
			t.Errorf("pulled after %v: %v, %v", after, e.Kind, e.Err)
		}
		b.media(card.NotPresent)
		b.want(read, card.NotDone, card.ErrNoCard)
	}
}

// Silence in the middle: unknown; then offline; then as new.
func TestSilence(t *testing.T) {
	b := newBench(t, crt310sim.Config{})
	b.insert(&cardsim.Card{Processor: chip(okay)})
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	id := b.do(read)
	b.turn()
	if err := b.dev.Fault(crt310sim.Silent, false); err != nil {
		t.Fatal(err)
	}
	if e := b.outcome(id); e.Kind != card.Unknown || !errors.Is(e.Err, card.ErrSilent) {
		t.Errorf("%v, %v", e.Kind, e.Err)
	}
	b.state(hal.DeviceOffline)
	b.want(read, card.NotDone, card.ErrSilent)
	b.want(card.Command{Op: card.Eject}, card.NotDone, card.ErrSilent)
	if err := b.dev.Fault(crt310sim.Silent, true); err != nil {
		t.Fatal(err)
	}
	b.state(hal.DeviceOnline)
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	b.want(read, card.Done, nil)
}

// A reader that loses its power forgets that cards may come in: it is told again.
func TestPowerCut(t *testing.T) {
	b := newBench(t, crt310sim.Config{})
	b.want(card.Command{Op: card.Accept}, card.Done, nil)
	b.dev.PowerCut(b.now)
	b.dev.PowerOn(b.now)
	b.sleep(10 * time.Second)
	if err := b.dev.InsertCard(b.now, &cardsim.Card{Processor: chip(okay)}); err != nil {
		t.Errorf("after a power cut: %v", err)
	}
	b.media(card.Present)
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	b.dev.PowerCut(b.now)
	b.dev.PowerOn(b.now)
	b.sleep(10 * time.Second)
	b.want(read, card.NotDone, card.ErrNotPowered)
}

// The answer to Capture is lost: the card is looked for, and not captured again.
func TestLostAnswerToCapture(t *testing.T) {
	b := newBench(t, crt310sim.Config{})
	b.insert(&cardsim.Card{Processor: chip(okay)})
	b.toHost = func(rx []byte) []byte {
		if len(rx) > 5 && rx[3] == crt310.CmdMove {
			return nil
		}
		return rx
	}
	moves := 0
	b.toDevice = func(tx []byte) []byte {
		if len(tx) > 5 && tx[3] == crt310.CmdMove {
			moves++
		}
		return tx
	}
	b.want(card.Command{Op: card.Capture}, card.Done, nil)
	if moves != 1 || len(b.dev.Retained()) != 1 {
		t.Errorf("%d moves, %d cards in the bin", moves, len(b.dev.Retained()))
	}
}

// Every single byte of an exchange is damaged in turn, in each direction: the
// chip works at most once, and if the driver says Done it worked once.
func TestEveryByteDamaged(t *testing.T) {
	for _, dir := range []string{"to host", "to device"} {
		for at := range 40 {
			b := newBench(t, crt310sim.Config{})
			c := chip(okay)
			b.insert(&cardsim.Card{Processor: c})
			b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
			n := 0
			damage := func(p []byte) []byte {
				p = append([]byte(nil), p...)
				for i := range p {
					if n == at {
						p[i] ^= 0x40
					}
					n++
				}
				return p
			}
			id := b.do(card.Command{Op: card.Transmit, Data: []byte{4, 0xD6, 0x82, 0, 4, 1, 2, 3, 4}})
			if dir == "to host" {
				b.toHost = damage
			} else {
				b.toDevice = damage
			}
			e := b.outcome(id)
			b.sleep(time.Minute)
			switch worked := len(c.Log); {
			case worked > 1:
				t.Fatalf("%s, byte %d: the chip worked %d times", dir, at, worked)
			case e.Kind == card.Done && worked != 1, e.Kind == card.NotDone && worked != 0:
				t.Fatalf("%s, byte %d: %v, but the chip worked %d times", dir, at, e.Kind, worked)
			}
			b.media(card.Latched)
			b.want(card.Command{Op: card.Eject}, card.Done, nil)
		}
	}
}

// Noise on the line for a whole session: no APDU works twice, no outcome lies, the
// card is where the driver says.
func TestNoise(t *testing.T) {
	outcomes := map[card.Kind]int{}
	for seed := range uint64(40) {
		b := newBench(t, crt310sim.Config{Rand: rand.New(rand.NewPCG(seed, 1)), NoisePerMille: 4})
		c := chip(func(apdu []byte) []byte { return []byte{apdu[8], 0x90, 0} })
		b.insert(&cardsim.Card{Processor: c})
		if err := b.dev.Fault(crt310sim.Noise, false); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			if b.outcome(b.do(card.Command{Op: card.PowerOn})).Kind != card.Done {
				continue
			}
			before := len(c.Log)
			e := b.outcome(b.do(card.Command{Op: card.Transmit, Data: []byte{4, 0xD6, 0x82, 0, 4, 1, 2, 3, byte(i)}}))
			outcomes[e.Kind]++
			worked := len(c.Log) - before
			if worked > 1 || e.Kind == card.Done && worked != 1 || e.Kind == card.NotDone && worked != 0 {
				t.Fatalf("seed %d: %v (%v), but the chip worked %d times", seed, e.Kind, e.Err, worked)
			}
			if e.Kind == card.Done && !bytes.Equal(e.Data, []byte{byte(i), 0x90, 0}) {
				t.Fatalf("seed %d: the answer is another APDU's", seed)
			}
			if worked == 1 && c.Log[before].APDU[8] != byte(i) {
				t.Fatalf("seed %d: the chip heard another APDU", seed)
			}
		}
		if err := b.dev.Fault(crt310sim.Noise, true); err != nil {
			t.Fatal(err)
		}
		b.sleep(10 * time.Second)
		b.want(card.Command{Op: card.Eject}, card.Done, nil)
		if b.dev.Position() != crt310.PosFront {
			t.Fatalf("seed %d: card at %02X", seed, b.dev.Position())
		}
	}
	t.Logf("outcomes: %v", outcomes)
	if outcomes[card.Done] == 0 || outcomes[card.Unknown] == 0 {
		t.Errorf("the noise was too weak or too strong: %v", outcomes)
	}
}

func TestT0(t *testing.T) {
	c := chip(func(apdu []byte) []byte {
		switch {
		case apdu[1] == 0xA4:
			return []byte{0x61, 4}
		case apdu[1] == 0xC0:
			return []byte{1, 2, 3, 4, 0x90, 0}
		case apdu[4] != 8:
			return []byte{0x6C, 8}
		}
		return []byte{1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0}
	})
	b := newBench(t, crt310sim.Config{})
	b.insert(&cardsim.Card{Processor: c})
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	e := b.want(card.Command{Op: card.Transmit, Data: []byte{0, 0xA4, 0, 0, 2, 0xDF, 1, 0}}, card.Done, nil)
	if !bytes.Equal(e.Data, []byte{1, 2, 3, 4, 0x90, 0}) {
		t.Errorf("61xx: % X", []byte(e.Data))
	}
	e = b.want(card.Command{Op: card.Transmit, Data: []byte{0, 0xB0, 0, 0, 0}}, card.Done, nil)
	if !bytes.Equal(e.Data, []byte{1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0}) {
		t.Errorf("6Cxx: % X", []byte(e.Data))
	}
}
