package ebdssim_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
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

// day takes notes, while something happens in between.
func day(t *testing.T, seed uint64, cfg ebdssim.Config, happens func(r *billtest.Rig, rnd *rand.Rand)) (*billtest.Rig, *billtest.Owner) {
	t.Helper()
	cfg.ReportReturn = seed%2 == 0
	r, _ := rig(t, cfg)
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

// inDoubt is the sum of the notes that the driver failed by value.
func inDoubt(r *billtest.Rig) (fen int64, notes int) {
	for _, ev := range r.Events {
		if ev.Kind == bill.Failed && ev.Value > 0 {
			fen += ev.Value
			notes++
		}
	}
	return fen, notes
}

func sum(fen []int64) (s int64) {
	for _, v := range fen {
		s += v
	}
	return s
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
				r.Device.PowerCut(r.Now)
				r.RunFor(time.Duration(rnd.IntN(3000)) * time.Millisecond)
				r.Device.PowerOn(r.Now)
			}
		})
		doubt, n := inDoubt(r)
		lost += n
		if sum(o.Credits)+doubt != sum(r.Device.Cassette()) {
			t.Errorf("%d: credits %v and %d fen in doubt, cassette %v", seed, o.Credits, doubt, r.Device.Cassette())
		}
	}
	if lost == 0 {
		t.Error("no credit was in doubt: the test shows nothing")
	}
}

// TestAnswersAnew: a device that answers a repeated message anew tells an event once.
// On a good line the driver, who never hears it twice, credits each note all the same.
func TestAnswersAnew(t *testing.T) {
	for seed := range uint64(10) {
		r, o := day(t, seed, ebdssim.Config{Afresh: true, Plain: seed%3 == 2}, func(*billtest.Rig, *rand.Rand) {})
		if !slices.Equal(o.Credits, r.Device.Cassette()) {
			t.Errorf("%d: credits %v, cassette %v", seed, o.Credits, r.Device.Cassette())
		}
	}
}

// TestDeviceNoise is the device's own noise fault.
func TestDeviceNoise(t *testing.T) {
	r, dev := rig(t, ebdssim.Config{Config: billsim.Config{Rand: rand.New(rand.NewPCG(7, 7)), NoisePerMille: 15}})
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
