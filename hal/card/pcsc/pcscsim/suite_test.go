package pcscsim_test

import (
	"testing"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/card/pcsc"
	"wattkiosk/hal/card/pcsc/pcscsim"
)

var _ cardtest.Device = (*pcscsim.Device)(nil)

// newRig joins driver and daemon. A restarted host has a new connection.
func newRig(t *testing.T, cfg pcsc.Config, sim pcscsim.Config) *cardtest.Rig {
	dev := pcscsim.New(cardtest.Start(), sim)
	var r *cardtest.Rig
	r = cardtest.NewRig(t, func() card.Engine {
		if r != nil {
			dev.HostRestarted(r.Now)
		}
		return pcsc.New(cfg)
	}, dev)
	return r
}

func TestSuite(t *testing.T) {
	cardtest.Suite(t, "pcsc", cardtest.Abilities{T1: true}, func(t *testing.T) *cardtest.Rig {
		return newRig(t, pcsc.Config{}, pcscsim.Config{})
	})
}

func TestSuiteShared(t *testing.T) {
	cardtest.Suite(t, "pcsc shared", cardtest.Abilities{T1: true}, func(t *testing.T) *cardtest.Rig {
		return newRig(t, pcsc.Config{Shared: true}, pcscsim.Config{OtherHolds: 1})
	})
}

func TestSuiteACR(t *testing.T) {
	able := cardtest.Abilities{
		T1:    true,
		Chips: []card.Chip{card.SLE4442, card.SLE4428, card.AT24C, card.AT88SC102},
		Burn:  []card.Chip{card.SLE4442, card.SLE4428},
	}
	cardtest.Suite(t, "acr", able, func(t *testing.T) *cardtest.Rig {
		return newRig(t, pcsc.Config{PseudoAPDU: pcsc.ACR, AT24CSize: 256}, pcscsim.Config{ACR: true})
	})
}
