package cctalksim_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/cctalk/cctalksim"
)

// settings are the lines that the bad days run on.
var settings = []struct {
	name string
	cfg  cctalksim.Config
}{
	{"sum", cctalksim.Config{}},
	{"sum, echo", cctalksim.Config{Echo: true}},
	{"crc", cctalksim.Config{CRC: true}},
}

// day takes notes, while something happens in between. Every credit must be a note
// in the cassette, in its order, and every note inserted must come to an end.
func day(t *testing.T, cfg cctalksim.Config, seed uint64, happens func(r *billtest.Rig, rnd *rand.Rand)) (*billtest.Rig, *billtest.Owner) {
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
		if !within(o.Credits, r.Device.Cassette()) {
			t.Fatalf("%d: credits %v, cassette %v", seed, o.Credits, r.Device.Cassette())
		}
	}
	r.ToHost, r.ToDevice = nil, nil
	r.Do(bill.Disable)
	r.RunFor(2 * time.Minute)
	if n := len(r.Device.Cassette()) + len(r.Device.Returned()); n != inserted || n == 0 {
		t.Errorf("%d: %d notes inserted, %d came to an end", seed, inserted, n)
	}
	return r, o
}

// within says that part is whole with some left out.
func within(part, whole []int64) bool {
	for _, v := range whole {
		if len(part) > 0 && part[0] == v {
			part = part[1:]
		}
	}
	return len(part) == 0
}

func spoil(r *billtest.Rig, rnd *rand.Rand, perMille int) {
	if r.ToHost == nil {
		r.ToHost, r.ToDevice = billtest.Spoil(rnd, perMille), billtest.Spoil(rnd, perMille)
	}
}

// TestBadLine: on a bad line every note is credited, and once. At 2.5 % of each byte
// flipped, dropped and doubled, four of five replies are lost.
func TestBadLine(t *testing.T) {
	for _, s := range settings {
		for seed := range uint64(25) {
			r, o := day(t, s.cfg, seed, func(r *billtest.Rig, rnd *rand.Rand) { spoil(r, rnd, 1+int(seed)) })
			if !slices.Equal(o.Credits, r.Device.Cassette()) || r.Count(bill.Stacked) != len(o.Credits) {
				t.Errorf("%s %d: credits %v, cassette %v", s.name, seed, o.Credits, r.Device.Cassette())
			}
		}
	}
}

// TestDreadfulLine: on a line on which hardly anything passes, events may be pushed
// out unseen. What is not credited then is Failed, with its value.
func TestDreadfulLine(t *testing.T) {
	for _, s := range settings {
		for seed := range uint64(30) {
			r, o := day(t, s.cfg, seed, func(r *billtest.Rig, rnd *rand.Rand) { spoil(r, rnd, 25+int(seed)) })
			if got, want := failed(r), missing(r, o); got < want {
				t.Errorf("%s %d: %d fen not credited, %d failed; credits %v, cassette %v", s.name, seed, want, got, o.Credits, r.Device.Cassette())
			}
		}
	}
}

// TestHostRestarts: and across restarts of the host at any instant.
func TestHostRestarts(t *testing.T) {
	for _, s := range settings {
		for seed := range uint64(40) {
			r, o := day(t, s.cfg, seed, func(r *billtest.Rig, rnd *rand.Rand) {
				spoil(r, rnd, 1+int(seed)/2)
				if rnd.IntN(2) == 0 {
					r.HostOff()
					r.RunFor(time.Duration(rnd.IntN(3000)) * time.Millisecond)
					r.HostOn()
					r.Do(bill.Enable)
				}
			})
			if !slices.Equal(o.Credits, r.Device.Cassette()) {
				t.Errorf("%s %d: credits %v, cassette %v", s.name, seed, o.Credits, r.Device.Cassette())
			}
		}
	}
}

// TestPowerCuts: a device that loses power may lose the event of a credit. The
// driver then says so, with the note's value, and never gives one that is not there.
func TestPowerCuts(t *testing.T) {
	lost := int64(0)
	for _, s := range settings {
		for seed := range uint64(40) {
			cfg := s.cfg
			cfg.Mute = seed%4 == 3
			r, o := day(t, cfg, seed, func(r *billtest.Rig, rnd *rand.Rand) {
				spoil(r, rnd, 1+int(seed)/2)
				if rnd.IntN(3) == 0 {
					r.Device.PowerCut(r.Now)
					r.RunFor(time.Duration(rnd.IntN(3000)) * time.Millisecond)
					r.Device.PowerOn(r.Now)
				}
			})
			got, want := failed(r), missing(r, o)
			if got < want {
				t.Errorf("%s %d: %d fen not credited, %d failed; credits %v, cassette %v", s.name, seed, want, got, o.Credits, r.Device.Cassette())
			}
			lost += want
		}
	}
	if lost == 0 {
		t.Error("no credit was lost: the test shows nothing")
	}
}

// failed is what the driver reported to be in doubt, in fen.
func failed(r *billtest.Rig) (fen int64) {
	for _, ev := range r.Events {
		if ev.Kind == bill.Failed {
			fen += ev.Value
		}
	}
	return fen
}

// missing is what is in the cassette and not credited, in fen.
func missing(r *billtest.Rig, o *billtest.Owner) (fen int64) {
	for _, v := range r.Device.Cassette() {
		fen += v
	}
	for _, v := range o.Credits {
		fen -= v
	}
	return fen
}

// TestDeviceNoise is the device's own noise fault.
func TestDeviceNoise(t *testing.T) {
	r, dev := rig(t, cctalksim.Config{Config: billsim.Config{Rand: rand.New(rand.NewPCG(7, 7)), NoisePerMille: 15}})
	o := billtest.NewOwner(r, 0)
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	if err := dev.Fault(billsim.Noise, false); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		_ = dev.Insert(r.Now, 5000, billsim.Genuine) // refused while the slot is closed
		r.RunFor(10 * time.Second)
	}
	if !slices.Equal(o.Credits, dev.Cassette()) || len(o.Credits) == 0 {
		t.Errorf("credits %v, cassette %v", o.Credits, dev.Cassette())
	}
}
