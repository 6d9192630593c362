package cardtest_test

import (
	"errors"
	"testing"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardtest"
)

func TestFake(t *testing.T) {
	all := []card.Chip{card.SLE4442, card.SLE4428, card.AT24C, card.AT88SC102}
	able := cardtest.Abilities{Motor: true, BinSensor: true, T1: true, Tracks: true, Chips: all, Burn: all[:2]}
	cardtest.Suite(t, "fake", able, func(t *testing.T) *cardtest.Rig {
		dev := cardtest.NewFakeReader()
		return cardtest.NewRig(t, func() card.Engine { return cardtest.NewFake(dev) }, dev)
	})
}

func TestForce(t *testing.T) {
	dev := cardtest.NewFakeReader()
	r := cardtest.NewRig(t, func() card.Engine { return cardtest.NewFake(dev) }, dev)
	rec := &cardsim.Recorder{Processor: cardsim.NewMeterCard(cardsim.Holder{})}
	r.AwaitMedia(card.NotPresent)
	r.Do(card.Command{Op: card.Accept})
	if err := dev.InsertCard(r.Now, &cardsim.Card{ID: "a", Processor: rec}); err != nil {
		t.Fatal(err)
	}
	r.AwaitMedia(card.Present)
	r.Do(card.Command{Op: card.PowerOn})
	apdu := card.Secret{0x00, 0x84, 0x00, 0x00, 0x08}
	for _, tt := range []struct {
		force   cardtest.Forced
		reached int
	}{
		{cardtest.Forced{Kind: card.NotDone, Err: card.ErrDevice}, 0},
		{cardtest.Forced{Kind: card.Unknown, Err: card.ErrSilent}, 0},
		{cardtest.Forced{Kind: card.Unknown, Err: card.ErrPulled, Reach: true, Pulled: true}, 1},
	} {
		dev.Force(card.Transmit, tt.force)
		ev := r.Do(card.Command{Op: card.Transmit, Data: apdu})
		if ev.Kind != tt.force.Kind || !errors.Is(ev.Err, tt.force.Err) || len(rec.Log) != tt.reached {
			t.Errorf("%v, %v, %d reached; want %+v", ev.Kind, ev.Err, len(rec.Log), tt)
		}
	}
	r.AwaitMedia(card.NotPresent)
}
