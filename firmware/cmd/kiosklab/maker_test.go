package main

import (
	"strings"
	"testing"

	"wattkiosk/hal"
	"wattkiosk/hal/card/vendorsim"
)

// makersRig is a lab whose meter cards are worked by a maker's library in C.
func makersRig(t *testing.T) *rig {
	t.Helper()
	if _, err := compiler(); err != nil {
		t.Skip(err)
	}
	r := startRig(t, "--meter-mode", "library")
	r.serving()
	if d := r.devices()["meter-card"]; d.Driver != "vendor" || d.State != hal.DeviceOnline {
		t.Fatalf("the reader of meter cards: %+v", d)
	}

	return r
}

// TestLabLibrary buys power through the maker's library: it is on the card, and the meter
// loads it once. Then the library crashes each time that it has changed the card, until the
// kiosk gives the card back, and what was sold is written in another visit.
func TestLabLibrary(t *testing.T) {
	t.Parallel()
	r := makersRig(t)
	b := meter1(r)
	if c := r.card(b.card); c.Count != 4 || c.Purse != 5000 || c.Loaded == nil || *c.Loaded != 4 {
		t.Fatalf("the card has %+v", c)
	}
	b.toTender("cash", 10000, fields{})
	serial := b.pays("cash", 10000)
	b.take(b.card)
	last := b.see("done", func(v view) bool { return v.text("status") == "posted" })
	if last.text("serial") != serial || last.number("sold") != 10000 || last.number("count") != 5 || last.Fields["on_card"] != true {
		t.Errorf("the screen says %v", last.Fields)
	}
	if got := r.types(serial); strings.Count(got, "meter-write-begun meter-write-ended") != 1 {
		t.Errorf("records: %s", got)
	}
	r.home()
	b.loads(serial, "cash", 10000)

	b.toTender("cash", 5000, fields{})
	r.bench("card/fault", fields{"slot": "meter", "kind": vendorsim.FaultCrashWriting})
	serial = b.pays("cash", 5000)
	b.take(b.card) // after three attempts
	last = b.see("failed", func(v view) bool { return v.text("status") == "unwritten" })
	if last.text("result") != "unwritten" || last.text("serial") != serial {
		t.Errorf("the screen says %v", last.Fields)
	}
	b.lastSlip(serial, "已售电", "不再付款")
	b.notOnCard(serial, 5000)
	if c := r.card(b.card); c.Count != 5 || c.Purse != 10000 {
		t.Errorf("the card has %+v", c)
	}
	r.home()
	r.clear("card/fault", fields{"slot": "meter", "kind": vendorsim.FaultCrashWriting})
	b.rewrites(serial)
	b.loads(serial, "cash", 5000)
	t.Log(r.types(serial))

	// One crash, in the reading before the write or in the write, is a doubt that the same
	// visit ends.
	b.toTender("cash", 2000, fields{})
	r.bench("card/fault", fields{"slot": "meter", "kind": vendorsim.FaultCrash})
	serial = b.pays("cash", 2000)
	b.take(b.card)
	b.see("done", func(v view) bool { return v.text("status") == "posted" })
	r.home()
	b.loads(serial, "cash", 2000)
	t.Log(r.types(serial))
	if out, err := r.ctl("journal", "verify"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
