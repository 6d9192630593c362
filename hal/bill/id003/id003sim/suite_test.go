package id003sim_test

import (
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/id003"
	"wattkiosk/hal/bill/id003/id003sim"
)

func rig(tb testing.TB, cfg id003sim.Config) (*billtest.Rig, *id003sim.Device) {
	dev := id003sim.New(cfg)
	r := billtest.NewRig(tb, func() bill.Engine { return id003.New(id003.Config{}) }, dev)
	r.Nameless, r.Mute = !cfg.NamesNote, true
	r.Other = func() billtest.Device {
		cfg.Table = id003.Table{10000, 5000, 2000, 1000, 500, 100}
		return id003sim.New(cfg)
	}
	return r, dev
}

var settings = []struct {
	name string
	cfg  id003sim.Config
}{
	{"plain", id003sim.Config{}},
	{"names the note, reports return", id003sim.Config{NamesNote: true, Config: billsim.Config{ReportReturn: true}}},
	{"open after reset, rejects late notes", id003sim.Config{OpenReset: true, Rejects: true, NoHolding: true}},
	{"waits for its settings, power recovery", id003sim.Config{Waits: true, Recovery: true, Complains: true}},
	{"echoing line, open after reset", id003sim.Config{Echo: true, OpenReset: true, NamesNote: true}},
}

func TestSuite(t *testing.T) {
	for _, tt := range settings {
		billtest.Suite(t, tt.name, func(t *testing.T) *billtest.Rig {
			r, _ := rig(t, tt.cfg)
			return r
		})
	}
}
