package ssp

import (
	"testing"

	"wattkiosk/hal/bill"
)

// TestRecall: what the first HOLD of a restarted host may be answered with.
func TestRecall(t *testing.T) {
	t.Run("a credit", func(t *testing.T) {
		w := newWire(t)
		w.turn(1, "18", "F0 CC EE 02")
		w.turn(1, "11", "F0") // the value needs the table
		w.turn(0, "18", "F5")
		w.turn(1, "06 06", "F0")
		w.turn(0, "05", setup)
		w.turn(1, pollA, "F0 CC EE 02")
		w.Heard(bill.Event{Kind: bill.Stacking}, bill.Event{Kind: bill.Stacked, Value: 500})
		w.Do(bill.Confirm)
		w.turn(0, "57", "F0")
	})
	t.Run("into the cassette at power-up", func(t *testing.T) {
		w := newWire(t)
		w.turn(1, "18", "F0 F1 E2 02 E8")
		for range 3 {
			w.turn(1, pollA, "F0 F1 E2 02 E8") // needs no value: nothing but the same frame
		}
		w.Heard(bill.Event{Kind: bill.Starting}, bill.Event{Kind: bill.PoweredUpInStacker})
		w.Do(bill.Confirm)
		w.turn(0, "06 06", "F0")
	})
	t.Run("a note in escrow", func(t *testing.T) {
		w := newWire(t)
		w.turn(1, "18", "F0 EF 03")
		w.turn(1, "11", "F0")
		w.turn(0, "18", "F0")
		w.Heard() // its value is not known
		w.turn(1, "06 06", "F0")
		w.turn(0, "05", setup)
		w.Heard(bill.Event{Kind: bill.Escrowed, Value: 1000})
		w.Do(bill.Return)
		w.turn(1, "08", "F0")
	})
	t.Run("a note that has left escrow since", func(t *testing.T) {
		w := newWire(t)
		w.turn(1, "18", "F0 EF 03")
		w.turn(1, "11", "F0")
		w.turn(0, "18", "F5")
		w.turn(1, "06 06", "F0")
		w.turn(0, "05", setup)
		w.turn(1, pollA, "F0 EC E8")
		w.turn(0, "17", "F0 13")
		w.Heard(bill.Event{Kind: bill.Returned, Detail: "escrow time-out"})
	})
	t.Run("a note held by an earlier host", func(t *testing.T) {
		w := newWire(t)
		w.turn(1, "18", "F0")
		w.turn(1, "11", "F0")
		w.turn(0, "18", "F0")
		w.turn(1, "08", "F0") // nothing tells its value: it goes back
		w.turn(0, "06 06", "F0")
		w.turn(1, pollA, "F0 ED")
		w.turn(0, "05", setup)
		w.turn(1, pollA, "F0 EC")
		w.Kinds(bill.Returning, bill.Returned)
	})
	t.Run("nothing", func(t *testing.T) {
		w := newWire(t)
		w.sends(1, "18")
		w.sends(1, "18")
		w.sends(1, "11") // and no Silent yet
		w.gets("F0")
		w.turn(0, "18", "F5")
		w.Heard()
	})
}

// TestRecallBehindSilence: a credit whose reply was lost is fetched once the device
// is back, though it does not know POLL WITH ACK.
func TestRecallBehindSilence(t *testing.T) {
	w := newWire(t)
	w.ready(pollP)
	w.polls(pollP, "EF 02")
	w.Do(bill.Stack)
	w.turn(0, "18", "F0")
	w.turn(1, pollP, "F0 CC")
	w.turn(0, "0C", serial)
	for range 4 {
		w.sends(1, pollP)
	}
	w.Kinds(bill.Escrowed, bill.Stacking)
	w.turn(1, "18", "F0 EE 02")
	w.Kinds(bill.Silent, bill.Stacked)
	w.turn(1, pollP, "F0 EE 02")
	for range 4 {
		w.sends(1, pollP)
	}
	w.turn(1, "18", "F0 EE 02") // the line was away again: the same report
	w.turn(1, pollP, "F0 EE 02")
	w.Kinds(bill.Silent)
	w.Do(bill.Confirm)
	w.turn(0, "0C", serial)
}

// TestRecallOfARestartedDevice: a device that restarted has no last reply, and
// carries the HOLD out.
func TestRecallOfARestartedDevice(t *testing.T) {
	w := newWire(t)
	w.ready(pollP)
	w.polls(pollP, "EF 02")
	w.Do(bill.Stack)
	w.turn(0, "18", "F0")
	w.turn(1, pollP, "F0 EE 02")
	for range 4 {
		w.sends(1, pollP)
	}
	w.turn(1, "18", "F5")
	w.turn(1, "11", "F0")
	w.turn(0, "18", "F5")
	w.turn(1, pollP, "F0 F1 E2 02 E8") // the same note
	w.Kinds(bill.Escrowed, bill.Stacking, bill.Stacked, bill.Silent, bill.Starting)
}
