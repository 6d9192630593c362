package sspsim_test

import (
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ssp/sspsim"
)

// TestRestartBehindHold: a note in escrow that was held already when the host
// restarted goes back, for no command but a POLL tells its value.
func TestRestartBehindHold(t *testing.T) {
	for _, plain := range []bool{false, true} {
		r, dev := rig(t, sspsim.Config{Plain: plain})
		r.Do(bill.Enable)
		r.Await(bill.Idling)
		if err := dev.Insert(r.Now, 5000, billsim.Genuine); err != nil {
			t.Fatal(err)
		}
		r.Await(bill.Escrowed)
		r.RunFor(20 * time.Second)
		r.HostOff()
		r.RunFor(2 * time.Second)
		r.HostOn()
		r.Await(bill.Returned)
		r.Await(bill.Disabled)
		if r.Count(bill.Escrowed)+r.Count(bill.Stacked) != 0 || !slices.Equal(dev.Returned(), []int64{5000}) {
			t.Errorf("plain %v: returned %v, events %v", plain, dev.Returned(), r.Events)
		}
	}
}

// TestTwoRestarts: POLL WITH ACK keeps a credit across any number of restarts.
func TestTwoRestarts(t *testing.T) {
	r, dev := rig(t, sspsim.Config{})
	o := billtest.NewOwner(r, time.Hour) // writes too slowly, for now
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	if err := dev.Insert(r.Now, 5000, billsim.Genuine); err != nil {
		t.Fatal(err)
	}
	r.Await(bill.Stacked)
	for range 5 {
		r.HostOff()
		r.RunFor(time.Second)
		r.HostOn()
		r.Await(bill.Stacked)
	}
	o.Delay = 0
	r.HostOff()
	r.HostOn()
	r.Await(bill.Disabled)
	if !slices.Equal(o.Credits, []int64{5000}) || !slices.Equal(dev.Cassette(), []int64{5000}) {
		t.Errorf("credits %v, cassette %v", o.Credits, dev.Cassette())
	}
}
