package ccnetsim_test

import (
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ccnet"
	"wattkiosk/hal/bill/ccnet/ccnetsim"
)

func rig(tb testing.TB, cfg ccnetsim.Config) (*billtest.Rig, *ccnetsim.Device) {
	dev := ccnetsim.New(cfg)
	r := billtest.NewRig(tb, func() bill.Engine { return ccnet.New(ccnet.Config{}) }, dev)
	r.Other = func() billtest.Device {
		cfg.Table = ccnet.Table{10000, 5000, 2000, 1000, 500, 100}
		return ccnetsim.New(cfg)
	}
	return r, dev
}

func TestSuite(t *testing.T) {
	billtest.Suite(t, "ccnet", func(t *testing.T) *billtest.Rig {
		r, _ := rig(t, ccnetsim.Config{})
		return r
	})
}

func TestSuiteReportsReturn(t *testing.T) {
	billtest.Suite(t, "ccnet", func(t *testing.T) *billtest.Rig {
		r, _ := rig(t, ccnetsim.Config{Config: billsim.Config{ReportReturn: true}})
		return r
	})
}

func TestManyRestarts(t *testing.T) {
	r, _ := rig(t, ccnetsim.Config{})
	billtest.ManyRestarts(t, r)
}
