package ssp

import (
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

func TestNeverCredited(t *testing.T) {
	t.Run("a credit from nowhere", func(t *testing.T) {
		w := newWire(t)
		w.ready(pollA)
		w.polls(pollA, "EE 03") // it is in the cassette: the journal says whose it is
		w.Heard(bill.Event{Kind: bill.Stacked, Value: 1000, Detail: "stacked without an order"})
		w.turn(1, pollA, "F0 EE 03")
		w.Do(bill.Confirm)
		w.turn(0, "57", "F0")
		w.polls(pollA, "")
		w.Kinds(bill.Idling)
	})
	t.Run("stacking that ends in nothing", func(t *testing.T) {
		w := newWire(t)
		w.ready(pollA)
		w.polls(pollA, "EF 03")
		w.Do(bill.Stack)
		w.turn(0, "18", "F0")
		w.turn(1, pollA, "F0 CC")
		for range 30 {
			w.polls(pollA, "")
		}
		if ev := w.Events[2]; ev.Kind != bill.Lost || ev.Value != 1000 {
			t.Errorf("event %v, want 10 yuan lost", ev)
		}
		w.Kinds(bill.Escrowed, bill.Stacking, bill.Lost, bill.Idling)
	})
	t.Run("stacking that nobody ordered ends in nothing", func(t *testing.T) {
		w := newWire(t)
		w.ready(pollA)
		w.polls(pollA, "CC")
		for range 30 {
			w.polls(pollA, "")
		}
		w.Heard(bill.Event{Kind: bill.Stacking}, bill.Event{Kind: bill.Lost, Detail: "note unaccounted for: stacking ended without a report"}, bill.Event{Kind: bill.Idling})
	})
	t.Run("a channel without a value", func(t *testing.T) {
		w := newWire(t)
		w.ready(pollA)
		w.polls(pollA, "EF 04") // euro
		w.turn(0, "08", "F0")
		w.polls(pollA, "EC")
		w.Kinds(bill.Rejected, bill.Returning, bill.Returned)
	})
	t.Run("bytes of other replies", func(t *testing.T) {
		w := newWire(t)
		w.ready(pollA)
		w.turn(0, "0C", "F0 EE 03 EB CC") // a serial number
		w.turn(1, "06 06", "F0")          // of another device: its table is asked for
		w.turn(0, "05", setup)
		w.Heard()
	})
	t.Run("nonsense", func(t *testing.T) {
		w := newWire(t)
		w.ready(pollA)
		w.turn(0, "0C", serial)
		w.sends(1, pollA)
		w.raw(billtest.Hex(t, "7F 80 03 F0 EE 03 00 00")) // CRC
		w.raw(encoded(billtest.Hex(t, "00 F0 EE 03")))    // the bit of another command
		w.raw(encoded(billtest.Hex(t, "81 F0 EE 03")))    // address
		w.gets("F0")
		w.raw(encoded(billtest.Hex(t, "80 F0 EE 03"))) // nobody asked
		w.Heard()
	})
	t.Run("a credit of an unknown channel", func(t *testing.T) {
		w := newWire(t)
		w.turn(1, "18", "F0 EE 04") // euro
		w.turn(1, "11", "F0")
		w.turn(0, "18", "F5")
		w.turn(1, "06 06", "F0")
		w.turn(0, "05", setup)
		w.Heard(bill.Event{Kind: bill.PoweredUpInStacker, Detail: "credit of an unknown channel"})
	})
}
