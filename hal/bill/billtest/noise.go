package billtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

// noisyDays is how many seeds Noise runs.
const noisyDays = 20

// Spoil returns a hook for a Rig's line that flips bits, drops and doubles bytes,
// and drops and doubles whole chunks, each with about the given chance.
func Spoil(rnd *rand.Rand, perMille int) func([]byte) []byte {
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

// Noise takes notes over a bad line with power cuts and host restarts in between:
// no note is credited that is not in the cassette, none twice, none with another
// value; and when the line is good again, none is missing. newRig returns a fresh
// pair for the seed; the device must know notes of 20 and 100 yuan.
func Noise(t *testing.T, name string, newRig func(t *testing.T, seed uint64) *Rig) {
	for seed := range uint64(noisyDays) {
		t.Run(fmt.Sprint(name, "/", seed), func(t *testing.T) { noisyDay(t, newRig(t, seed), seed) })
	}
}

func noisyDay(t *testing.T, r *Rig, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	o := NewOwner(r, time.Duration(seed%3)*70*time.Millisecond)
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	r.ToHost = Spoil(rnd, 1+int(seed)*2)
	r.ToDevice = Spoil(rnd, 1+int(seed)*2)
	inserted := 0
	for range 60 {
		if r.Device.Insert(r.Now, []int64{note20, note100}[rnd.IntN(2)], Genuine) == nil {
			inserted++
		}
		r.RunFor(time.Duration(rnd.IntN(6000)) * time.Millisecond)
		switch rnd.IntN(10) {
		case 0:
			r.Device.PowerCut(r.Now)
			r.RunFor(time.Duration(rnd.IntN(3000)) * time.Millisecond)
			r.Device.PowerOn(r.Now)
		case 1:
			r.HostOff()
			r.RunFor(time.Second)
			r.HostOn()
			r.Do(bill.Enable)
		}
		if c := r.Device.Cassette(); len(o.Credits) > len(c) || !slices.Equal(o.Credits, c[:len(o.Credits)]) {
			t.Fatalf("credits %v, cassette %v", o.Credits, c)
		}
	}
	r.ToHost, r.ToDevice = nil, nil
	r.Do(bill.Disable)
	r.RunFor(2 * time.Minute)
	cassette, returned := r.Device.Cassette(), r.Device.Returned()
	if !slices.Equal(o.Credits, cassette) {
		t.Errorf("credits %v, cassette %v", o.Credits, cassette)
	}
	if len(cassette)+len(returned) != inserted || inserted == 0 {
		t.Errorf("%d notes inserted, %d in the cassette, %d returned", inserted, len(cassette), len(returned))
	}
}
