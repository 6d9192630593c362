package billtest_test

import (
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

func TestFake(t *testing.T) {
	billtest.Suite(t, "fake", func(t *testing.T) *billtest.Rig {
		dev := billtest.NewFakeDevice()
		return billtest.NewRig(t, func() bill.Engine { return billtest.NewFake(dev) }, dev)
	})
}
