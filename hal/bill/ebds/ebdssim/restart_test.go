package ebdssim_test

import (
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ebds/ebdssim"
)

func escrowed(t *testing.T, cfg ebdssim.Config) (*billtest.Rig, *ebdssim.Device) {
	t.Helper()
	r, dev := rig(t, cfg)
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	if err := dev.Insert(r.Now, 5000, billsim.Genuine); err != nil {
		t.Fatal(err)
	}
	r.Await(bill.Escrowed)
	return r, dev
}

// TestRestartWithoutValue: a note in escrow of which the device tells the value once
// goes back when the host restarts.
func TestRestartWithoutValue(t *testing.T) {
	r, dev := escrowed(t, ebdssim.Config{Once: true})
	r.RunFor(2 * time.Second)
	r.HostOff()
	r.RunFor(2 * time.Second)
	r.HostOn()
	r.Await(bill.Returned)
	r.Await(bill.Disabled)
	if r.Count(bill.Escrowed)+r.Count(bill.Stacked) != 0 || !slices.Equal(dev.Returned(), []int64{5000}) {
		t.Errorf("returned %v, events %v", dev.Returned(), r.Events)
	}
}

// TestValueToldOnce: without a restart such a device is as good as any.
func TestValueToldOnce(t *testing.T) {
	r, dev := escrowed(t, ebdssim.Config{Once: true})
	r.RunFor(5 * time.Second)
	r.Do(bill.Stack)
	if ev := r.Await(bill.Stacked); ev.Value != 5000 {
		t.Errorf("stacked %d, want 50 yuan", ev.Value)
	}
	r.RunFor(3 * time.Second)
	r.Do(bill.Confirm)
	r.Await(bill.Idling)
	if !slices.Equal(dev.Cassette(), []int64{5000}) || r.Count(bill.Stacked) != 1 {
		t.Errorf("cassette %v, events %v", dev.Cassette(), r.Events)
	}
}

// TestManyRestarts: the device keeps a credit across any number of restarts.
func TestManyRestarts(t *testing.T) {
	for _, plain := range []bool{false, true} {
		r, _ := rig(t, ebdssim.Config{Plain: plain})
		billtest.ManyRestarts(t, r)
	}
}

// TestSecondNote: also a device that tells each event once, or forgets its last one with
// its power, has no second note beside one that nobody heard of.
func TestSecondNote(t *testing.T) {
	for name, cfg := range map[string]ebdssim.Config{
		"afresh": {Afresh: true}, "afresh, forgetful": {Afresh: true, Forgetful: true}, "plain, afresh": {Plain: true, Afresh: true},
	} {
		billtest.SecondNote(t, name, func(t *testing.T) *billtest.Rig {
			r, _ := rig(t, cfg)
			return r
		})
	}
}

// TestMute: a device that does not answer the toggle it does not expect is found all
// the same, after a while.
func TestMute(t *testing.T) {
	r, _ := rig(t, ebdssim.Config{Mute: true})
	begin := r.Now
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	if took := r.Now.Sub(begin); took > time.Minute {
		t.Errorf("idling after %v, want less than a minute", took)
	}
	if r.Count(bill.Silent) != 1 {
		t.Errorf("events %v, want one silent", r.Events)
	}
}
