package sspsim_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ssp/sspsim"
)

// TestNoise is the suite's bad line.
func TestNoise(t *testing.T) {
	billtest.Noise(t, "ack", func(t *testing.T, seed uint64) *billtest.Rig {
		r, _ := rig(t, sspsim.Config{Config: billsim.Config{ReportReturn: seed%2 == 0}, Strict: seed%3 == 0, Once: seed%5 == 0})
		return r
	})
}

// day is a day with an old device.
func day(t *testing.T, seed uint64, happens func(r *billtest.Rig, rnd *rand.Rand)) (*billtest.Rig, *billtest.Owner) {
	t.Helper()
	r, _ := rig(t, sspsim.Config{Config: billsim.Config{ReportReturn: seed%2 == 0}, Strict: seed%3 == 0, Plain: true})
	return r, billtest.Day(t, r, seed, happens)
}

// TestPlainBadLine: the sequence bit alone keeps every credit on a bad line.
func TestPlainBadLine(t *testing.T) {
	for seed := range uint64(20) {
		first := true
		r, o := day(t, seed, func(r *billtest.Rig, rnd *rand.Rand) {
			if first {
				first = false
				r.ToHost = billtest.Spoil(rnd, 1+int(seed))
				r.ToDevice = billtest.Spoil(rnd, 1+int(seed))
			}
		})
		if !slices.Equal(o.Credits, r.Device.Cassette()) {
			t.Errorf("%d: credits %v, cassette %v", seed, o.Credits, r.Device.Cassette())
		}
	}
}

// TestPlainHostRestarts: and across restarts of the host at any instant.
func TestPlainHostRestarts(t *testing.T) {
	for seed := range uint64(40) {
		r, o := day(t, seed, func(r *billtest.Rig, rnd *rand.Rand) {
			if rnd.IntN(2) == 0 {
				billtest.RestartHost(r, rnd)
			}
		})
		if !slices.Equal(o.Credits, r.Device.Cassette()) {
			t.Errorf("%d: credits %v, cassette %v", seed, o.Credits, r.Device.Cassette())
		}
	}
}

// TestPlainPowerCuts: an old device that loses power on a bad line may lose a
// credit. The driver then says so, with the note's value, and never gives one that
// is not there.
func TestPlainPowerCuts(t *testing.T) {
	lost := 0
	for seed := range uint64(20) {
		r, o := day(t, seed, func(r *billtest.Rig, rnd *rand.Rand) {
			r.ToHost = billtest.Spoil(rnd, 1+int(seed))
			r.ToDevice = billtest.Spoil(rnd, 1+int(seed))
			if rnd.IntN(3) == 0 {
				billtest.RestartDevice(r, rnd)
			}
		})
		lost += billtest.Accounted(t, r, o)
	}
	if lost == 0 {
		t.Error("no credit was lost: the test shows nothing")
	}
}

// TestDeviceNoise is the device's own noise fault.
func TestDeviceNoise(t *testing.T) {
	r, _ := rig(t, sspsim.Config{Config: billsim.Config{Rand: rand.New(rand.NewPCG(7, 7)), NoisePerMille: 15}})
	billtest.DeviceNoise(t, r, 20)
}
