package cctalk

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

// TestSession is a start and a note's whole way, by literal commands.
func TestSession(t *testing.T) {
	w := newWire(t, Config{Checksum: Sum})
	w.Do(bill.Enable, 2000, 10000)
	w.kinds(bill.PoweredUp, bill.Idling)
	want := []string{"E4 00", "F5", "F5"} // closed first; what is it?
	for typ := range 16 {
		id := fmt.Sprintf("9D %02X", typ+1)
		want = append(want, id, id)
	}
	want = append(want, "9C 43 4E", "9C 43 4E", "E6", "E8", "E3", "99 03", "E7 06 10", "E6", "E4 01", "E3")
	if !slices.Equal(w.sent, want) {
		t.Fatalf("sent %q,\nwant %q", w.sent, want)
	}
	w.sent = nil

	w.buf = inEscrow2
	w.hears(bill.Event{Kind: bill.Accepting}, bill.Event{Kind: bill.Escrowed, Value: 2000})
	w.sends("9A FF")
	w.Do(bill.Stack)
	w.sends("E4 00") // no other note meanwhile
	w.sends("E3")
	w.sends("9A 01")
	w.buf = stacked2
	w.hears(bill.Event{Kind: bill.Stacking, Value: 2000}, bill.Event{Kind: bill.Stacked, Value: 2000})
	w.sent = nil
	w.run(holdEvery)
	if len(w.sent) != 0 {
		t.Errorf("sent %q before Confirm", w.sent)
	}
	w.Do(bill.Confirm)
	w.kinds(bill.Idling)
	want = []string{"E7 06 30", "E6", "E4 01", "E3"} // the position before the slot is opened
	if !slices.Equal(w.sent, want) {
		t.Errorf("sent %q, want %q", w.sent, want)
	}
}

// TestChecksums: the driver finds out which one the device has, on a line with an
// echo or without.
func TestChecksums(t *testing.T) {
	for _, crc := range []bool{false, true} {
		for _, echo := range []bool{false, true} {
			w := newWire(t, Config{})
			w.crc, w.echo = crc, echo
			w.ready()
			if n := len(w.d.Denominations()); n != 3 {
				t.Errorf("crc %v, echo %v: %d denominations", crc, echo, n)
			}
		}
	}
}

// TestSilent: one Silent, and the end of it; meanwhile the other checksum is tried.
func TestSilent(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.silent = true
	w.kinds(bill.Silent)
	w.run(30 * time.Second)
	w.kinds()
	w.silent, w.crc = false, true
	w.kinds(bill.Idling)
}

// TestSilentAtStart: without a device the driver says so, once both checksums were
// tried.
func TestSilentAtStart(t *testing.T) {
	for _, cfg := range []Config{{}, {Checksum: Sum}, {Checksum: CRC16}} {
		w := newWire(t, cfg)
		w.silent = true
		w.kinds(bill.Silent)
		if n := len(w.sent); n != 0 {
			t.Errorf("sent %q", w.sent)
		}
	}
}
