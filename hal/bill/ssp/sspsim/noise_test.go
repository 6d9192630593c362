package sspsim_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
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

// day takes notes on an old device, while something happens in between.
func day(t *testing.T, seed uint64, happens func(r *billtest.Rig, rnd *rand.Rand)) (*billtest.Rig, *billtest.Owner) {
	t.Helper()
	r, _ := rig(t, sspsim.Config{Config: billsim.Config{ReportReturn: seed%2 == 0}, Strict: seed%3 == 0, Plain: true})
	rnd := rand.New(rand.NewPCG(seed, 2))
	o := billtest.NewOwner(r, time.Duration(seed%3)*70*time.Millisecond)
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	inserted := 0
	for range 60 {
		if r.Device.Insert(r.Now, []int64{2000, 10000}[rnd.IntN(2)], billsim.Genuine) == nil {
			inserted++
		}
		r.RunFor(time.Duration(rnd.IntN(6000)) * time.Millisecond)
		happens(r, rnd)
	}
	r.ToHost, r.ToDevice = nil, nil
	r.Do(bill.Disable)
	r.RunFor(2 * time.Minute)
	if n := len(r.Device.Cassette()) + len(r.Device.Returned()); n != inserted || n == 0 {
		t.Errorf("%d notes inserted, %d came to an end", inserted, n)
	}
	return r, o
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
				r.HostOff()
				r.RunFor(time.Duration(rnd.IntN(3000)) * time.Millisecond)
				r.HostOn()
				r.Do(bill.Enable)
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
				r.Device.PowerCut(r.Now)
				r.RunFor(time.Duration(rnd.IntN(3000)) * time.Millisecond)
				r.Device.PowerOn(r.Now)
			}
		})
		sum := int64(0)
		for _, ev := range r.Events {
			if ev.Kind == bill.Failed && ev.Value > 0 {
				sum -= ev.Value
				lost++
			}
		}
		for _, v := range r.Device.Cassette() {
			sum += v
		}
		for _, v := range o.Credits {
			sum -= v
		}
		if sum != 0 {
			t.Errorf("%d: %d fen of the cassette neither credited nor failed; credits %v, cassette %v", seed, sum, o.Credits, r.Device.Cassette())
		}
	}
	if lost == 0 {
		t.Error("no credit was lost: the test shows nothing")
	}
}

// TestDeviceNoise is the device's own noise fault.
func TestDeviceNoise(t *testing.T) {
	r, dev := rig(t, sspsim.Config{Config: billsim.Config{Rand: rand.New(rand.NewPCG(7, 7)), NoisePerMille: 15}})
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
		r.RunFor(10 * time.Second)
	}
	if !slices.Equal(o.Credits, dev.Cassette()) || len(o.Credits) == 0 {
		t.Errorf("credits %v, cassette %v", o.Credits, dev.Cassette())
	}
}
