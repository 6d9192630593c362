package pcscsim_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/pcsc"
	"wattkiosk/hal/card/pcsc/pcscsim"
)

// chip is a processor card that writes down what reaches it.
func chip(answer func(apdu []byte) []byte) *cardsim.Recorder {
	return &cardsim.Recorder{Processor: &cardsim.Script{ATR: atr(), Answer: answer}}
}

func atr() []byte { return []byte{0x3B, 0x65, 0, 0, 0x20, 0x63, 0xCB, 0x6A, 0} }

func okay([]byte) []byte { return []byte{0x90, 0} }

// bench joins driver and daemon under a virtual clock.
type bench struct {
	*testing.T
	now    time.Time
	drv    *pcsc.Driver
	dev    *pcscsim.Device
	events []card.Event
	id     uint32
}

func newBench(t *testing.T, cfg pcsc.Config, sim pcscsim.Config) *bench {
	now := time.Date(2024, time.March, 1, 8, 0, 0, 0, time.UTC)
	return &bench{T: t, now: now, drv: pcsc.New(cfg), dev: pcscsim.New(now, sim)}
}

func (b *bench) turn() {
	tx, ev := b.drv.Advance(b.now, b.dev.Advance(b.now))
	b.events = append(b.events, ev...)
	if len(tx) > 0 {
		b.dev.Receive(b.now, tx)
	}
}

// run lets time pass until done holds; it reports whether it did.
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

