package crt571sim_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/card/crt571"
	"wattkiosk/hal/card/crt571/crt571sim"
)

// meter inserts a meter card and awaits it inside.
func meter(t *testing.T, r *cardtest.Rig, dev *crt571sim.Device) (*cardsim.Card, *cardsim.Recorder) {
	t.Helper()
	rec := &cardsim.Recorder{Processor: cardsim.NewMeterCard(cardsim.Holder{Serial: [8]byte{7: 9}})}
	c := &cardsim.Card{ID: "meter", Processor: rec}
	r.AwaitMedia(card.NotPresent)
	want(t, r, card.Command{Op: card.Accept}, card.Done, nil)
	if err := dev.InsertCard(r.Now, c); err != nil {
		t.Fatal(err)
	}
	r.AwaitMedia(card.Present)
	return c, rec
}

func want(t *testing.T, r *cardtest.Rig, c card.Command, kind card.Kind, is error) card.Event {
	t.Helper()
	ev := r.Do(c)
	if ev.Kind != kind || is != nil && !errors.Is(ev.Err, is) {
		t.Fatalf("%v: %v, %v; want %v, %v", c.Op, ev.Kind, ev.Err, kind, is)
	}
	return ev
}

func fault(t *testing.T, dev *crt571sim.Device, kind string, clear bool) {
	t.Helper()
	if err := dev.Fault(kind, clear); err != nil {
		t.Fatal(err)
	}
}

// TestQuiet: what the line carries at rest.
func TestQuiet(t *testing.T) {
	r, _ := rig(t, crt571.Config{}, crt571sim.Config{})
	r.AwaitMedia(card.NotPresent)
	count := func() int {
		before := r.Sent
		r.RunFor(time.Minute)
		return r.Sent - before
	}
	if n := count(); n > 2*61 { // a question and an ACK each second
		t.Errorf("refusing: %d transmissions a minute", n)
	}
	want(t, r, card.Command{Op: card.Accept}, card.Done, nil)
	if n := count(); n < 2*150 || n > 2*201 { // every 300 ms
		t.Errorf("accepting: %d transmissions a minute", n)
	}
}

func TestShutter(t *testing.T) {
	r, dev := rig(t, crt571.Config{}, crt571sim.Config{})
	meter(t, r, dev)
	fault(t, dev, crt571sim.Shutter, false)
	want(t, r, card.Command{Op: card.Eject}, card.NotDone, card.ErrDevice)
	r.Await("fault", func(s card.Status) bool { return s.State == hal.DeviceFault && s.Detail == "motor" })
	fault(t, dev, crt571sim.Shutter, true)
	r.AwaitMedia(card.Present) // found out by itself
	want(t, r, card.Command{Op: card.Eject}, card.Done, nil)
	if dev.Position() != crt571.PosGate {
		t.Errorf("position %02X", dev.Position())
	}
}

func TestMute(t *testing.T) {
	r, dev := rig(t, crt571.Config{}, crt571sim.Config{})
	_, rec := meter(t, r, dev)
	fault(t, dev, crt571sim.Mute, false)
	want(t, r, card.Command{Op: card.PowerOn}, card.NotDone, card.ErrMute)
	want(t, r, card.Command{Op: card.Select, Chip: card.SLE4442}, card.NotDone, card.ErrMute)
	fault(t, dev, crt571sim.Mute, true)
	want(t, r, card.Command{Op: card.PowerOn}, card.Done, nil)
	if rec.Resets != 1 {
		t.Errorf("%d resets, want 1", rec.Resets)
	}
}

// TestBinFills: the bin holds so many cards, and is emptied.
func TestBinFills(t *testing.T) {
	r, dev := rig(t, crt571.Config{}, crt571sim.Config{Capacity: 2})
	for range 2 {
		meter(t, r, dev)
		want(t, r, card.Command{Op: card.Capture}, card.Done, nil)
	}
	r.Await("bin full", func(s card.Status) bool { return s.BinFull && s.Media == card.NotPresent })
	c, _ := meter(t, r, dev)
	want(t, r, card.Command{Op: card.Capture}, card.NotDone, card.ErrBinFull)
	if dev.Inside() != c {
		t.Error("the card is not inside")
	}
	if n := len(dev.EmptyBin()); n != 2 {
		t.Errorf("%d cards in the bin, want 2", n)
	}
	r.Await("room", func(s card.Status) bool { return !s.BinFull })
	want(t, r, card.Command{Op: card.Capture}, card.Done, nil)
}

// TestPulledWhileMoving: the card is torn out while the reader moves it.
func TestPulledWhileMoving(t *testing.T) {
	for _, op := range []card.Op{card.Eject, card.Capture} {
		r, dev := rig(t, crt571.Config{}, crt571sim.Config{})
		meter(t, r, dev)
		id := r.Begin(card.Command{Op: op})
		r.RunFor(200 * time.Millisecond)
		if _, err := dev.PullCard(r.Now); err != nil {
			t.Fatal(err)
		}
		ev := r.Outcome(id)
		if op == card.Eject && ev.Kind != card.Done || op == card.Capture && (ev.Kind != card.NotDone || !errors.Is(ev.Err, card.ErrPulled)) {
			t.Errorf("%v: %v, %v", op, ev.Kind, ev.Err)
		}
		r.AwaitMedia(card.NotPresent)
	}
}

