package cctalk

import (
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

func TestNeverCredited(t *testing.T) {
	t.Run("a credit from nowhere", func(t *testing.T) {
		w := newWire(t, Config{})
		w.ready()
		w.buf = "01 0300 0000 0000 0000 0000"
		w.hears(bill.Event{Kind: bill.Stacked, Value: 10000, Detail: "stacked without an order"})
	})
	t.Run("a second credit of one note", func(t *testing.T) {
		w := newWire(t, Config{})
		w.ready()
		w.buf = "03 0200 0200 0201 0000 0000"
		w.kinds(bill.Stacking, bill.Stacked)
		w.run(time.Minute)
		w.Do(bill.Confirm)
		w.hears(bill.Event{Kind: bill.Stacked, Value: 2000, Detail: "stacked without an order"})
		w.Do(bill.Confirm)
		w.kinds(bill.Idling)
	})
	t.Run("a credit read once", func(t *testing.T) {
		w := newWire(t, Config{})
		w.ready()
		w.buf = inEscrow2
		w.kinds(bill.Accepting, bill.Escrowed)
		w.Do(bill.Stack)
		w.sends("9A 01")
		w.buf = stacked2
		for range 100 {
			if w.step(); w.d.again {
				break
			}
		}
		w.buf = inEscrow2 // the next reading is another
		w.run(time.Second)
		w.kinds(bill.Stacking)
	})
	t.Run("a credit after a gap", func(t *testing.T) {
		w := newWire(t, Config{})
		w.ready()
		w.buf = inEscrow2
		w.kinds(bill.Accepting, bill.Escrowed)
		w.Do(bill.Stack)
		w.sends("9A 01")
		w.buf = "07 0200 0201 0002 0002 0002"
		w.hears(
			bill.Event{Kind: bill.Stacking, Value: 2000}, bill.Event{Kind: bill.Failed, Detail: "events of the device were lost"},
			bill.Event{Kind: bill.Lost, Value: 2000, Detail: "note unaccounted for: stacking ended without a report"},
		)
		w.kinds(bill.Idling)
	})
	t.Run("stacking that ends in nothing", func(t *testing.T) {
		w := newWire(t, Config{})
		w.ready()
		w.buf = inEscrow2
		w.kinds(bill.Accepting, bill.Escrowed)
		w.Do(bill.Stack)
		w.sends("9A 01")
		w.says["9A FF"] = "00 FE"
		start := w.Now
		w.hears(bill.Event{Kind: bill.Stacking, Value: 2000}, bill.Event{Kind: bill.Lost, Value: 2000, Detail: "note unaccounted for: stacking ended without a report"})
		if took := w.Now.Sub(start); took < stackMax || took > stackMax+time.Second {
			t.Errorf("given up after %v, want %v", took, stackMax)
		}
		w.kinds(bill.Idling)
	})
	t.Run("a restart while stacking", func(t *testing.T) {
		w := newWire(t, Config{})
		w.ready()
		w.buf = inEscrow2
		w.kinds(bill.Accepting, bill.Escrowed)
		w.Do(bill.Stack)
		w.sends("9A 01")
		w.says["9A FF"] = "00 FE"
		w.buf, w.mask, w.open = "00 0000 0000 0000 0000 0000", [2]byte{}, 0
		w.hears(
			bill.Event{Kind: bill.Stacking, Value: 2000}, bill.Event{Kind: bill.Starting},
			bill.Event{Kind: bill.Lost, Value: 2000, Detail: "note unaccounted for: stacking ended without a report"}, bill.Event{Kind: bill.PoweredUp}, bill.Event{Kind: bill.Idling},
		)
	})
	t.Run("stacked by itself at power-up, and never ordered", func(t *testing.T) {
		w := newWire(t, Config{})
		w.ready()
		w.buf = inEscrow2
		w.kinds(bill.Accepting, bill.Escrowed)
		w.buf, w.mask, w.open = "01 0015 0000 0000 0000 0000", [2]byte{}, 0
		w.hears(bill.Event{Kind: bill.Starting}, bill.Event{Kind: bill.PoweredUpInStacker, Detail: "stacked without an order"})
	})
	t.Run("a type without a value", func(t *testing.T) {
		w := newWire(t, Config{})
		w.ready()
		w.buf = "01 0401 0000 0000 0000 0000" // euro
		w.kinds(bill.Accepting, bill.Rejected)
		w.sends("9A 00")
		w.buf = "02 0001 0401 0000 0000 0000"
		w.kinds(bill.Returning, bill.Returned)
	})
	t.Run("nonsense", func(t *testing.T) {
		w := newWire(t, Config{Checksum: Sum})
		w.ready()
		for _, rx := range [][]byte{
			encoded(1, 41, 0, billtest.Hex(t, stacked2), false),                           // of another device
			encoded(40, 1, 0, billtest.Hex(t, stacked2), false),                           // to another
			encoded(1, 40, 9, billtest.Hex(t, stacked2), false),                           // no header of a reply
			encoded(1, 40, 0, append(billtest.Hex(t, stacked2), 0), false),                // too long
			encoded(1, 40, 0, billtest.Hex(t, stacked2)[:10], false),                      // too short
			append(encoded(1, 40, 0, billtest.Hex(t, stacked2), false)[:15], 0),           // wrong sum
			append(encoded(40, 1, 159, nil, false), encoded(1, 40, 5, nil, false)[:4]...), // an echo and half a NAK
		} {
			for w.d.sent != CmdEvents {
				w.Now = w.d.Wake()
				w.d.Advance(w.Now, nil)
			}
			_, evs := w.d.Advance(w.Now.Add(time.Millisecond), rx)
			if w.d.sent != CmdEvents || w.d.again || len(evs) != 0 {
				t.Errorf("% X was taken; %v", rx, evs)
			}
		}
	})
}
