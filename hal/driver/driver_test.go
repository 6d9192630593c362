package driver_test

import (
	"slices"
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ebds/ebdssim"
	"wattkiosk/hal/driver"
)

func ebds(t *testing.T, notes []int64) (bill.Engine, error) {
	t.Helper()
	d, err := driver.Find("ebds", driver.Validators())
	if err != nil {
		t.Fatal(err)
	}
	return d.New(driver.Options{PlainNotes: notes})
}

// TestPlainNotesOfEBDS: a plain device tells a number, and what is credited is what
// the options say that number is worth.
func TestPlainNotesOfEBDS(t *testing.T) {
	notes := [7]int64{10000, 5000, 2000, 1000, 0, 500, 100}
	r := billtest.NewRig(t, func() bill.Engine {
		e, err := ebds(t, notes[:])
		if err != nil {
			t.Fatal(err)
		}
		return e
	}, ebdssim.New(ebdssim.Config{Plain: true, Denominations: notes}))
	r.Await(bill.Disabled)
	r.Do(bill.Enable)
	for _, fen := range []int64{2000, 500} {
		r.Await(bill.Idling)
		if err := r.Device.Insert(r.Now, fen, billtest.Genuine); err != nil {
			t.Fatal(err)
		}
		r.Await(bill.Escrowed)
		r.Do(bill.Stack)
		if ev := r.Await(bill.Stacked); ev.Value != fen {
			t.Errorf("%d fen were credited for a note of %d", ev.Value, fen)
		}
		r.Do(bill.Confirm)
	}
	if got := r.Device.Cassette(); !slices.Equal(got, []int64{2000, 500}) {
		t.Errorf("cassette %v", got)
	}
}

func TestPlainNotesOfAnotherLength(t *testing.T) {
	const want = "cannot set up ebds: plain notes: 6 values: one value for each of the note numbers 1 to 7 is needed"
	if _, err := ebds(t, make([]int64, 6)); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if _, err := ebds(t, nil); err != nil {
		t.Error(err)
	}
}
