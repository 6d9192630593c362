package ssp

import (
	"bytes"
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

// TestSessionBytes is a start and a note's whole way on a device with POLL WITH ACK,
// by literal frames.
func TestSessionBytes(t *testing.T) {
	w := newWire(t)
	talk := func(frames ...string) {
		t.Helper()
		for i := 0; i < len(frames); i += 2 {
			if tx := w.next(); !bytes.Equal(tx, billtest.Hex(t, frames[i])) {
				t.Fatalf("sent % X, want %s", tx, frames[i])
			}
			w.raw(billtest.Hex(t, frames[i+1]))
		}
	}
	talk(
		"7F 80 01 18 53 82", "7F 80 01 F5 3D 80", // HOLD, to recall: no note in escrow
		"7F 80 01 11 65 82", "7F 80 01 F0 23 80", // SYNC
		"7F 00 01 18 50 08", "7F 00 01 F5 3E 0A", // HOLD
		"7F 80 02 06 06 24 14", "7F 80 01 F0 23 80", // version 6
		"7F 00 01 05 1E 08", "7F 00 17 F0 00 30 31 30 30 43 4E 59 00 00 01 03 05 0A 14 02 02 02 00 00 64 05 A8 CA", // SETUP
		"7F 80 01 56 F7 83", "7F 80 03 F0 F1 E8 BF 8C", // reset, disabled
	)
	w.Kinds(bill.Starting)
	w.Do(bill.Enable, 500, 1000, 2000)
	talk(
		"7F 00 02 06 06 1B 94", "7F 00 01 F0 20 0A", // a device that restarted has forgotten
		"7F 80 01 56 F7 83", "7F 80 02 F0 E8 4F A2",
		"7F 00 01 05 1E 08", "7F 00 17 F0 00 30 31 30 30 43 4E 59 00 00 01 03 05 0A 14 02 02 02 00 00 64 05 A8 CA",
		"7F 80 03 02 07 00 2B B6", "7F 80 01 F0 23 80",
		"7F 00 01 0A 3C 08", "7F 00 01 F0 20 0A",
		"7F 80 01 56 F7 83", "7F 80 01 F0 23 80",
		"7F 00 01 0C 28 08", "7F 00 05 F0 00 1C 96 2C D7 9F",
		"7F 80 01 56 F7 83", "7F 80 03 F0 EF 00 CF CA",
		"7F 00 01 0C 28 08", "7F 00 05 F0 00 1C 96 2C D7 9F",
		"7F 80 01 56 F7 83", "7F 80 03 F0 EF 03 C5 CA",
		"7F 00 01 18 50 08", "7F 00 01 F0 20 0A", // 3 s later
	)
	w.Do(bill.Stack)
	talk(
		"7F 80 01 56 F7 83", "7F 80 02 F0 CC 97 A2",
		"7F 00 01 0C 28 08", "7F 00 05 F0 00 1C 96 2C D7 9F",
		"7F 80 01 56 F7 83", "7F 80 04 F0 CC EE 01 62 AA", // the device says channel 1, and it has the last word
		"7F 80 01 56 F7 83", "7F 80 04 F0 CC EE 01 62 AA", // not confirmed
	)
	w.Heard(
		bill.Event{Kind: bill.PoweredUp}, bill.Event{Kind: bill.Idling},
		bill.Event{Kind: bill.Accepting}, bill.Event{Kind: bill.Escrowed, Value: 2000},
		bill.Event{Kind: bill.Stacking, Value: 2000}, bill.Event{Kind: bill.Stacked, Value: 500},
	)
	w.Do(bill.Confirm)
	talk(
		"7F 00 01 57 F1 89", "7F 00 01 F0 20 0A", // EVENT ACK
		"7F 80 01 56 F7 83", "7F 80 02 F0 EB 45 A2",
		"7F 00 01 0C 28 08", "7F 00 05 F0 00 1C 96 2C D7 9F",
		"7F 80 01 56 F7 83", "7F 80 01 F0 23 80",
	)
	w.Heard(bill.Event{Kind: bill.Idling})
}

func TestNoteWithAck(t *testing.T) {
	w := newWire(t)
	w.ready(pollA)
	if !w.d.Repeats() {
		t.Error("Repeats is false for a device with POLL WITH ACK")
	}
	w.polls(pollA, "EF 00")
	w.polls(pollA, "EF 03")
	w.turn(0, "18", "F0") // no POLL
	w.Do(bill.Stack)
	w.turn(1, pollA, "F0 CC")
	w.polls(pollA, "CC EE 03")
	for range 3 {
		w.turn(1, pollA, "F0 CC EE 03") // not before Confirm, and with the same bit
	}
	w.Do(bill.Confirm)
	w.turn(0, "57", "F0")
	w.polls(pollA, "EB")
	w.polls(pollA, "")
	w.Heard(
		bill.Event{Kind: bill.Accepting}, bill.Event{Kind: bill.Escrowed, Value: 1000},
		bill.Event{Kind: bill.Stacking, Value: 1000}, bill.Event{Kind: bill.Stacked, Value: 1000}, bill.Event{Kind: bill.Idling},
	)
}

func TestEventAckIsRepeated(t *testing.T) {
	w := newWire(t)
	w.ready(pollA)
	w.polls(pollA, "EF 03")
	w.Do(bill.Stack)
	w.turn(0, "18", "F0")
	w.turn(1, pollA, "F0 EE 03")
	w.Do(bill.Confirm)
	w.sends(0, "57")
	w.sends(0, "57") // unanswered: the same bit
	w.gets("F0")
	w.turn(1, pollA, "F0 EE 03") // it was not heard after all
	w.turn(0, "57", "F0")
	w.polls(pollA, "EB")
	w.polls(pollA, "")
	w.Kinds(bill.Escrowed, bill.Stacking, bill.Stacked, bill.Idling)
}

func TestNoteWithoutAck(t *testing.T) {
	w := newWire(t)
	w.ready(pollP)
	if w.d.Repeats() {
		t.Error("Repeats is true for a device without POLL WITH ACK")
	}
	w.polls(pollP, "EF 02")
	w.Do(bill.Stack)
	w.turn(0, "18", "F0")
	w.turn(1, pollP, "F0 CC")
	w.polls(pollP, "EE 02 EB")
	for range 5 {
		w.turn(1, pollP, "F0 EE 02 EB") // the device keeps its last reply
	}
	w.Do(bill.Confirm)
	w.turn(0, "0C", serial)
	w.turn(1, pollP, "F0")
	w.Kinds(bill.Escrowed, bill.Stacking, bill.Stacked, bill.Idling)
}
