package joint

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

// minute is a payment of three notes in which something odd happens: odd is called each
// step with the time since the payment began.
func minute(r *rig, what string, odd func(since time.Duration)) books {
	r.t.Helper()
	r.ready()
	r.toCash()
	c := &customer{notes: []int64{10000, 10000, 5000}}
	for begin := r.Now; r.Now.Sub(begin) < time.Minute; {
		odd(r.Now.Sub(begin))
		c.pushes(r)
		r.pass(step, step)
	}
	r.settle()
	return r.audit(what)
}

// TestDeviceFaults: the way of the note jams, the stacker fails, somebody pulls at the
// note or at the cassette, at each moment of a payment and for nine seconds.
func TestDeviceFaults(t *testing.T) {
	each(t, validators, func(t *testing.T, v validator) (s tally) {
		i := 0
		for _, kind := range []string{"jam", "jam-cassette", "failure", "cheat", "cassette-out", "cassette-full"} {
			for at := time.Duration(0); at < 6*time.Second; at += 200 * time.Millisecond {
				if i++; !sampled(i, 23) {
					continue
				}
				r := newRig(t, v)
				begun, ended := false, false
				s.add(minute(r, fmt.Sprintf("%s, %s at %v", v.name, kind, at), func(since time.Duration) {
					switch {
					case !begun && since >= at:
						begun = true
						ended = r.Device.Fault(kind, false) != nil // it cannot show it
					case begun && !ended && since >= at+9*time.Second:
						ended = true
						_ = r.Device.Fault(kind, true)
					}
				}))
			}
		}
		return s
	})
}

// adapter hands the device's bytes on as a USB adapter does: together when its timer runs
// out, or a few at a time.
type adapter struct {
	billtest.Device
	latency time.Duration
	few     int // bytes at a time; 0 = all
	held    []byte
	at      time.Time
}

func (a *adapter) Advance(now time.Time) []byte {
	if b := a.Device.Advance(now); len(b) > 0 {
		if len(a.held) == 0 {
			a.at = now.Add(a.latency)
		}
		a.held = append(a.held, b...)
	}
	if len(a.held) == 0 || now.Before(a.at) {
		return nil
	}

	n := len(a.held)
	if a.few > 0 {
		n = min(n, a.few)
	}
	b := append([]byte(nil), a.held[:n]...)
	a.held = a.held[n:]
	a.at = now.Add(a.latency)
	return b
}

func (a *adapter) Wake() time.Time {
	w := a.Device.Wake()
	if len(a.held) > 0 && (w.IsZero() || a.at.Before(w)) {
		return a.at
	}
	return w
}

// TestAdapters: each validator works through adapters that hold bytes back.
func TestAdapters(t *testing.T) {
	each(t, validators, func(t *testing.T, v validator) (s tally) {
		for _, a := range []adapter{
			{latency: 16 * time.Millisecond},
			{latency: 50 * time.Millisecond},
			{latency: 2 * time.Millisecond, few: 3},
			{latency: 90 * time.Millisecond},
		} {
			a.Device = v.device()
			r := join(t, v.driver, &a)
			b := minute(r, fmt.Sprintf("%s, adapter of %v, %d at a time", v.name, a.latency, a.few), func(time.Duration) {})
			if len(b.credited) != 3 {
				t.Errorf("%s, adapter of %v, %d at a time: credited %v, want three notes", v.name, a.latency, a.few, b.credited)
			}
			s.add(b)
		}
		return s
	})
}

// echo gives the kiosk its own bytes back in front of each reply, or a part of them, as
// long as on holds.
func echo(r *rig, on func() bool, part func([]byte) []byte) {
	var back []byte
	r.ToDevice = func(b []byte) []byte {
		if on() {
			back = append(back, part(append([]byte(nil), b...))...)
		}
		return b
	}
	r.ToHost = func(b []byte) []byte {
		out := append(back, b...)
		back = nil
		return out
	}
}

// TestEcho: the line begins to give the kiosk its own bytes back, whole or in part, for
// good or for a while.
func TestEcho(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 3))
	parts := []struct {
		name string
		of   func([]byte) []byte
	}{
		{"whole", func(b []byte) []byte { return b }},
		{"tail", func(b []byte) []byte { return b[min(2, len(b)):] }},
		{"head", func(b []byte) []byte { return b[:len(b)-min(2, len(b))] }},
		{"any", func(b []byte) []byte { return b[rnd.IntN(len(b)):] }},
	}
	i := 0
	for _, v := range validators {
		for _, part := range parts {
			for _, w := range []window{{0, time.Hour, ""}, {0, 3 * time.Second, ""}, {500 * time.Millisecond, 1500 * time.Millisecond, ""}, {2 * time.Second, 5 * time.Second, ""}} {
				if i++; !sampled(i, 7) {
					continue
				}
				r := newRig(t, v)
				// Its request and its report of rest are the same bytes: rest cannot be told
				// from an echo that comes and goes, and then a report may count twice.
				r.tooMany = part.name == "any" && strings.HasPrefix(v.name, "id003")
				what := fmt.Sprintf("%s, echo of the %s from %v to %v", v.name, part.name, w.from, w.to)
				set, since := false, time.Duration(0)
				minute(r, what, func(d time.Duration) {
					if since = d; !set {
						set = true
						echo(r, func() bool { return since >= w.from && since < w.to }, part.of)
					}
				})
			}
		}
	}
}

// TestTakenOutWhileTheLineIsDead: the line dies as a note reaches escrow, so that the order to
// stack it never arrives; the validator fails, or loses its power, and whoever opens it takes the
// note out. The note did not go back to its customer: it is for a person to settle.
func TestTakenOutWhileTheLineIsDead(t *testing.T) {
	for _, v := range validators {
		for _, how := range []string{"jam", "failure", "power"} {
			r := newRig(t, v)
			r.ready()
			r.toCash()
			dead := false
			r.ToDevice = func(b []byte) []byte {
				if dead = dead || r.Count(bill.Escrowed) > 0; dead {
					return nil
				}
				return b
			}
			c := &customer{notes: []int64{10000}, obeys: true}
			for begin := r.Now; !dead && r.Now.Sub(begin) < 20*time.Second; {
				c.pushes(r)
				r.pass(10*time.Millisecond, 10*time.Millisecond)
			}
			r.pass(2*time.Second, step)
			if how == "power" {
				r.Device.PowerCut(r.Now)
			} else if r.Device.Fault(how, false) != nil {
				continue // it cannot show it
			}
			if _, ok := r.Device.(interface{ TakeOut() (int64, bool) }).TakeOut(); !ok {
				t.Fatalf("%s, %s: no note is in the path", v.name, how)
			}
			if how == "power" {
				r.Device.PowerOn(r.Now)
			} else if err := r.Device.Fault(how, true); err != nil {
				t.Fatal(err)
			}
			r.pass(20*time.Second, step)
			r.ToDevice = nil
			r.settle()
			b := r.audit(v.name + ", taken out, " + how)
			if !slices.Equal(b.doubt, []int64{10000}) || len(b.returned) != 0 {
				t.Errorf("%s, %s: in doubt %v, returned %v, want the note in doubt: %v", v.name, how, b.doubt, b.returned, r.Events)
			}
		}
	}
}
