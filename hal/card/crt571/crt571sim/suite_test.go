package crt571sim_test

import (
	"testing"
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/card/crt571"
	"wattkiosk/hal/card/crt571/crt571sim"
)

var able = cardtest.Abilities{
	Motor: true, BinSensor: true, T1: true, Serial: true,
	Chips: []card.Chip{card.SLE4442, card.SLE4428, card.AT24C},
	Burn:  []card.Chip{card.SLE4442, card.SLE4428},
}

func rig(tb testing.TB, host crt571.Config, cfg crt571sim.Config) (*cardtest.Rig, *crt571sim.Device) {
	dev := crt571sim.New(cfg)
	return cardtest.NewRig(tb, func() card.Engine { return crt571.New(host) }, dev), dev
}

func TestSuite(t *testing.T) {
	cardtest.Suite(t, "crt571", able, func(t *testing.T) *cardtest.Rig {
		r, _ := rig(t, crt571.Config{}, crt571sim.Config{})
		return r
	})
}

// TestSuiteOtherwise: another address, a reader that repeats unacknowledged answers,
// magnetic heads, protection bits as the chip holds them, a slower line.
func TestSuiteOtherwise(t *testing.T) {
	can := able
	can.Tracks = true
	cardtest.Suite(t, "crt571", can, func(t *testing.T) *cardtest.Rig {
		host := crt571.Config{Address: 0x0F, Tracks: true, Baud: 1200}
		r, _ := rig(t, host, crt571sim.Config{Address: 0x0F, Tracks: true, Repeats: 3, LateTime: 20 * time.Second})
		return r
	})
}
