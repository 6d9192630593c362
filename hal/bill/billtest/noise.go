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
	o := Day(t, r, seed, func(r *Rig, rnd *rand.Rand) {
		if r.ToHost == nil {
			r.ToHost, r.ToDevice = Spoil(rnd, 1+int(seed)*2), Spoil(rnd, 1+int(seed)*2)
		}
		switch rnd.IntN(10) {
		case 0:
			RestartDevice(r, rnd)
		case 1:
			RestartHost(r, rnd)
		}
	})
	if c := r.Device.Cassette(); !slices.Equal(o.Credits, c) {
		t.Errorf("credits %v, cassette %v", o.Credits, c)
	}
}

// Day has an owner take notes for some minutes, while something happens between them;
// then the line is good again. Each credit must be a note in the cassette, in
// its order, and each note inserted must come to an end. Whether each note in the
// cassette was credited is for the caller to say.
func Day(t *testing.T, r *Rig, seed uint64, happens func(r *Rig, rnd *rand.Rand)) *Owner {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 2))
	o := NewOwner(r, time.Duration(seed%3)*70*time.Millisecond)
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	inserted := 0
	for range 60 {
		if r.Device.Insert(r.Now, []int64{note20, note100}[rnd.IntN(2)], Genuine) == nil {
			inserted++
		}
		r.RunFor(time.Duration(rnd.IntN(6000)) * time.Millisecond)
		happens(r, rnd)
		if c := r.Device.Cassette(); !within(o.Credits, c) {
			t.Fatalf("%d: credits %v, cassette %v", seed, o.Credits, c)
		}
	}
	r.ToHost, r.ToDevice = nil, nil
	r.Do(bill.Disable)
	r.RunFor(2 * time.Minute)
	if n := len(r.Device.Cassette()) + len(r.Device.Returned()); n != inserted || n == 0 {
		t.Errorf("%d: %d notes inserted, %d came to an end", seed, inserted, n)
	}
	return o
}

// Accounted checks the books of a day on which a credit may be missed: what is in the
// cassette was credited, or Lost for a person to settle. A note that was
// Lost because nobody could know where it was may have come back all the same. It
// returns how many were Lost.
func Accounted(t *testing.T, r *Rig, o *Owner) (failed int) {
	t.Helper()
	doubt := int64(0)
	for _, ev := range r.Events {
		if ev.Kind == bill.Lost {
			doubt += ev.Value
			failed++
		}
	}
	missing := sum(r.Device.Cassette()) - sum(o.Credits)
	if missing < 0 || missing > doubt {
		t.Errorf("cassette %v, credits %v, and %d fen in doubt", r.Device.Cassette(), o.Credits, doubt)
	}
	return failed
}

func sum(fen []int64) (s int64) {
	for _, v := range fen {
		s += v
	}
	return s
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

// RestartHost takes the host's power for up to three seconds, and enables the device
// again.
func RestartHost(r *Rig, rnd *rand.Rand) {
	r.HostOff()
	r.RunFor(time.Duration(rnd.IntN(3000)) * time.Millisecond)
	r.HostOn()
	r.Do(bill.Enable)
}

// RestartDevice takes the device's power for up to three seconds.
func RestartDevice(r *Rig, rnd *rand.Rand) {
	power(r, time.Duration(rnd.IntN(3000))*time.Millisecond)
}

// DeviceNoise offers twenty notes to a device that disturbs its line by itself. It must
// take at least so many - the slot may be closed for the noise - and each in the
// cassette must be credited.
func DeviceNoise(t *testing.T, r *Rig, least int) {
	o := NewOwner(r, 0)
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	if err := r.Device.Fault(FaultNoise, false); err != nil {
		t.Fatal(err)
	}
	taken := 0
	for range 20 {
		if r.Device.Insert(r.Now, note100, Genuine) == nil {
			taken++
		}
		r.RunFor(10 * time.Second)
	}
	if c := r.Device.Cassette(); !slices.Equal(o.Credits, c) || taken < least {
		t.Errorf("%d notes taken, credits %v, cassette %v", taken, o.Credits, c)
	}
}
