package bench_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"wattkiosk/hal/bench"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/crt310"
)

func TestMeterCardThroughTheLine(t *testing.T) {
	t.Parallel()
	b, dir := open(t)
	cmds, events := pump[card.Command, card.Event](t, filepath.Join(dir, "dev", "card"), crt310.New(crt310.Config{}))
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
	if err := b.InsertCard("nobody's"); !errors.Is(err, bench.ErrNoCard) {
		t.Errorf("a card that is not there: %v", err)
	}
	if err := b.InsertCard(bench.MeterCardID); err != nil {
		t.Fatal(err)
	}
	if got := b.Cards(); !slices.Equal(got, []string{bench.MemoryCardID}) {
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
	if id, err := b.RemoveCard(); err != nil || id != bench.MeterCardID {
		t.Errorf("removed %q, %v", id, err)
	}
	await(t, events, media(card.NotPresent))
	if got := b.Cards(); !slices.Equal(got, []string{bench.MemoryCardID, bench.MeterCardID}) {
		t.Errorf("drawer %v", got)
	}
}
