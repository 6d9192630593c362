package joint

import (
	"fmt"
	"testing"
	"time"
)

// sampled reports whether scenario i of a table runs: all of them, or with -short one
// in n, in the same way each time.
func sampled(i, n int) bool { return !testing.Short() || i%n == 0 }

// each runs a table for every validator, side by side.
func each(t *testing.T, vs []validator, run func(t *testing.T, v validator) tally) {
	for _, v := range vs {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			s := run(t, v)
			t.Logf("%+v", s)
			if s.runs > 1 && s.credited == 0 {
				t.Error("no note was ever credited: the table shows nothing")
			}
		})
	}
}

// TestPowerCuts takes the power of the kiosk, of the validator or of both at each moment
// of a payment, for a moment, for seconds, or for minutes.
func TestPowerCuts(t *testing.T) {
	each(t, validators, func(t *testing.T, v validator) (s tally) {
		i := 0
		for _, who := range []string{"kiosk", "validator", "both"} {
			for _, away := range []time.Duration{300 * time.Millisecond, 3 * time.Second, 150 * time.Second} {
				for at := time.Duration(0); at < 8*time.Second; at += 200 * time.Millisecond {
					if i++; sampled(i, 37) {
						s.add(powerCut(t, v, who, at, away))
					}
				}
			}
		}
		return s
	})
}

func powerCut(t *testing.T, v validator, who string, at, away time.Duration) books {
	r := newRig(t, v)
	r.ready()
	r.toCash()
	c := &customer{notes: []int64{10000, 10000, 5000}, obeys: true}
	for begin := r.Now; r.Now.Sub(begin) < at; {
		c.pushes(r)
		r.pass(step, step)
	}
	if who != "kiosk" {
		r.Device.PowerCut(r.Now)
	}
	if who != "validator" {
		r.hostOff()
	}
	r.RunFor(away)
	if who != "kiosk" {
		r.Device.PowerOn(r.Now)
	}
	if who != "validator" {
		r.hostOn()
	}
	r.settle()
	return r.audit(fmt.Sprintf("%s, power of the %s off at %v for %v", v.name, who, at, away))
}

// TestJamAtPowerUp: the validator loses its power with an ordered note before the lever,
// and jams when it comes back and tries to give it back. The customer does not have the
// note, and somebody owes it.
func TestJamAtPowerUp(t *testing.T) {
	for _, v := range validators {
		for _, after := range []time.Duration{0, 60 * time.Millisecond, 120 * time.Millisecond, 300 * time.Millisecond} {
			r := newRig(t, v)
			r.ready()
			r.toCash()
			c := &customer{notes: []int64{10000}, obeys: true}
			for begin := r.Now; r.Now.Sub(begin) < 20*time.Second && len(r.books().pending) == 0; {
				c.pushes(r)
				r.pass(20*time.Millisecond, 20*time.Millisecond)
			}
			r.RunFor(after)
			r.Device.PowerCut(r.Now)
			r.RunFor(time.Second)
			r.Device.PowerOn(r.Now)
			if err := r.Device.Fault("jam", false); err != nil {
				t.Fatal(err)
			}
			r.settle()
			b := r.audit(fmt.Sprintf("%s, jam at power-up %v after the order", v.name, after))
			if len(r.Device.Cassette())+len(r.Device.Returned()) == 0 && len(b.doubt) != 1 {
				t.Errorf("%s: the note is stuck in the device and nobody owes it: %+v", v.name, b)
			}
		}
	}
}
