package joint

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// window is a stretch of time in which something is wrong, since the payment began.
type window struct {
	from, to time.Duration
	what     string
}

// windows are in force by a rig's clock.
type windows struct {
	r     *rig
	begin time.Time
	all   []window
}

func (w *windows) on(what ...string) bool {
	since := w.r.Now.Sub(w.begin)
	for _, x := range w.all {
		for _, k := range what {
			if x.what == k && since >= x.from && since < x.to {
				return true
			}
		}
	}
	return false
}

// Lines that fail.
const (
	bothWays = "both ways"
	toHost   = "to the kiosk"
	toDevice = "to the validator"
	spoiling = "spoilt"
)

// attach puts the windows into the line.
func (w *windows) attach(spoil func([]byte) []byte) {
	pass := func(way string) func([]byte) []byte {
		return func(b []byte) []byte {
			switch {
			case w.on(bothWays, way):
				return nil
			case spoil != nil && w.on(spoiling):
				return spoil(b)
			}
			return b
		}
	}
	w.r.ToHost, w.r.ToDevice = pass(toHost), pass(toDevice)
}

// TestLineFailures: the line is dead for a while, in one way or both, from each moment of
// a payment on, and the customer pushes notes in whenever the slot takes them.
func TestLineFailures(t *testing.T) {
	each(t, validators, func(t *testing.T, v validator) (s tally) {
		i := 0
		for _, way := range []string{bothWays, toHost, toDevice} {
			for _, off := range []time.Duration{300 * time.Millisecond, 1500 * time.Millisecond, 6 * time.Second, 40 * time.Second, 120 * time.Second} {
				for at := time.Duration(0); at < 8*time.Second; at += 200 * time.Millisecond {
					if i++; sampled(i, 67) {
						s.add(lineFailure(t, v, way, at, off))
					}
				}
			}
		}
		return s
	})
}

func lineFailure(t *testing.T, v validator, way string, at, off time.Duration) books {
	r := newRig(t, v)
	r.ready()
	r.toCash()
	w := &windows{r: r, begin: r.Now, all: []window{{at, at + off, way}}}
	w.attach(nil)
	c := &customer{notes: []int64{10000, 10000, 5000, 10000, 2000}}
	for r.Now.Sub(w.begin) < at+off+15*time.Second {
		c.pushes(r)
		r.pass(step, step)
	}
	r.settle()
	return r.audit(fmt.Sprintf("%s, line %s dead at %v for %v", v.name, way, at, off))
}

// oneSeed picks a day of mixed trouble, to look at it with -events.
var oneSeed = flag.Int("seed", -1, "only this seed of TestMixedTrouble")

// mixedRuns is how many days of mixed trouble each validator has.
var mixedRuns = flag.Uint64("mixed", 120, "days of TestMixedTrouble for each validator")

// TestMixedTrouble: windows of line trouble, spoilt bytes, power cuts of either side, and
// a customer who pushes notes whenever the slot takes them, all by chance.
func TestMixedTrouble(t *testing.T) {
	each(t, validators, func(t *testing.T, v validator) (s tally) {
		for seed := range *mixedRuns {
			if *oneSeed == int(seed) || *oneSeed < 0 && sampled(int(seed), 40) {
				s.add(mixedTrouble(t, v, seed))
			}
		}
		return s
	})
}

func mixedTrouble(t *testing.T, v validator, seed uint64) books {
	rnd := rand.New(rand.NewPCG(seed, 7))
	r := newRig(t, v)
	r.ready()
	r.toCash()
	w := &windows{r: r, begin: r.Now, all: troubles(rnd)}
	w.attach(func(b []byte) []byte { return spoil(rnd, b) })
	end := time.Duration(0)
	for _, x := range w.all {
		end = max(end, x.to)
	}
	cutDevice, cutHost := chance(rnd), chance(rnd)

	c := &customer{notes: []int64{10000, 10000, 5000, 2000, 10000, 10000}}
	for r.Now.Sub(w.begin) < end+20*time.Second {
		if rnd.IntN(4) == 0 {
			c.pushes(r)
		}
		r.pass(step, step)
		away := time.Duration(rnd.IntN(4000)) * time.Millisecond
		switch since := r.Now.Sub(w.begin); {
		case cutDevice > 0 && since > cutDevice:
			cutDevice = 0
			r.Device.PowerCut(r.Now)
			r.RunFor(away)
			r.Device.PowerOn(r.Now)
		case cutHost > 0 && since > cutHost:
			cutHost = 0
			r.hostOff()
			r.RunFor(away)
			r.hostOn()
		}
	}
	r.settle()
	return r.audit(fmt.Sprintf("%s, seed %d, %v", v.name, seed, w.all))
}

// chance is a moment in the first twelve seconds, or in two of three cases none.
func chance(rnd *rand.Rand) time.Duration {
	if rnd.IntN(3) != 0 {
		return 0
	}
	return time.Duration(1+rnd.IntN(12000)) * time.Millisecond
}

func troubles(rnd *rand.Rand) (all []window) {
	kinds := []string{bothWays, toHost, toDevice, spoiling}
	for range 1 + rnd.IntN(3) {
		from := time.Duration(rnd.IntN(12000)) * time.Millisecond
		all = append(all, window{from, from + time.Duration(rnd.IntN(9000))*time.Millisecond, kinds[rnd.IntN(len(kinds))]})
	}
	if rnd.IntN(4) == 0 {
		all[0].to = all[0].from + 40*time.Second
	}
	return all
}

// spoil flips a bit, cuts the chunk or adds a byte, in one chunk of three.
func spoil(rnd *rand.Rand, b []byte) []byte {
	if rnd.IntN(3) != 0 {
		return b
	}
	b = append([]byte(nil), b...)
	switch rnd.IntN(3) {
	case 0:
		b[rnd.IntN(len(b))] ^= 1 << rnd.IntN(7)
	case 1:
		b = b[:rnd.IntN(len(b))]
	default:
		b = append(b, byte(rnd.IntN(128)))
	}
	return b
}