// TestPulledWhileEntering: the customer changes his mind.
func TestPulledWhileEntering(t *testing.T) {
	r, dev := rig(t, crt571.Config{}, crt571sim.Config{})
	r.AwaitMedia(card.NotPresent)
	want(t, r, card.Command{Op: card.Accept}, card.Done, nil)
	if err := dev.InsertCard(r.Now, &cardsim.Card{ID: "a"}); err != nil {
		t.Fatal(err)
	}
	r.AwaitMedia(card.Entering)
	want(t, r, card.Command{Op: card.PowerOn}, card.NotDone, card.ErrNoCard)
	if _, err := dev.TakeCard(r.Now); err != nil {
		t.Fatal(err)
	}
	r.AwaitMedia(card.NotPresent)
}

// TestNoise: flipped bits both ways; what the BCC finds is repaired, and two flips
// that cancel in it are left out by the rate.
func TestNoise(t *testing.T) {
	r, dev := rig(t, crt571.Config{}, crt571sim.Config{Rand: rand.New(rand.NewPCG(5, 6)), NoisePerMille: 2})
	_, rec := meter(t, r, dev)
	want(t, r, card.Command{Op: card.PowerOn}, card.Done, nil)
	fault(t, dev, crt571sim.Noise, false)
	done := 0
	for range 200 {
		before := len(rec.Log)
		ev := r.Do(card.Command{Op: card.Transmit, Data: []byte{0x00, 0xB0, 0x99, 0x01, 0x08}})
		reached := len(rec.Log) - before
		switch {
		case ev.Kind == card.Done && (reached != 1 || string(ev.Data) != "\x00\x00\x00\x00\x00\x00\x00\x09\x90\x00"):
			t.Errorf("done with % X, reached %d", []byte(ev.Data), reached)
		case ev.Kind == card.NotDone && reached != 0, reached > 1:
			t.Errorf("%v, and reached the card %d times", ev.Kind, reached)
		}
		if ev.Kind == card.Done {
			done++
		} else {
			r.Do(card.Command{Op: card.PowerOn})
		}
	}
	if done < 150 {
		t.Errorf("%d of 200 done", done)
	}
	fault(t, dev, crt571sim.Noise, true)
}

func TestOff(t *testing.T) {
	r, dev := rig(t, crt571.Config{}, crt571sim.Config{Off: true})
	r.Await("offline", func(s card.Status) bool { return s.State == hal.DeviceOffline })
	dev.PowerOn(r.Now)
	r.AwaitMedia(card.NotPresent)
	if err := dev.Fault("no such", false); err == nil {
		t.Error("an unknown fault was set")
	}
	if err := dev.Fault(crt571sim.Noise, false); err == nil {
		t.Error("noise without randomness")
	}
}

// TestFrames: bytes as they stand in the reference, against the simulator itself.
func TestFrames(t *testing.T) {
	dev := crt571sim.New(crt571sim.Config{})
	now := time.Unix(1_700_000_000, 0)
	ask := func(b ...byte) (got []byte) {
		dev.Receive(now, b)
		for at := dev.Wake(); !at.IsZero(); at = dev.Wake() {
			now = at
			got = append(got, dev.Advance(now)...)
		}
		return got
	}
	for _, tt := range []struct{ name, ask, want string }{
		{"before initialisation", "\xF2\x00\x00\x03C10\x03\xB0", "\x06\xF2\x00\x00\x05N10B0\x03\xC9"},
		{"initialise", "\xF2\x00\x00\x03C03\x03\xB2", "\x06\xF2\x00\x00\x0DP03000CRT-571\x03"},
		{"status", "\xF2\x00\x00\x03C10\x03\xB0", "\x06\xF2\x00\x00\x06P10000\x03"},
		{"status again by NAK", "\x15", "\xF2\x00\x00\x06P10000\x03"},
		{"sensors", "\xF2\x00\x00\x03C11\x03\xB1", "\x06\xF2\x00\x00\x10P110000000000000\x03"},
		{"wrong BCC", "\xF2\x00\x00\x03C10\x03\xB1", "\x15"},
		{"unknown", "\xF2\x00\x00\x03Cz0\x03\xFB", "\x06\xF2\x00\x00\x05Nz000\x03"},
		{"no card to move", "\xF2\x00\x00\x03C20\x03\xB3", "\x06\xF2\x00\x00\x05N2002\x03"},
		{"EOT", "\x04", "\x04"},
		{"nothing to repeat", "\x15", ""},
	} {
		got := string(ask([]byte(tt.ask)...))
		if len(got) < len(tt.want) || got[:len(tt.want)] != tt.want {
			t.Errorf("%s: % X, want % X", tt.name, got, tt.want)
		}
	}
}
