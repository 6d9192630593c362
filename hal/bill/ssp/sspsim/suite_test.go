package sspsim_test

import (
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ssp"
	"wattkiosk/hal/bill/ssp/sspsim"
)

func rig(tb testing.TB, cfg sspsim.Config) (*billtest.Rig, *sspsim.Device) {
	dev := sspsim.New(cfg)
	r := rigOf(tb, dev, func() *ssp.Driver { return ssp.New(ssp.Config{}) })
	r.Other = func() billtest.Device {
		cfg.Table, cfg.Serial = ssp.Table{10000, 5000, 2000, 1000, 500, 100}, 2
		return sspsim.New(cfg)
	}
	return r, dev
}

func rigOf(tb testing.TB, dev *sspsim.Device, driver func() *ssp.Driver) *billtest.Rig {
	return billtest.NewRig(tb, func() bill.Engine { return driver() }, dev)
}

func TestSuite(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  sspsim.Config
	}{
		{"ack", sspsim.Config{}},
		{"ack, reports return", sspsim.Config{Config: billsim.Config{ReportReturn: true}}},
		{"ack, once, strict", sspsim.Config{Once: true, Strict: true}},
		{"plain", sspsim.Config{Plain: true}},
		{"plain, reports return, strict", sspsim.Config{Plain: true, Strict: true, Config: billsim.Config{ReportReturn: true}}},
	} {
		billtest.Suite(t, tt.name, func(t *testing.T) *billtest.Rig {
			r, _ := rig(t, tt.cfg)
			return r
		})
	}
}
