package driver_test

import (
	"fmt"
	"slices"
	"testing"

	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ebds/ebdssim"
	"wattkiosk/hal/driver"
	"wattkiosk/hal/setting"
)

func ebds(t *testing.T, settings setting.Table) (bill.Engine, error) {
	t.Helper()
	d, err := driver.Find("ebds", driver.Validators())
	if err != nil {
		t.Fatal(err)
	}
	dev, err := d.New("", settings)
	return dev.Engine, err
}

// TestPlainNotesOfEBDS: a plain device tells a number, and what is credited is what
// the options say that number is worth.
func TestPlainNotesOfEBDS(t *testing.T) {
	notes := [7]int64{10000, 5000, 2000, 1000, 0, 500, 100}
	r := billtest.NewRig(t, func() bill.Engine {
		e, err := ebds(t, setting.Table{"plain_notes": []any{int64(100), int64(50), int64(20), int64(10), int64(0), int64(5), int64(1)}})
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

func TestSettingsAreTheDriversOwn(t *testing.T) {
	for _, c := range []struct {
		settings setting.Table
		want     string
	}{
		{nil, ""},
		{setting.Table{"plain_notes": []any{int64(1)}}, "driver ebds: setting plain_notes: 1 values, and not one for each of the note numbers 1 to 7"},
		{setting.Table{"form_lines": int64(66)}, `driver ebds: unknown setting "form_lines": this driver has plain_notes`},
	} {
		_, err := ebds(t, c.settings)
		if got := fmt.Sprint(err); c.want != "" && got != c.want || c.want == "" && err != nil {
			t.Errorf("%v: %v, want %q", c.settings, err, c.want)
		}
	}
}

// TestEverySettingSaysWhatItMeans: its help is all that a technician has.
func TestEverySettingSaysWhatItMeans(t *testing.T) {
	explained(t, driver.Validators())
	explained(t, driver.Printers())
	explained(t, driver.Cards())
	explained(t, driver.Pinpads())
	explained(t, driver.Scanners())
	explained(t, driver.Meters())
}

func explained[Cmd hal.Command[Ev], Ev any](t *testing.T, of []driver.Driver[Cmd, Ev]) {
	for _, d := range of {
		for _, f := range d.Settings {
			if f.Name == "" || f.Help == "" {
				t.Errorf("driver %s: setting %q has no name or no help", d.Name, f.Name)
			}
		}
	}
}
