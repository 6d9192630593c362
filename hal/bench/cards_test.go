package bench_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"wattkiosk/hal"
	"wattkiosk/hal/bench"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/crt310"
	"wattkiosk/hal/card/crt571"
	"wattkiosk/hal/card/pcsc"
)

func TestMeterCardThroughTheLine(t *testing.T) {
	for name, eng := range map[string]card.Engine{"crt310": crt310.New(crt310.Config{}), "crt571": crt571.New(crt571.Config{})} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			meterCard(t, name, eng)
		})
	}
	if _, err := bench.OpenWith(t.TempDir(), bench.Config{Reader: "abacus"}); err == nil {
		t.Error("an unknown reader was taken")
	}
}

// The daemon's socket: a card is read, the daemon goes with the power and comes
// back, and a second program is hung up on.
func TestMeterCardThroughTheSocket(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b, err := bench.OpenWith(dir, bench.Config{MeterReader: "pcsc"})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "dev", "meter-card")
	cmds, events := pumpOn[card.Command, card.Event](t, pcsc.Open(path), pcsc.New(pcsc.Config{}))
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	media := func(m card.Media) func(card.Event) bool {
		return func(e card.Event) bool { return e.Kind == card.StatusChanged && e.Status.Media == m }
	}
	select1 := func(id uint32) {
		t.Helper()
		for i, c := range []card.Command{{Op: card.PowerOn}, {Op: card.Transmit, Data: card.Secret{0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01}}} {
			c.ID = id + uint32(i)
			cmds <- c
			e := await(t, events, func(e card.Event) bool { return e.ID == c.ID && e.Kind != card.StatusChanged })
			if n := len(e.Data); e.Kind != card.Done || n < 2 || i == 1 && (e.Data[n-2] != 0x90 || e.Data[n-1] != 0) {
				t.Fatalf("%v: %v, %v, %d bytes", c.Op, e.Kind, e.Err, n)
			}
		}
	}
	await(t, events, media(card.NotPresent))
	if err := b.InsertCard(bench.Insertion{Card: bench.MeterCardID}); err != nil {
		t.Fatal(err)
	}
	await(t, events, media(card.Latched))
	select1(1)
	if _, err := pcsc.Open(path)(t.Context()); err == nil {
		t.Error("a second program was let in")
	}
	b.Power(false)
	await(t, events, func(e card.Event) bool { return e.Kind == card.StatusChanged && e.Status.State == hal.DeviceOffline })
	b.Power(true)
	await(t, events, media(card.Latched))
	select1(11)
}

func meterCard(t *testing.T, name string, eng card.Engine) {
	dir := t.TempDir()
	b, err := bench.OpenWith(dir, bench.Config{MeterReader: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	cmds, events := pump[card.Command, card.Event](t, filepath.Join(dir, "dev", "meter-card"), eng)
	media := func(m card.Media) func(card.Event) bool {
		return func(e card.Event) bool { return e.Kind == card.StatusChanged && e.Status.Media == m }
	}
	do := func(c card.Command) card.Event {
		t.Helper()
		cmds <- c
		e := await(t, events, func(e card.Event) bool { return e.Kind != card.StatusChanged && e.ID == c.ID })
		if e.Kind != card.Done {
			t.Fatalf("%v: %v, %v", c.Op, e.Kind, e.Err)
		}
		return e
	}
	await(t, events, media(card.NotPresent))
	do(card.Command{ID: 1, Op: card.Accept})
	if err := b.InsertCard(bench.Insertion{Card: "nobody's"}); !errors.Is(err, bench.ErrNoCard) {
		t.Errorf("a card that is not there: %v", err)
	}
	if err := b.InsertCard(bench.Insertion{Card: bench.MeterCardID}); err != nil {
		t.Fatal(err)
	}
	if got := b.Cards(); slices.Contains(got, bench.MeterCardID) || len(got) != len(b.AllCards())-1 {
		t.Errorf("drawer %v", got)
	}
	await(t, events, media(card.Present))
	if e := do(card.Command{ID: 2, Op: card.PowerOn}); len(e.Data) < 2 || e.Data[0] != 0x3B {
		t.Errorf("ATR %v", e.Data)
	}
	e := do(card.Command{ID: 3, Op: card.Transmit, Data: card.Secret{0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01}})
	if n := len(e.Data); n < 2 || e.Data[n-2] != 0x90 || e.Data[n-1] != 0x00 {
		t.Errorf("SELECT DF01: %d bytes", n)
	}
	do(card.Command{ID: 4, Op: card.Eject})
	if id, err := b.RemoveCard(""); err != nil || id != bench.MeterCardID {
		t.Errorf("removed %q, %v", id, err)
	}
	await(t, events, media(card.NotPresent))
	if got := b.Cards(); len(got) != len(b.AllCards()) {
		t.Errorf("drawer %v", got)
	}
}
