package vigil

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/hal"
)

// dog is a watchdog of one minute that notes when it was fed.
type dog struct {
	fed     []time.Time
	fail    error
	closed  bool
	disarm  bool
	timeout time.Duration
}

func (d *dog) Feed() error            { d.fed = append(d.fed, time.Now()); return d.fail }
func (d *dog) Timeout() time.Duration { return d.timeout }
func (d *dog) Close(disarm bool) error {
	d.closed, d.disarm = true, disarm
	return nil
}

var quiet = slog.New(slog.DiscardHandler)

// run keeps d over p for a while of virtual time.
func run(t *testing.T, k *Keeper, d time.Duration) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	k.Run(ctx)
}

func keeper(p *Progress, d *dog) *Keeper {
	return Keep(p, Config{Device: "/dev/watchdog9", Open: func() (Dog, error) { return d, nil }, Now: time.Now, Log: quiet})
}

// beat has a source come round every second until ctx ends.
func beat(ctx context.Context, s *Source) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			s.Beat()
		}
	}
}

func TestFedWhileEverybodyComesRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, d := New(time.Now), &dog{timeout: 20 * time.Second}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go beat(ctx, p.Source("loop", 10*time.Second))
		go beat(ctx, p.Source("journal", 15*time.Second))
		begin := time.Now()
		k := keeper(p, d)
		run(t, k, 21*time.Second)
		var at []time.Duration
		for _, f := range d.fed {
			at = append(at, f.Sub(begin))
		}
		if want := []time.Duration{0, 5 * time.Second, 10 * time.Second, 15 * time.Second, 20 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("fed at %v, want %v", at, want)
		}
		if fed, starved := k.Counts(); fed != 5 || starved != 0 {
			t.Errorf("fed %d, starved %d", fed, starved)
		}
		h, ok := k.Health()
		if !ok || h.State != hal.DeviceOnline || h.Role != "watchdog" || h.Port != "/dev/watchdog9" || h.Detail != "armed, 20s" {
			t.Errorf("health %+v", h)
		}
	})
}

// TestAStuckSourceStarves: whichever of them stands still, no feeding comes later
// than its limit after its last beat; and when it goes on, the dog is fed again.
func TestAStuckSourceStarves(t *testing.T) {
	for _, stuck := range []string{"loop", "journal", "pump validator"} {
		t.Run(stuck, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, d := New(time.Now), &dog{timeout: 20 * time.Second}
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				var held *Source
				for _, name := range []string{"loop", "journal", "pump validator"} {
					s := p.Source(name, 10*time.Second)
					if name == stuck {
						held = s
						continue
					}
					go beat(ctx, s)
				}
				begin := time.Now()
				k := keeper(p, d)
				run(t, k, time.Minute)
				if last := d.fed[len(d.fed)-1].Sub(begin); last != 10*time.Second {
					t.Errorf("last fed after %v, want 10s", last)
				}
				if h, _ := k.Health(); h.State != hal.DeviceFault || h.Detail != "not fed: "+stuck {
					t.Errorf("health %+v", h)
				}
				if _, starved := k.Counts(); starved != 10 {
					t.Errorf("starved %d times, want 10", starved)
				}
				held.Beat()
				n := len(d.fed)
				run(t, k, time.Second)
				if h, _ := k.Health(); len(d.fed) != n+1 || h.State != hal.DeviceOnline {
					t.Errorf("not fed again: %+v", h)
				}
			})
		})
	}
}

func TestTheSystemsWatchdogStarvesToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, notified := New(time.Now), 0
		p.Source("loop", 10*time.Second)
		k := Keep(p, Config{Notify: func() error { notified++; return nil }, NotifyWithin: 30 * time.Second, Now: time.Now, Log: quiet})
		run(t, k, time.Minute)
		if notified != 2 { // at 0 s and 7.5 s
			t.Errorf("notified %d times, want 2", notified)
		}
		if h, ok := k.Health(); !ok || h.Driver != "systemd" {
			t.Errorf("health %+v, %v", h, ok)
		}
		if err := k.Close(true); err != nil {
			t.Error(err)
		}
	})
}

func TestDisarmedOnlyForABoardThatStaysUp(t *testing.T) {
	for _, stayUp := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			d := &dog{timeout: time.Minute}
			k := keeper(New(time.Now), d)
			run(t, k, time.Second)
			n := len(d.fed)
			if err := errors.Join(k.Close(stayUp), k.Close(stayUp)); err != nil {
				t.Error(err)
			}
			if !d.closed || d.disarm != stayUp {
				t.Errorf("stay up %v: closed %v, disarmed %v", stayUp, d.closed, d.disarm)
			}
			if fedLast := len(d.fed) > n; fedLast == stayUp {
				t.Errorf("stay up %v: fed a last time %v", stayUp, fedLast)
			}
		})
	}
}

// TestAWatchdogThatIsHeldIsTriedAgain: the system holds it for a while; the keeper
// goes on, and arms it when it can.
func TestAWatchdogThatIsHeldIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, tries := &dog{timeout: time.Minute}, 0
		busy := errors.New("device or resource busy")
		k := Keep(New(time.Now), Config{Device: "/dev/watchdog9", Now: time.Now, Log: quiet, Open: func() (Dog, error) {
			if tries++; tries < 3 {
				return nil, busy
			}
			return d, nil
		}})
		run(t, k, 90*time.Second)
		if h, _ := k.Health(); tries != 2 || h.State != hal.DeviceOffline || h.Error != busy.Error() {
			t.Errorf("%d tries, health %+v", tries, h)
		}
		run(t, k, time.Minute)
		if h, _ := k.Health(); tries != 3 || len(d.fed) == 0 || h.State != hal.DeviceOnline || h.Error != "" {
			t.Errorf("%d tries, fed %d, health %+v", tries, len(d.fed), h)
		}
	})
}

func TestNoWatchdogNoWork(t *testing.T) {
	k := Keep(New(time.Now), Config{Now: time.Now, Log: quiet})
	k.Run(t.Context()) // returns
	if h, ok := k.Health(); ok {
		t.Errorf("health %+v of no watchdog", h)
	}
	if err := k.Close(true); err != nil {
		t.Error(err)
	}
}
