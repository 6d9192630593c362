package id003

import (
	"bytes"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

func TestNeverCredited(t *testing.T) {
	t.Run("15 from nowhere", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		w.turn(txStatus, rxValid) // it is in the cassette: the journal says whose it is
		w.Heard(bill.Event{Kind: bill.Stacked, Detail: "stacked without an order"})
		w.turn(txStatus, rxValid)
		w.Do(bill.Confirm)
		w.sends(txStatus)
		w.gets(rxValid, txAck)
		w.turn(txStatus, rxIdle)
		w.Kinds(bill.Idling)
	})
	t.Run("16 from nowhere", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		w.turn(txStatus, rxStacked)
		w.turn(txStatus, rxIdle)
		w.Kinds(bill.Idling)
	})
	t.Run("stacking that ends in nothing", func(t *testing.T) {
		w := newWire(t)
		w.stacks()
		w.rests()
		w.Heard(bill.Event{Kind: bill.Lost, Value: 2000, Detail: "note unaccounted for: stacking ended without a report"}, bill.Event{Kind: bill.Idling})
	})
	t.Run("stacking that nobody ordered ends in nothing", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		w.turn(txStatus, rxStack)
		w.rests()
		w.Heard(bill.Event{Kind: bill.Stacking}, bill.Event{Kind: bill.Lost, Detail: "note unaccounted for: stacking ended without a report"}, bill.Event{Kind: bill.Idling})
	})
	t.Run("twice, whatever comes between", func(t *testing.T) {
		w := newWire(t)
		w.stacks()
		w.turn(txStatus, rxValid)
		w.Do(bill.Confirm)
		w.Kinds(bill.Stacked)
		w.state(0x46)
		w.turn(txStatus, rxStack)
		w.sends(txStatus)
		w.gets(rxValid, txAck)
		w.turn(txStatus, rxStacked)
		w.turn(txStatus, rxIdle)
		w.Kinds(bill.Jammed, bill.Stacking, bill.Idling)
	})
	t.Run("code that the device does not assign", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		w.state(0x13, 0x68)
		w.turn(txReturn, rxAck)
		w.state(0x18)
		w.turn(txStatus, rxIdle)
		w.Kinds(bill.Rejected, bill.Returning, bill.Returned, bill.Idling)
	})
	t.Run("bar code", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		w.state(append([]byte{0x13, 0x6F}, "123456789012345678"...)...)
		w.turn(txReturn, rxAck)
		w.Kinds(bill.Rejected)
	})
	t.Run("nonsense", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		for _, rx := range []string{
			"FC 05 15 03 11", // CRC
			hexOf(0x13), hexOf(0x49), hexOf(0x99), rxAck, rxInvalid, rxLine, txOpen, rxTable,
		} {
			w.turn(txStatus, rx) // ignored: the time-out asks again
			w.turn(txStatus, rxIdle)
		}
		w.Heard()
	})
}

// TestLongerReport: a report with more bytes than the handbook has is that report.
func TestLongerReport(t *testing.T) {
	w := newWire(t)
	w.stacks()
	w.state(StVendValid, 0x64, 0)
	w.Do(bill.Confirm)
	w.sends(txStatus)
	w.gets(hexOf(StVendValid, 0x64, 0), txAck)
	w.state(StIdling, 0)
	w.Heard(bill.Event{Kind: bill.Stacked, Value: 2000}, bill.Event{Kind: bill.Idling})
}

// TestLateReport: the report of a note that was given up for lost still counts,
// until another note comes.
func TestLateReport(t *testing.T) {
	w := newWire(t)
	w.stacks()
	w.rests()
	w.turn(txStatus, rxValid)
	w.Kinds(bill.Lost, bill.Idling, bill.Stacked)

	w = newWire(t)
	w.stacks()
	w.rests()
	w.state(0x12)
	w.state(0x17, 0x71)
	w.turn(txStatus, rxIdle)
	w.turn(txStatus, rxValid)
	w.Kinds(bill.Lost, bill.Idling, bill.Accepting, bill.Rejected, bill.Idling, bill.Stacked)
}

// TestStackedWithoutWaiting: a device that does not wait for the ACK has its 16
// believed of the note that was ordered in.
func TestStackedWithoutWaiting(t *testing.T) {
	w := newWire(t)
	w.stacks()
	w.turn(txStatus, rxStacked)
	w.turn(txStatus, rxStacked)
	w.rests()
	w.Heard(bill.Event{Kind: bill.Stacked, Value: 2000}, bill.Event{Kind: bill.Idling})
}

// TestHungOverTheCredit: a device that answers nothing but RESET once its credit
// waited too long is reset when that credit is durable, and not before.
func TestHungOverTheCredit(t *testing.T) {
	w := newWire(t)
	w.stacks()
	w.turn(txStatus, rxValid)
	start := w.Now
	for w.Now.Sub(start) < time.Minute {
		if tx := w.Next(); bytes.Equal(tx, billtest.Hex(t, txReset)) {
			t.Fatal("RESET before Confirm")
		}
	}
	w.Kinds(bill.Stacked, bill.Silent)
	w.Do(bill.Confirm)
	for tx := w.Next(); !bytes.Equal(tx, billtest.Hex(t, txReset)); tx = w.Next() {
		if w.Now.Sub(start) > 90*time.Second {
			t.Fatal("no RESET after Confirm")
		}
	}
	w.gets(rxAck, "")
	w.turn(txVersion, rxVersion)
	w.turn(txVersion, rxVersion)
	w.sends(txStatus)
	w.gets(rxValid, txAck) // told once more
	w.turn(txStatus, rxStacked)
	w.Heard()
}

// TestResetWaits: a RESET that the owner wants waits for a note on its way into the
// cassette, and for the end of its report.
func TestResetWaits(t *testing.T) {
	w := newWire(t)
	w.stacks()
	w.Do(bill.Reset)
	w.turn(txStatus, rxStack)
	w.turn(txStatus, rxValid)
	w.turn(txStatus, rxValid)
	w.Do(bill.Confirm)
	w.sends(txStatus)
	w.gets(rxValid, txAck)
	w.turn(txStatus, rxStacked)
	w.turn(txStatus, rxIdle)
	w.turn(txReset, rxAck)
	w.turn(txStatus, rxInit)
	w.Kinds(bill.Stacked, bill.Idling, bill.Starting)
}
