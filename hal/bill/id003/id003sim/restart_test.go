package id003sim_test

import (
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/id003/id003sim"
)

// taken brings a rig to a note of 50 yuan that is stacked and not confirmed.
func taken(t *testing.T, r *billtest.Rig) {
	t.Helper()
	r.Await(bill.Disabled)
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	if err := r.Device.Insert(r.Now, 5000, billsim.Genuine); err != nil {
		t.Fatal(err)
	}
	r.Await(bill.Escrowed)
	r.Do(bill.Stack)
	if ev := r.Await(bill.Stacked); ev.Value != 5000 {
		t.Fatalf("stacked %d, want 5000", ev.Value)
	}
}

// TestValueBehindRestart: only a device that names the note in VEND VALID tells a
// restarted driver its value; any tells it of the note, until it is confirmed.
func TestValueBehindRestart(t *testing.T) {
	for _, tt := range []struct {
		names bool
		want  int64
	}{{false, 0}, {true, 5000}} {
		r, dev := rig(t, id003sim.Config{NamesNote: tt.names})
		taken(t, r)
		for range 5 {
			r.HostOff()
			r.RunFor(time.Second)
			r.HostOn()
			if ev := r.Await(bill.Stacked); ev.Value != tt.want {
				t.Errorf("names %v: stacked %d, want %d", tt.names, ev.Value, tt.want)
			}
		}
		r.Do(bill.Confirm)
		r.Await(bill.Disabled)
		r.HostOff()
		r.HostOn()
		r.Await(bill.Disabled)
		if n := r.Count(bill.Stacked) + r.Count(bill.PoweredUpInStacker); n != 0 {
			t.Errorf("%d reports after Confirm", n)
		}
		if got := dev.Cassette(); !slices.Equal(got, []int64{5000}) {
			t.Errorf("cassette %v", got)
		}
	}
}

func TestManyRestarts(t *testing.T) {
	for _, names := range []bool{false, true} {
		r, _ := rig(t, id003sim.Config{NamesNote: names})
		billtest.ManyRestarts(t, r)
	}
}

// TestRestartBehindHold: a note that shows as held when the host restarts has no
// value any more, and goes back.
func TestRestartBehindHold(t *testing.T) {
	r, dev := rig(t, id003sim.Config{})
	r.Await(bill.Disabled)
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
		t.Errorf("returned %v, events %v", dev.Returned(), r.Events)
	}
}

// TestSilenceInEscrow: the note is reported again, and an order can be given. One that
// the device holds, and does not name any more, goes back: it may be another.
func TestSilenceInEscrow(t *testing.T) {
	for _, noHolding := range []bool{false, true} {
		r, dev := rig(t, id003sim.Config{NoHolding: noHolding, Config: billsim.Config{EscrowTimeout: time.Minute}})
		r.Await(bill.Disabled)
		r.Do(bill.Enable)
		r.Await(bill.Idling)
		if err := dev.Insert(r.Now, 5000, billsim.Genuine); err != nil {
			t.Fatal(err)
		}
		r.Await(bill.Escrowed)
		r.Do(bill.Hold)
		r.RunFor(time.Second)
		if err := dev.Fault(billsim.Silent, false); err != nil {
			t.Fatal(err)
		}
		r.Await(bill.Silent)
		if err := dev.Fault(billsim.Silent, true); err != nil {
			t.Fatal(err)
		}
		if !noHolding {
			if ev := r.Await(bill.Returned); ev.Value != 0 {
				t.Errorf("returned %d, want 0: which note it was nobody knows", ev.Value)
			}
			continue
		}
		if ev := r.Await(bill.Escrowed); ev.Value != 5000 {
			t.Errorf("escrowed %d, want 5000", ev.Value)
		}
		r.Do(bill.Stack)
		r.Await(bill.Stacked)
	}
}

// TestSlowJournalOnAHangingDevice: the owner needs longer than the device waits;
// one note, one credit, and it works again.
func TestSlowJournalOnAHangingDevice(t *testing.T) {
	r, dev := rig(t, id003sim.Config{HangAfter: time.Minute})
	o := billtest.NewOwner(r, 3*time.Minute)
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	if err := dev.Insert(r.Now, 5000, billsim.Genuine); err != nil {
		t.Fatal(err)
	}
	r.Await(bill.Silent)
	r.Await(bill.Idling)
	if r.Count(bill.Stacked) != 1 || !slices.Equal(o.Credits, dev.Cassette()) {
		t.Errorf("credits %v, cassette %v: %v", o.Credits, dev.Cassette(), r.Events)
	}
}