func (b *bench) media(m card.Media) {
	b.Helper()
	seen := func() bool {
		for i := len(b.events) - 1; i >= 0; i-- {
			if b.events[i].Kind == card.StatusChanged {
				return b.events[i].Status.State == hal.DeviceOnline && b.events[i].Status.Media == m
			}
		}
		return false
	}
	if !b.run(10*time.Second, seen) {
		b.Fatalf("media is not %v: %v", m, b.events)
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
	b.run(2*time.Minute, func() bool {
		got = nil
		for _, e := range b.events {
			if e.ID == id && e.Kind != card.StatusChanged {
				got = append(got, e)
			}
		}
		return len(got) > 0
	})
	if len(got) != 1 {
		b.Fatalf("%d outcomes of command %d: %v", len(got), id, b.events)
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

func TestSession(t *testing.T) {
	b := newBench(t, pcsc.Config{}, pcscsim.Config{})
	b.media(card.NotPresent)
	cpu := chip(okay)
	b.want(card.Command{Op: card.PowerOn}, card.NotDone, card.ErrNoCard)
	if err := b.dev.InsertCard(b.now, &cardsim.Card{Processor: cpu}); err != nil {
		t.Fatal(err)
	}
	b.media(card.Latched)
	b.want(card.Command{Op: card.Transmit, Data: []byte{0, 0x84, 0, 0, 8}}, card.NotDone, card.ErrNotPowered)
	if e := b.want(card.Command{Op: card.PowerOn}, card.Done, nil); !bytes.Equal(e.Data, atr()) {
		t.Errorf("ATR %v", []byte(e.Data))
	}
	if cpu.Resets != 1 {
		t.Errorf("%d resets of a card that came in under our eyes, want 1", cpu.Resets)
	}
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil) // warm
	if cpu.Resets != 2 {
		t.Errorf("%d resets after a warm reset, want 2", cpu.Resets)
	}
	if e := b.want(card.Command{Op: card.Transmit, Data: []byte{0, 0x84, 0, 0, 8}}, card.Done, nil); !bytes.Equal(e.Data, []byte{0x90, 0}) {
		t.Errorf("answer %v", []byte(e.Data))
	}
	b.want(card.Command{Op: card.Eject}, card.Done, nil)
	b.want(card.Command{Op: card.Transmit, Data: []byte{0, 0x84, 0, 0, 8}}, card.NotDone, card.ErrNotPowered)
	b.want(card.Command{Op: card.Capture}, card.NotDone, card.ErrUnsupported)
	b.want(card.Command{Op: card.ReadTracks}, card.NotDone, card.ErrUnsupported)
	b.want(card.Command{Op: card.Select, Chip: card.SLE4442}, card.NotDone, card.ErrUnsupported)
	b.want(card.Command{Op: card.Accept}, card.Done, nil)
	b.want(card.Command{Op: card.Reset}, card.Done, nil)
	if _, err := b.dev.PullCard(b.now); err != nil {
		t.Fatal(err)
	}
	b.media(card.NotPresent)
	b.want(card.Command{Op: card.Eject}, card.NotDone, card.ErrNoCard)
}

// A card that was in the slot before us may be open to somebody: cold reset.
func TestColdResetOfAStrangersCard(t *testing.T) {
	b := newBench(t, pcsc.Config{}, pcscsim.Config{})
	cpu := chip(okay)
	if err := b.dev.InsertCard(b.now, &cardsim.Card{Processor: cpu}); err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(5 * time.Second) // long before the driver starts
	b.dev.Advance(b.now.Add(-time.Second))
	b = &bench{T: t, now: b.now, drv: pcsc.New(pcsc.Config{}), dev: b.dev}
	b.dev.PowerCut(b.now)
	b.dev.PowerOn(b.now)
	b.media(card.Latched)
	before := cpu.Resets
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	if cpu.Resets != before+1 {
		t.Errorf("%d resets, want one more than %d", cpu.Resets, before)
	}
}

func TestT0(t *testing.T) {
	cpu := chip(func(apdu []byte) []byte {
		switch {
		case apdu[1] == 0xA4:
			return []byte{0x61, 4}
		case apdu[1] == 0xC0 && apdu[4] == 4:
			return []byte{1, 2, 3, 4, 0x61, 2}
		case apdu[1] == 0xC0:
			return []byte{5, 6, 0x90, 0}
		case apdu[1] == 0xB0 && apdu[4] != 8:
			return []byte{0x6C, 8}
		case apdu[1] == 0xB0:
			return []byte{1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0}
		}
		return []byte{0x6C, 1} // never content
	})
	b := newBench(t, pcsc.Config{}, pcscsim.Config{})
	if err := b.dev.InsertCard(b.now, &cardsim.Card{Processor: cpu}); err != nil {
		t.Fatal(err)
	}
	b.media(card.Latched)
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	for _, tt := range []struct {
		apdu, want []byte
		sent       int
	}{
		{[]byte{0, 0xA4, 0, 0, 2, 0xDF, 1, 0}, []byte{1, 2, 3, 4, 5, 6, 0x90, 0}, 3},
		{[]byte{0, 0xB0, 0, 0, 0}, []byte{1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0}, 2},
		{[]byte{0, 0x84, 0, 0, 4}, []byte{0x6C, 1}, 2},
	} {
		cpu.Log = nil
		if e := b.want(card.Command{Op: card.Transmit, Data: tt.apdu}, card.Done, nil); !bytes.Equal(e.Data, tt.want) {
			t.Errorf("% X: % X, want % X", tt.apdu, []byte(e.Data), tt.want)
		}
		if len(cpu.Log) != tt.sent {
			t.Errorf("% X: %d APDUs to the card, want %d", tt.apdu, len(cpu.Log), tt.sent)
		}
	}
	cpu.Log = nil
	b.want(card.Command{Op: card.Transmit, Data: []byte{0, 0xA4, 0, 0, 2, 0xDF, 1, 0}}, card.Done, nil)
	if want := []byte{0, 0xA4, 0, 0, 2, 0xDF, 1}; !bytes.Equal(cpu.Log[0].APDU, want) {
		t.Errorf("T=0 carries % X, want % X", cpu.Log[0].APDU, want)
	}
}

// A card that is pulled out in the middle: unknown, whether it had worked or not,
// and the APDU went out once.
func TestPulledInTheMiddle(t *testing.T) {
	for _, after := range []time.Duration{0, 5 * time.Millisecond, 25 * time.Millisecond, 39 * time.Millisecond} {
		b := newBench(t, pcsc.Config{}, pcscsim.Config{})
		cpu := chip(okay)
		if err := b.dev.InsertCard(b.now, &cardsim.Card{Processor: cpu}); err != nil {
			t.Fatal(err)
		}
		b.media(card.Latched)
		b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
		id := b.do(card.Command{Op: card.Transmit, Data: []byte{4, 0xD6, 0x82, 0, 0}})
		b.turn()
		b.sleep(after)
		if _, err := b.dev.PullCard(b.now); err != nil {
			t.Fatal(err)
		}
		if e := b.outcome(id); e.Kind != card.Unknown || !errors.Is(e.Err, card.ErrPulled) {
			t.Errorf("pulled after %v: %v, %v", after, e.Kind, e.Err)
		}
		if b.dev.Requests != 1 {
			t.Errorf("pulled after %v: %d TRANSMITs", after, b.dev.Requests)
		}
		b.want(card.Command{Op: card.Transmit, Data: []byte{4, 0xD6, 0x82, 0, 0}}, card.NotDone, card.ErrNoCard)
		if err := b.dev.InsertCard(b.now, &cardsim.Card{Processor: cpu}); err != nil {
			t.Fatal(err)
		}
		b.media(card.Latched)
		b.want(card.Command{Op: card.Transmit, Data: []byte{4, 0xD6, 0x82, 0, 0}}, card.NotDone, card.ErrNotPowered)
		b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
		b.want(card.Command{Op: card.Transmit, Data: []byte{0, 0xB0, 0, 0, 8}}, card.Done, nil)
	}
}

// A mute exchange with the card still there is a fault, not a pull.
func TestExchangeFails(t *testing.T) {
	cpu := chip(func([]byte) []byte { return []byte{0} })
	b := newBench(t, pcsc.Config{}, pcscsim.Config{})
	if err := b.dev.InsertCard(b.now, &cardsim.Card{Processor: cpu}); err != nil {
		t.Fatal(err)
	}
	b.media(card.Latched)
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	b.want(card.Command{Op: card.Transmit, Data: []byte{4, 0xD6, 0x82, 0, 0}}, card.Unknown, card.ErrDevice)
	if b.dev.Requests != 1 {
		t.Errorf("%d TRANSMITs, want 1", b.dev.Requests)
	}
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
}

func TestDaemonKilledInTheMiddle(t *testing.T) {
	b := newBench(t, pcsc.Config{}, pcscsim.Config{})
	cpu := chip(okay)
	if err := b.dev.InsertCard(b.now, &cardsim.Card{Processor: cpu}); err != nil {
		t.Fatal(err)
	}
	b.media(card.Latched)
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	id := b.do(card.Command{Op: card.Transmit, Data: []byte{4, 0xD6, 0x82, 0, 0}})
	next := b.do(card.Command{Op: card.Transmit, Data: []byte{4, 0xD6, 0x82, 0, 0}})
	b.turn()
	b.dev.PowerCut(b.now)
	if e := b.outcome(id); e.Kind != card.Unknown || !errors.Is(e.Err, card.ErrSilent) {
		t.Errorf("killed: %v, %v", e.Kind, e.Err)
	}
	if e := b.outcome(next); e.Kind != card.NotDone {
		t.Errorf("command after it: %v, %v", e.Kind, e.Err)
	}
	b.sleep(5 * time.Second)
	last := b.events[len(b.events)-1]
	for i := range b.events {
		if b.events[i].Kind == card.StatusChanged {
			last = b.events[i]
		}
	}
	if last.Status.State != hal.DeviceOffline {
		t.Errorf("state %v, want offline", last.Status.State)
	}
	b.want(card.Command{Op: card.PowerOn}, card.NotDone, card.ErrSilent)
	b.dev.PowerOn(b.now)
	b.media(card.Latched)
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	if b.dev.Requests != 1 {
		t.Errorf("%d TRANSMITs, want 1", b.dev.Requests)
	}
}

// A daemon that hangs: the connection is given up, and a new one is used.
func TestDaemonHangs(t *testing.T) {
	b := newBench(t, pcsc.Config{TransmitTimeout: 2 * time.Second}, pcscsim.Config{CardTime: 6 * time.Second})
	cpu := chip(okay)
	if err := b.dev.InsertCard(b.now, &cardsim.Card{Processor: cpu}); err != nil {
		t.Fatal(err)
	}
	b.media(card.Latched)
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	b.want(card.Command{Op: card.Transmit, Data: []byte{4, 0xD6, 0x82, 0, 0}}, card.Unknown, card.ErrSilent)
	b.media(card.Latched)
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	if b.dev.Requests != 1 {
		t.Errorf("%d TRANSMITs, want 1", b.dev.Requests)
	}
}

func TestSilentFromTheStart(t *testing.T) {
	b := newBench(t, pcsc.Config{}, pcscsim.Config{})
	b.dev.PowerCut(b.now)
	id := b.do(card.Command{Op: card.PowerOn})
	if e := b.outcome(id); e.Kind != card.NotDone || !errors.Is(e.Err, card.ErrSilent) {
		t.Errorf("%v, %v", e.Kind, e.Err)
	}
	b.dev.PowerOn(b.now)
	b.media(card.NotPresent)
}

func TestShared(t *testing.T) {
	b := newBench(t, pcsc.Config{Shared: true}, pcscsim.Config{OtherHolds: 3})
	if err := b.dev.InsertCard(b.now, &cardsim.Card{Processor: chip(okay)}); err != nil {
		t.Fatal(err)
	}
	b.media(card.Latched)
	b.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	b.want(card.Command{Op: card.Transmit, Data: []byte{0, 0x84, 0, 0, 8}}, card.Done, nil)
}

func TestAnotherProgramHoldsTheCard(t *testing.T) {
	b := newBench(t, pcsc.Config{}, pcscsim.Config{OtherProgram: true})
	if err := b.dev.InsertCard(b.now, &cardsim.Card{Processor: chip(okay)}); err != nil {
		t.Fatal(err)
	}
	b.media(card.Latched)
	b.want(card.Command{Op: card.PowerOn}, card.NotDone, card.ErrDevice)
}

func TestMuteCard(t *testing.T) {
	b := newBench(t, pcsc.Config{}, pcscsim.Config{})
	if err := b.dev.InsertCard(b.now, &cardsim.Card{Processor: &cardsim.Script{}}); err != nil {
		t.Fatal(err)
	}
	b.media(card.Latched)
	b.want(card.Command{Op: card.PowerOn}, card.NotDone, card.ErrMute)
}

func TestReaderUnplugged(t *testing.T) {
	b := newBench(t, pcsc.Config{Reader: "Virtual"}, pcscsim.Config{})
	b.media(card.NotPresent)
	if err := b.dev.Fault(pcscsim.Unplugged, false); err != nil {
		t.Fatal(err)
	}
	b.sleep(time.Second)
	if last := b.events[len(b.events)-1]; last.Status.State != hal.DeviceOffline || last.Status.Detail != "no reader" {
		t.Errorf("status %+v", last.Status)
	}
	b.want(card.Command{Op: card.PowerOn}, card.NotDone, card.ErrDevice)
	if err := b.dev.Fault(pcscsim.Unplugged, true); err != nil {
		t.Fatal(err)
	}
	b.media(card.NotPresent)
}

func TestRefusesNonsense(t *testing.T) {
	d := pcsc.New(pcsc.Config{})
	now := time.Unix(1, 0)
	for _, c := range []card.Command{
		{},
		{Op: 99},
		{Op: card.Transmit, Data: []byte{0, 0, 0}},
		{Op: card.Transmit, Data: make([]byte, card.MaxAPDU+1)},
		{Op: card.Read},
		{Op: card.Read, Length: card.MaxMemory + 1},
		{Op: card.Write},
		{Op: card.Select},
		{Op: card.Verify},
		{Op: card.Read, Length: 1, Address: -1},
	} {
		if err := d.Do(now, c); !errors.Is(err, card.ErrArgument) {
			t.Errorf("%v: %v", c.Op, err)
		}
	}
	for range 8 {
		if err := d.Do(now, card.Command{Op: card.PowerOn}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Do(now, card.Command{Op: card.PowerOn}); !errors.Is(err, hal.ErrBusy) {
		t.Errorf("ninth command: %v", err)
	}
}
