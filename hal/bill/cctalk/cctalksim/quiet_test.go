package cctalksim_test

import (
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/cctalk"
	"wattkiosk/hal/bill/cctalk/cctalksim"
)

// TestQuietPathDoesNotAllocate: the driver of an enabled, idle device makes no
// garbage between two looks at the settings. The device is played by a literal reply.
func TestQuietPathDoesNotAllocate(t *testing.T) {
	d := cctalk.New(cctalk.Config{})
	dev := cctalksim.New(cctalksim.Config{})
	now := time.Unix(1_700_000_000, 0)
	if err := d.Do(now, bill.Command{Op: bill.Enable}); err != nil {
		t.Fatal(err)
	}
	idle := false
	for range 1000 {
		now = d.Wake()
		tx, evs := d.Advance(now, nil)
		for _, ev := range evs {
			idle = idle || ev.Kind == bill.Idling
		}
		if idle {
			break
		}
		dev.Receive(now, tx)
		now = now.Add(5 * time.Millisecond)
		d.Advance(now, dev.Advance(now))
	}
	if !idle {
		t.Fatal("not idling")
	}
	reply := billtest.Hex(t, "01 0B 28 00 00 00 00 00 00 00 00 00 00 00 00 CC")
	turn := func() {
		now = d.Wake()
		d.Advance(now, nil)
		now = now.Add(5 * time.Millisecond)
		d.Advance(now, reply)
	}
	if n := testing.AllocsPerRun(100, turn); n != 0 {
		t.Errorf("%v allocations a turn, want 0", n)
	}
}
