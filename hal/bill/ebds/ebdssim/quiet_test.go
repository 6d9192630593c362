package ebdssim_test

import (
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ebds"
)

// TestQuietPathDoesNotAllocate: the driver of an enabled, idle device makes no
// garbage. The device is played by two literal replies.
func TestQuietPathDoesNotAllocate(t *testing.T) {
	d := ebds.New(ebds.Config{Plain: true, Values: [7]int64{100}})
	now := time.Unix(1_700_000_000, 0)
	idle := billtest.Hex(t, "02 0B 21 01 10 00 00 54 10 03 7F")
	filled := billtest.Hex(t, "02 0B 60 01 0C 03 0F 00 00 03 6A")
	idling := false
	turn := func() {
		now = d.Wake()
		tx, _ := d.Advance(now, nil)
		if len(tx) < 4 {
			return
		}
		reply := idle
		if tx[2]&1 == 0 {
			reply = filled
		}
		now = now.Add(5 * time.Millisecond)
		_, evs := d.Advance(now, reply)
		for _, ev := range evs {
			idling = idling || ev.Kind == bill.Idling
		}
	}
	if err := d.Do(now, bill.Command{Op: bill.Enable}); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		turn()
	}
	if !idling {
		t.Fatal("not idling")
	}
	billtest.NoGarbage(t, turn)
}
