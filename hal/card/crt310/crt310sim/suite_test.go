package crt310sim_test

import (
	"testing"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/card/crt310"
	"wattkiosk/hal/card/crt310/crt310sim"
)

var _ cardtest.Device = (*crt310sim.Device)(nil)

func TestSuite(t *testing.T) {
	able := cardtest.Abilities{Motor: true, T1: true, Tracks: true, Serial: true}
	cardtest.Suite(t, "crt310", able, func(t *testing.T) *cardtest.Rig {
		return cardtest.NewRig(t, func() card.Engine { return crt310.New(crt310.Config{}) }, crt310sim.New(crt310sim.Config{}))
	})
}
