package cctalksim_test

import (
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/cctalk/cctalksim"
)

// TestManyRestarts: the device keeps a credit across any number of restarts of the
// host, until it was confirmed.
func TestManyRestarts(t *testing.T) {
	for _, bare := range []bool{false, true} {
		r, _ := rig(t, cctalksim.Config{Bare: bare})
		billtest.ManyRestarts(t, r)
	}
}

// TestBareRepeats: a device that keeps no position makes a restarted host hear of the
// last note again. Its owner has none open, and credits nothing.
func TestBareRepeats(t *testing.T) {
	r, dev := rig(t, cctalksim.Config{Bare: true})
	o := billtest.NewOwner(r, 0)
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	for _, fen := range []int64{5000, 2000, 10000} {
		if err := dev.Insert(r.Now, fen, billsim.Genuine); err != nil {
			t.Fatal(err)
		}
		r.Await(bill.Stacked)
		r.Await(bill.Idling)
	}
	r.HostOff()
	r.HostOn()
	if ev := r.Await(bill.Stacked); ev.Value != 10000 {
		t.Errorf("heard again of %d, want the last note", ev.Value)
	}
	r.Await(bill.Disabled)
	if !slices.Equal(o.Credits, dev.Cassette()) || o.Repeats != 1 {
		t.Errorf("credits %v, cassette %v, %d repeats", o.Credits, dev.Cassette(), o.Repeats)
	}
}

// TestUntold: a device that says nothing of what a restart found, or whose note had
// come to rest, leaves the note in doubt: a running driver says so, with its value.
func TestUntold(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  cctalksim.Config
		away time.Duration // the line, before the cut
	}{
		{"mute, on its way", cctalksim.Config{Mute: true}, 0},
		{"at rest, and not read", cctalksim.Config{}, 2 * time.Second},
	} {
		r, dev := rig(t, tt.cfg)
		o := billtest.NewOwner(r, 0)
		r.Do(bill.Enable)
		r.Await(bill.Idling)
		if err := dev.Insert(r.Now, 5000, billsim.Genuine); err != nil {
			t.Fatal(err)
		}
		r.Await(bill.Stacking)
		if tt.away > 0 {
			r.ToHost = func([]byte) []byte { return nil }
			r.RunFor(tt.away)
			r.ToHost = nil
		}
		if !r.RunUntil(time.Second, func() bool { return len(dev.Cassette()) == 1 }) {
			t.Fatal("never stacked")
		}
		r.Device.PowerCut(r.Now)
		r.RunFor(time.Second)
		r.Device.PowerOn(r.Now)
		if ev := r.Await(bill.Lost); ev.Value != 5000 {
			t.Errorf("%s: %v, want 50 yuan in doubt", tt.name, ev)
		}
		r.Await(bill.Idling)
		if len(o.Credits) != 0 || o.Open != 5000 {
			t.Errorf("%s: credits %v, open %d", tt.name, o.Credits, o.Open)
		}
	}
}

// TestSecondNote: also a device that keeps no position, or says nothing of what a restart
// found, has no second note beside one that nobody heard of.
func TestSecondNote(t *testing.T) {
	for name, cfg := range map[string]cctalksim.Config{
		"bare": {Bare: true}, "mute": {Mute: true}, "bare and mute": {Bare: true, Mute: true},
	} {
		billtest.SecondNote(t, name, func(t *testing.T) *billtest.Rig {
			r, _ := rig(t, cfg)
			return r
		})
	}
}

// TestDeviceClosesItself: the host is away for longer than the device listens, and
// comes back.
func TestDeviceClosesItself(t *testing.T) {
	r, dev := rig(t, cctalksim.Config{})
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	r.ToDevice = func([]byte) []byte { return nil }
	r.RunFor(10 * time.Second)
	if dev.Insert(r.Now, 5000, billsim.Genuine) == nil {
		t.Error("a note without a host")
	}
	r.ToDevice = nil
	r.Await(bill.Idling)
	if err := dev.Insert(r.Now, 5000, billsim.Genuine); err != nil {
		t.Error(err)
	}
}
