package main

import (
	"fmt"
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

	b.crashesWriting()

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

// crashesWriting has the library crash each time that it has changed the card, until the
// kiosk gives the card back; what was sold is written in another visit.
func (b *buying) crashesWriting() {
	b.t.Helper()
	before := b.rig.card(b.card)
	b.toTender("cash", 5000, fields{})
	b.bench("card/fault", fields{"slot": "meter", "kind": vendorsim.FaultCrashWriting})
	serial := b.pays("cash", 5000)
	b.take(b.card) // after three attempts
	last := b.see("failed", func(v view) bool { return v.text("status") == "unwritten" })
	if last.text("result") != "unwritten" || last.text("serial") != serial {
		b.t.Errorf("the screen says %v", last.Fields)
	}
	b.lastSlip(serial, "已售电", "不再付款")
	b.notOnCard(serial, 5000)
	if c := b.rig.card(b.card); c.Count != before.Count || c.Purse != before.Purse {
		b.t.Errorf("the card has %+v", c)
	}

	b.home()
	b.clear("card/fault", fields{"slot": "meter", "kind": vendorsim.FaultCrashWriting})
	b.rewrites(serial)
	b.loads(serial, "cash", 5000)
	b.t.Log(b.types(serial))
}

// TestLabLibraryMemoryCards buys onto memory cards through the maker's library: while
// nothing happens, and while it crashes each time that it has changed the card.
func TestLabLibraryMemoryCards(t *testing.T) {
	t.Parallel()
	r := makersRig(t)
	r.memoryCards()
	for _, b := range []*buying{sle4442(r), at88sc102(r)} {
		b.count++ // bought above
		b.crashesWriting()
		r.bench("kioskd/kill", fields{}) // else the library is in quarantine
		r.home()
	}
	if out, err := r.ctl("journal", "verify"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestLabLibraryQuarantined: a library that crashes too often is left alone, here in the
// middle of a write. Who has paid is told at once that the card stays inside, has a slip
// once it is out, and has it written when the library is loaded again.
func TestLabLibraryQuarantined(t *testing.T) {
	t.Parallel()
	r := makersRig(t)
	b := meter1(r)
	b.crashesWriting() // three times

	b.toTender("cash", 5000, fields{})
	r.bench("card/fault", fields{"slot": "meter", "kind": vendorsim.FaultCrashWriting})
	serial := b.pays("cash", 5000)
	until(t, "the library is in quarantine", func() (bool, string) {
		d := r.devices()["meter-card"]
		return d.State != hal.DeviceOnline && strings.Contains(d.Detail, "quarantine"), fmt.Sprintf("%+v", d)
	})
	v := b.see("take-card", nil) // long before anybody would have answered
	if got := b.types(serial); !strings.Contains(got, "meter-write-ended") {
		t.Errorf("records: %s on %v", got, v.Fields)
	}
	b.see("take-card", func(v view) bool { return v.text("step") == "card-stuck" })

	b.bench("card/remove", fields{"card": b.card, "pull": true}) // by staff
	untilWithin(t, 3*patience, "it is given up", func() (bool, string) {
		v, err := b.look()
		if err == nil && v.offers("give-up-card") {
			_, _, _ = b.intent(v.Rev, "give-up-card", nil)
		}
		return err == nil && v.Screen == "failed" && v.text("status") == "unwritten", fmt.Sprintf("%s %v, %v", v.Screen, v.Fields, err)
	})
	b.lastSlip(serial, "已售电", "不再付款")
	b.notOnCard(serial, 5000)
	b.clear("card/fault", fields{"slot": "meter", "kind": vendorsim.FaultCrashWriting})

	// The reader that does not answer is in the way of nobody who pays a bill.
	untilWithin(t, 3*patience, "the kiosk serves others", func() (bool, string) {
		v, err := b.look()
		for _, name := range []string{"finish", "start"} {
			if err == nil && v.offers(name) {
				_, _, _ = b.intent(v.Rev, name, nil)
			}
		}
		return err == nil && v.Screen == "choose-service" && v.offers("pay-bill") && !v.offers("buy-power"), fmt.Sprintf("%s %v, %v", v.Screen, v.Actions, err)
	})

	r.bench("kioskd/kill", fields{}) // as after a new library
	r.home()
	b.rewrites(serial)
	b.loads(serial, "cash", 5000)
}
