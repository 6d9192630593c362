package ccnetsim_test

import (
	"math/rand/v2"
	"testing"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ccnet/ccnetsim"
)

// TestNoise is the suite's bad line.
func TestNoise(t *testing.T) {
	billtest.Noise(t, "ccnet", func(t *testing.T, seed uint64) *billtest.Rig {
		r, _ := rig(t, ccnetsim.Config{Config: billsim.Config{ReportReturn: seed%2 == 0}})
		return r
	})
}

// TestDeviceNoise is the device's own noise fault.
func TestDeviceNoise(t *testing.T) {
	r, _ := rig(t, ccnetsim.Config{Config: billsim.Config{Rand: rand.New(rand.NewPCG(7, 7)), NoisePerMille: 15}})
	billtest.DeviceNoise(t, r, 20)
}
