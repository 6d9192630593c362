package id003sim_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
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

// day takes notes while the host, or on demand the device too, loses power.
func day(t *testing.T, r *billtest.Rig, seed uint64, device bool) {
	t.Helper()
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
		switch rnd.IntN(4) {
		case 0:
			r.HostOff()
			r.RunFor(time.Duration(rnd.IntN(3000)) * time.Millisecond)
			r.HostOn()
			r.Do(bill.Enable)
		case 1:
			if device {
				r.Device.PowerCut(r.Now)
				r.RunFor(time.Duration(rnd.IntN(3000)) * time.Millisecond)
				r.Device.PowerOn(r.Now)
			}
		}
	}
	r.Do(bill.Disable)
	r.RunFor(2 * time.Minute)
	if !slices.Equal(o.Credits, r.Device.Cassette()) {
		t.Errorf("%d: credits %v, cassette %v", seed, o.Credits, r.Device.Cassette())
	}
	if n := len(r.Device.Cassette()) + len(r.Device.Returned()); n != inserted || n == 0 {
		t.Errorf("%d: %d notes inserted, %d came to an end", seed, inserted, n)
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
	r, dev := rig(t, id003sim.Config{Config: billsim.Config{Rand: rand.New(rand.NewPCG(7, 7)), NoisePerMille: 15}})
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
		r.RunFor(8 * time.Second)
	}
	if !slices.Equal(o.Credits, dev.Cassette()) || len(o.Credits) == 0 {
		t.Errorf("credits %v, cassette %v", o.Credits, dev.Cassette())
	}
}
