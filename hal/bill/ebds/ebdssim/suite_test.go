package ebdssim_test

import (
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ebds"
	"wattkiosk/hal/bill/ebds/ebdssim"
)

// driverFor is the driver's configuration for a device.
func driverFor(cfg ebdssim.Config) ebds.Config {
	if !cfg.Plain {
		return ebds.Config{}
	}
	return ebds.Config{Plain: true, Values: [7]int64{100, 500, 1000, 2000, 5000, 10000}}
}

func rig(tb testing.TB, cfg ebdssim.Config) (*billtest.Rig, *ebdssim.Device) {
	dev := ebdssim.New(cfg)
	r := billtest.NewRig(tb, func() bill.Engine { return ebds.New(driverFor(cfg)) }, dev)
	r.Other = func() billtest.Device {
		cfg.Notes = nil
		for _, fen := range []int64{10000, 5000, 2000, 1000, 500, 100} {
			cfg.Notes = append(cfg.Notes, ebds.Note{Currency: [3]byte{'C', 'N', 'Y'}, Value: fen})
		}
		return ebdssim.New(cfg)
	}
	return r, dev
}

func TestSuite(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  ebdssim.Config
	}{
		{"extended", ebdssim.Config{}},
		{"extended, reports return, quiet", ebdssim.Config{Quiet: true, Config: billsim.Config{ReportReturn: true}}},
		{"extended, strict, wide", ebdssim.Config{Strict: true, Wide: true}},
		{"plain", ebdssim.Config{Plain: true}},
		{"plain, reports return, strict", ebdssim.Config{Plain: true, Strict: true, Config: billsim.Config{ReportReturn: true}}},
	} {
		billtest.Suite(t, tt.name, func(t *testing.T) *billtest.Rig {
			r, _ := rig(t, tt.cfg)
			return r
		})
	}
}
