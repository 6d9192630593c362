package cctalk

import (
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

// marked is the high byte of the mask with the mark of a position, as types 13 to 16
// carry it.
func marked(position byte) byte { return (position%15 + 1) << 4 }

// TestRecall: what a driver makes of the buffer and the mark that it finds.
func TestRecall(t *testing.T) {
	for _, tt := range []struct {
		name, buf string
		mark      byte // high byte of the mask
		route     string
		want      []bill.Event
	}{
		{"nothing since the position", "02 0200 0201 0000 0000 0000", marked(2), "", nil},
		{"a credit since the position", "02 0200 0201 0000 0000 0000", marked(0), "", []bill.Event{
			{Kind: bill.Stacking, Value: 2000}, {Kind: bill.Stacked, Value: 2000},
		}},
		{"a credit, the counter gone round", "01 0200 0201 0001 0301 0002", marked(254), "", []bill.Event{
			{Kind: bill.Stacking, Value: 2000}, {Kind: bill.Stacked, Value: 2000},
		}},
		{"a credit and a refused note", "13 0002 0200 0201 0300 0301", marked(16), "", []bill.Event{
			{Kind: bill.Stacking, Value: 2000}, {Kind: bill.Stacked, Value: 2000},
		}},
		{"a note in escrow", "13 0201 0300 0301 0200 0201", marked(18), "00", []bill.Event{{Kind: bill.Escrowed, Value: 2000}}},
		{"a returned note", "14 0001 0201 0300 0301 0200", marked(18), "", []bill.Event{
			{Kind: bill.Returning, Value: 2000}, {Kind: bill.Returned, Value: 2000},
		}},
		{"a note without a value", "13 0401 0300 0301 0200 0201", marked(18), "00", []bill.Event{
			{Kind: bill.Rejected, Detail: "value unknown to the bill table"}, {Kind: bill.Returning},
		}},
		{"more than the buffer keeps", "19 0200 0201 0300 0301 0200", marked(18), "", []bill.Event{
			{Kind: bill.Failed, Detail: "events of the device were lost"}, {Kind: bill.Disabled},
		}},
		{"no mark: the last note, again", "13 0200 0201 0300 0301 0002", 0, "", []bill.Event{
			{Kind: bill.Stacking, Value: 2000}, {Kind: bill.Stacked, Value: 2000},
		}},
		{"no mark: a later note in escrow", "13 0301 0200 0201 0300 0301", 0, "00", []bill.Event{{Kind: bill.Escrowed, Value: 10000}}},
		{"no mark: no note", "13 0002 0002 0002 0002 0002", 0, "", []bill.Event{{Kind: bill.Disabled}}},
		{"a restart", "00 0000 0000 0000 0000 0000", 0, "", []bill.Event{{Kind: bill.PoweredUp}, {Kind: bill.Disabled}}},
		{"a restart with a note in the path", "01 0001 0000 0000 0000 0000", 0, "", []bill.Event{
			{Kind: bill.PoweredUpInValidator}, {Kind: bill.Returned},
		}},
		{"a restart with a note in the stacker", "02 000A 0015 0000 0000 0000", 0, "", []bill.Event{{Kind: bill.PoweredUpInStacker}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWire(t, Config{})
			w.buf, w.mask = tt.buf, [2]byte{0, tt.mark}
			if tt.route != "" {
				w.says["9A FF"] = tt.route
			}
			if tt.want == nil {
				tt.want = []bill.Event{{Kind: bill.Disabled}}
			}
			w.hears(tt.want...)
			w.kinds()
		})
	}
}

// TestRecallGone: a note that was in escrow and is no more may be on its way to the
// cassette, by the order of an earlier host.
func TestRecallGone(t *testing.T) {
	w := newWire(t, Config{})
	w.buf, w.mask = "13 0201 0300 0301 0200 0201", [2]byte{0, marked(18)}
	w.says["9A FF"] = "00 FE"
	w.run(5 * time.Second)
	w.buf = "14 0200 0201 0300 0301 0200"
	w.hears(bill.Event{Kind: bill.Stacking, Value: 2000}, bill.Event{Kind: bill.Stacked, Value: 2000})

	w = newWire(t, Config{})
	w.buf, w.mask = "13 0201 0300 0301 0200 0201", [2]byte{0, marked(18)}
	w.says["9A FF"] = "00 FE"
	w.hears(bill.Event{Kind: bill.Lost, Value: 2000, Detail: "note unaccounted for: stacking ended without a report"}, bill.Event{Kind: bill.Disabled})
}

// TestRecallTwo: a note that came while no host was there waits until the one before
// it is confirmed, and until the position is kept.
func TestRecallTwo(t *testing.T) {
	w := newWire(t, Config{})
	w.buf, w.mask = "13 0301 0200 0201 0300 0301", [2]byte{0x3F, marked(16)}
	w.hears(bill.Event{Kind: bill.Stacking, Value: 2000}, bill.Event{Kind: bill.Stacked, Value: 2000})
	w.run(2 * time.Second)
	w.kinds()
	w.Do(bill.Confirm)
	w.sent = nil
	w.hears(bill.Event{Kind: bill.Escrowed, Value: 10000})
	if w.mask[1] != marked(18) || w.count("9A FF") != 1 {
		t.Errorf("mark %02X and %q when it was shown, want the mark of 18", w.mask[1], w.sent)
	}
}

// TestKeptWhileDisabled: a mask that has nothing but a mark in it is no sign that the
// device keeps none.
func TestKeptWhileDisabled(t *testing.T) {
	w := newWire(t, Config{})
	w.buf, w.mask = "14 0001 0201 0300 0301 0200", [2]byte{0, marked(20)}
	w.kinds(bill.Disabled)
	w.run(5 * time.Minute)
	if w.mask[1] != marked(20) || !w.d.Keeps() {
		t.Errorf("mark %02X, kept %v", w.mask[1], w.d.Keeps())
	}
	w.kinds()
}

// TestUnkept: a device that masks the types it does not use away keeps no position.
func TestUnkept(t *testing.T) {
	w := newWire(t, Config{})
	w.keep = 0
	w.Do(bill.Enable)
	w.kinds(bill.PoweredUp, bill.Idling)
	if w.d.Keeps() {
		t.Error("Keeps is true for a device that does not give the mark back")
	}
	w.buf = inEscrow2
	w.kinds(bill.Accepting, bill.Escrowed)
	w.Do(bill.Stack)
	w.sends("9A 01")
	w.buf = stacked2
	w.kinds(bill.Stacking, bill.Stacked)
	w.Do(bill.Confirm)
	w.kinds(bill.Idling)
	w.Do(bill.Disable)
	w.kinds(bill.Disabled)
	w.run(time.Minute)
	w.kinds()
}
