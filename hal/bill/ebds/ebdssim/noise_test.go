package ebdssim_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ebds/ebdssim"
)

// TestNoise is the suite's bad line.
func TestNoise(t *testing.T) {
	for _, plain := range []bool{false, true} {
		name := map[bool]string{false: "extended", true: "plain"}[plain]
		billtest.Noise(t, name, func(t *testing.T, seed uint64) *billtest.Rig {
			r, _ := rig(t, ebdssim.Config{
				Config: billsim.Config{ReportReturn: seed%2 == 0}, Plain: plain, Strict: seed%3 == 0, Quiet: seed%5 == 0,
			})
			return r
		})
	}
}

// day is a day with a device of cfg.
func day(t *testing.T, seed uint64, cfg ebdssim.Config, happens func(r *billtest.Rig, rnd *rand.Rand)) (*billtest.Rig, *billtest.Owner) {
	t.Helper()
	cfg.ReportReturn = seed%2 == 0
	r, _ := rig(t, cfg)
	return r, billtest.Day(t, r, seed, happens)
}

func spoilAll(seed uint64) func(r *billtest.Rig, rnd *rand.Rand) {
	return func(r *billtest.Rig, rnd *rand.Rand) {
		r.ToHost = billtest.Spoil(rnd, 1+2*int(seed))
		r.ToDevice = billtest.Spoil(rnd, 1+2*int(seed))
	}
}

// TestHostRestarts: no credit is lost over restarts of the host at any instant.
func TestHostRestarts(t *testing.T) {
	for seed := range uint64(40) {
		r, o := day(t, seed, ebdssim.Config{Plain: seed%4 == 3}, func(r *billtest.Rig, rnd *rand.Rand) {
			if rnd.IntN(2) == 0 {
				billtest.RestartHost(r, rnd)
			}
		})
		if !slices.Equal(o.Credits, r.Device.Cassette()) {
			t.Errorf("%d: credits %v, cassette %v", seed, o.Credits, r.Device.Cassette())
		}
	}
}

// TestForgetfulPowerCuts: a device that does not tell at power-up of a note that it
// has stacked loses credits. The driver then says so, with the note's value, and
// never gives one that is not there.
func TestForgetfulPowerCuts(t *testing.T) {
	lost := 0
	for seed := range uint64(20) {
		spoil := spoilAll(seed)
		r, o := day(t, seed, ebdssim.Config{Forgetful: true}, func(r *billtest.Rig, rnd *rand.Rand) {
			spoil(r, rnd)
			if rnd.IntN(3) == 0 {
				billtest.RestartDevice(r, rnd)
			}
		})
		lost += billtest.Accounted(t, r, o)
	}
	if lost == 0 {
		t.Error("no credit was in doubt: the test shows nothing")
	}
}

// TestAnswersARepetition: a device that carries a repeated message out tells an event once.
// On a good line the driver, who never hears it twice, credits each note all the same.
func TestAnswersARepetition(t *testing.T) {
	for seed := range uint64(10) {
		r, o := day(t, seed, ebdssim.Config{Afresh: true, Plain: seed%3 == 2}, func(*billtest.Rig, *rand.Rand) {})
		if !slices.Equal(o.Credits, r.Device.Cassette()) {
			t.Errorf("%d: credits %v, cassette %v", seed, o.Credits, r.Device.Cassette())
		}
	}
}

// TestDeviceNoise is the device's own noise fault.
func TestDeviceNoise(t *testing.T) {
	r, _ := rig(t, ebdssim.Config{Config: billsim.Config{Rand: rand.New(rand.NewPCG(7, 7)), NoisePerMille: 15}})
	billtest.DeviceNoise(t, r, 20)
}
