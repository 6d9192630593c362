package id003sim_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/id003/id003sim"
)

// TestNoise is the suite's bad line, with each kind of device.
func TestNoise(t *testing.T) {
	for _, tt := range settings {
		billtest.Noise(t, tt.name, func(t *testing.T, seed uint64) *billtest.Rig {
			cfg := tt.cfg
			cfg.ReportReturn = seed%2 == 0
			r, _ := rig(t, cfg)
			return r
		})
	}
}

// split delivers each frame in pieces, an instant apart.
type split struct {
	*id003sim.Device
	rnd  *rand.Rand
	rest []byte
	at   time.Time
}

func (d *split) Advance(now time.Time) []byte {
	d.rest = append(d.rest, d.Device.Advance(now)...)
	if len(d.rest) == 0 || now.Before(d.at) {
		return nil
	}
	n := 1 + d.rnd.IntN(len(d.rest))
	tx := slices.Clone(d.rest[:n])
	d.rest = d.rest[n:]
	d.at = now.Add(time.Duration(d.rnd.IntN(20)) * time.Millisecond)
	return tx
}

func (d *split) Wake() time.Time {
	at := d.Device.Wake()
	if len(d.rest) > 0 && (at.IsZero() || d.at.Before(at)) {
		return d.at
	}
	return at
}

// TestSplitFrames: replies that come in pieces are whole, whatever else happens.
func TestSplitFrames(t *testing.T) {
	for _, tt := range settings {
		for seed := range uint64(5) {
			r, _ := rig(t, tt.cfg)
			r.Device = &split{Device: r.Device.(*id003sim.Device), rnd: rand.New(rand.NewPCG(seed, 3))}
			day(t, r, seed, true)
		}
	}
}

// day takes notes while the host, or on demand the device too, loses power. No credit
// is lost.
func day(t *testing.T, r *billtest.Rig, seed uint64, device bool) {
	t.Helper()
	o := billtest.Day(t, r, seed, func(r *billtest.Rig, rnd *rand.Rand) {
		switch rnd.IntN(4) {
		case 0:
			billtest.RestartHost(r, rnd)
		case 1:
			if device {
				billtest.RestartDevice(r, rnd)
			}
		}
	})
	if !slices.Equal(o.Credits, r.Device.Cassette()) {
		t.Errorf("%d: credits %v, cassette %v", seed, o.Credits, r.Device.Cassette())
	}
}

// TestRestarts: restarts of the host at any instant, each with its own device.
func TestRestarts(t *testing.T) {
	for _, tt := range settings {
		for seed := range uint64(20) {
			r, _ := rig(t, tt.cfg)
			day(t, r, seed, seed%2 == 0)
		}
	}
}

// TestDeviceNoise is the device's own noise fault.
func TestDeviceNoise(t *testing.T) {
	r, _ := rig(t, id003sim.Config{Config: billsim.Config{Rand: rand.New(rand.NewPCG(7, 7)), NoisePerMille: 15}})
	billtest.DeviceNoise(t, r, 20)
}
