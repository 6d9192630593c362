package ccnetsim_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ccnet/ccnetsim"
)

// spoil flips bits, and drops and doubles bytes and whole chunks.
func spoil(rnd *rand.Rand, perMille int) func([]byte) []byte {
	return func(b []byte) []byte {
		var out []byte
		for _, c := range b {
			if rnd.IntN(1000) < perMille {
				c ^= 1 << rnd.IntN(8)
			}
			if rnd.IntN(1000) < perMille {
				out = append(out, c)
			}
			if rnd.IntN(1000) >= perMille {
				out = append(out, c)
			}
		}
		switch n := rnd.IntN(1000); {
		case n < 2*perMille:
			return nil
		case n < 4*perMille:
			return append(out, out...)
		}
		return out
	}
}

// TestNoise takes notes over a bad line with power cuts in between: no note is
// credited that is not in the cassette, none twice, none with another value; and
// when the line is good again, none is missing.
func TestNoise(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { noisyDay(t, seed) })
	}
}

func noisyDay(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	r, dev := rig(t, ccnetsim.Config{ReportReturn: seed%2 == 0})
	o := billtest.NewOwner(r, time.Duration(seed%3)*70*time.Millisecond)
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	r.ToHost = spoil(rnd, 1+int(seed)*2)
	r.ToDevice = spoil(rnd, 1+int(seed)*2)
	values := []int64{100, 500, 1000, 2000, 5000, 10000}
	inserted := 0
	for range 60 {
		if dev.Insert(r.Now, values[rnd.IntN(len(values))], ccnetsim.Genuine) == nil {
			inserted++
		}
		r.RunFor(time.Duration(rnd.IntN(6000)) * time.Millisecond)
		switch rnd.IntN(10) {
		case 0:
			dev.PowerCut(r.Now)
			r.RunFor(time.Duration(rnd.IntN(3000)) * time.Millisecond)
			dev.PowerOn(r.Now)
		case 1:
			r.HostOff()
			r.RunFor(time.Second)
			r.HostOn()
			r.Do(bill.Enable)
		}
		if c := dev.Cassette(); len(o.Credits) > len(c) || !slices.Equal(o.Credits, c[:len(o.Credits)]) {
			t.Fatalf("credits %v, cassette %v", o.Credits, c)
		}
	}
	r.ToHost, r.ToDevice = nil, nil
	r.Do(bill.Disable)
	r.RunFor(2 * time.Minute)
	cassette, returned := dev.Cassette(), dev.Returned()
	if !slices.Equal(o.Credits, cassette) {
		t.Errorf("credits %v, cassette %v", o.Credits, cassette)
	}
	if len(cassette)+len(returned) != inserted || inserted == 0 {
		t.Errorf("%d notes inserted, %d in the cassette, %d returned", inserted, len(cassette), len(returned))
	}
}

// TestDeviceNoise is the device's own noise fault.
func TestDeviceNoise(t *testing.T) {
	r, dev := rig(t, ccnetsim.Config{Rand: rand.New(rand.NewPCG(7, 7)), NoisePerMille: 15})
	o := billtest.NewOwner(r, 0)
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	if err := dev.Fault(ccnetsim.Noise, false); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := dev.Insert(r.Now, 5000, ccnetsim.Genuine); err != nil {
			t.Fatal(err)
		}
		r.RunFor(6 * time.Second)
	}
	if !slices.Equal(o.Credits, dev.Cassette()) || len(o.Credits) == 0 {
		t.Errorf("credits %v, cassette %v", o.Credits, dev.Cassette())
	}
}
