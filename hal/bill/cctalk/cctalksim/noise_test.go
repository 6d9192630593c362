package cctalksim_test

import (
	"math/rand/v2"
	"slices"
	"testing"

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

// day is a day with a device of cfg.
func day(t *testing.T, cfg cctalksim.Config, seed uint64, happens func(r *billtest.Rig, rnd *rand.Rand)) (*billtest.Rig, *billtest.Owner) {
	t.Helper()
	cfg.ReportReturn = seed%2 == 0
	r, _ := rig(t, cfg)
	return r, billtest.Day(t, r, seed, happens)
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
					billtest.RestartHost(r, rnd)
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
					billtest.RestartDevice(r, rnd)
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
		if ev.Kind == bill.Lost {
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

// TestDeviceNoise is the device's own noise fault. On such a line the settings are in
// doubt for long, and the slot is closed so long.
func TestDeviceNoise(t *testing.T) {
	r, _ := rig(t, cctalksim.Config{Config: billsim.Config{Rand: rand.New(rand.NewPCG(7, 7)), NoisePerMille: 15}})
	billtest.DeviceNoise(t, r, 1)
}
