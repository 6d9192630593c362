package ccnetsim_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
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
	r, dev := rig(t, ccnetsim.Config{Config: billsim.Config{Rand: rand.New(rand.NewPCG(7, 7)), NoisePerMille: 15}})
	o := billtest.NewOwner(r, 0)
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	if err := dev.Fault(billsim.Noise, false); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := dev.Insert(r.Now, 5000, billsim.Genuine); err != nil {
			t.Fatal(err)
		}
		r.RunFor(6 * time.Second)
	}
	if !slices.Equal(o.Credits, dev.Cassette()) || len(o.Credits) == 0 {
		t.Errorf("credits %v, cassette %v", o.Credits, dev.Cassette())
	}
}
