package cctalksim_test

import (
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/cctalk"
	"wattkiosk/hal/bill/cctalk/cctalksim"
)

func rig(tb testing.TB, cfg cctalksim.Config) (*billtest.Rig, *cctalksim.Device) {
	dev := cctalksim.New(cfg)
	r := billtest.NewRig(tb, func() bill.Engine { return cctalk.New(cctalk.Config{}) }, dev)
	r.Other = func() billtest.Device {
		cfg.Table = cctalk.Table{10000, 5000, 2000, 1000, 500, 100}
		return cctalksim.New(cfg)
	}
	return r, dev
}

func TestSuite(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  cctalksim.Config
	}{
		{"sum", cctalksim.Config{}},
		{"sum, echo, reports return", cctalksim.Config{Echo: true, Config: billsim.Config{ReportReturn: true}}},
		{"crc", cctalksim.Config{CRC: true}},
		{"crc, echo, reports return", cctalksim.Config{CRC: true, Echo: true, Config: billsim.Config{ReportReturn: true}}},
		{"two issues of each note", cctalksim.Config{Table: cctalk.Table{100, 100, 500, 500, 1000, 1000, 2000, 2000, 5000, 5000, 10000, 10000}}},
	} {
		billtest.Suite(t, tt.name, func(t *testing.T) *billtest.Rig {
			r, _ := rig(t, tt.cfg)
			return r
		})
	}
}
