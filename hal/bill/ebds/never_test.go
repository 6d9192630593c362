package ebds

import (
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

func TestNeverCredited(t *testing.T) {
	ordered := func(t *testing.T) *wire {
		w := newWire(t, Config{})
		w.ready()
		w.escrows()
		w.Do(bill.Stack)
		w.turn(stackX, stackingS)
		w.Heard(bill.Event{Kind: bill.Stacking, Value: 10000})
		return w
	}
	t.Run("stacked from nowhere", func(t *testing.T) {
		w := newWire(t, Config{})
		w.ready()
		w.turn(openX, stack100)
		w.turn(openX, idle)
		w.Heard(bill.Event{Kind: bill.Stacked, Value: 10000, Detail: "stacked without an order"})
	})
	t.Run("stacked, another value", func(t *testing.T) {
		w := ordered(t)
		w.turn(closedX, stack10)
		w.turn(openX, idle)
		w.Heard(bill.Event{Kind: bill.Lost, Value: 10000, Detail: "stacked value is not that of the note in escrow"}, bill.Event{Kind: bill.Idling})
	})
	t.Run("stacked without credit", func(t *testing.T) {
		w := ordered(t)
		w.turn(closedX, stackNone)
		w.turn(openX, idle)
		w.Heard(bill.Event{Kind: bill.Lost, Value: 10000, Detail: "stacked without credit"}, bill.Event{Kind: bill.Idling})
	})
	t.Run("stacking that ends in nothing", func(t *testing.T) {
		w := ordered(t)
		for range 30 {
			if len(w.Events) > 0 {
				break
			}
			w.turn(closedX, idle)
		}
		w.turn(openX, idle)
		w.Heard(bill.Event{Kind: bill.Lost, Value: 10000, Detail: "note unaccounted for: stacking ended without a report"}, bill.Event{Kind: bill.Idling})
	})
	t.Run("stacking that nobody ordered ends in nothing", func(t *testing.T) {
		w := newWire(t, Config{})
		w.ready()
		w.turn(openX, stackingS)
		w.Heard(bill.Event{Kind: bill.Stacking})
		for range 30 {
			if len(w.Events) > 0 {
				break
			}
			w.turn(closedX, idle)
		}
		w.turn(openX, idle)
		w.Heard(bill.Event{Kind: bill.Lost, Detail: "note unaccounted for: stacking ended without a report"}, bill.Event{Kind: bill.Idling})
	})
	t.Run("told once, and not twice", func(t *testing.T) {
		w := newWire(t, Config{})
		w.ready()
		w.escrows()
		w.fills()
		w.sends(openX)
		w.gets(stack100) // the note was not ordered: two flipped bits
		w.sends(openX)
		w.gets(escrow100)
		w.Heard()
	})
	t.Run("a note of another currency, or in doubt", func(t *testing.T) {
		for _, note := range []string{
			"00 45 55 52 30 30 35 2B 30 30 00 41 41 41 41 00 00 00", "00 43 4E 59 30 30 31 2B 30 32 00 41 41 41 41 02 00 00",
		} {
			w := newWire(t, Config{})
			w.ready()
			w.turn(openX, "71 02 04 10 00 00 54 10"+note)
			w.turn(returnX, goingBack)
			w.Kinds(bill.Rejected, bill.Returning)
		}
	})
	t.Run("a note whose value is not told", func(t *testing.T) {
		w := newWire(t, Config{})
		w.turn(closedX, idle)
		w.turn(closedX, escrowedS)
		w.turn("11 00 5C 10", goingBack)
		w.Kinds(bill.Rejected, bill.Returning)
	})
	t.Run("stacked before a restart of the host, without its value", func(t *testing.T) {
		w := newWire(t, Config{})
		w.turn(closedX, stackedS)
		w.Heard(bill.Event{Kind: bill.PoweredUpInStacker})
	})
	t.Run("nonsense", func(t *testing.T) {
		w := newWire(t, Config{})
		w.ready()
		w.fills()
		w.sends(openX)
		w.raw(billtest.Hex(t, "02 0B 21 10 10 00 00 54 10 03 00")) // checksum
		w.raw(encoded(billtest.Hex(t, openX)))                     // an echo
		w.raw(encoded(billtest.Hex(t, "60 10 10 00 00 54 10")))    // auxiliary
		w.gets(idle)
		w.raw(encoded(billtest.Hex(t, stack100))) // nobody asked
		w.Heard()
	})
}

// TestToldOnce: a device that does not repeat its replies says of the ordered note
// once that it is stacked, and then rests.
func TestToldOnce(t *testing.T) {
	for _, once := range []string{stack100, "70 02 10 10 00 00 54 10" + note100} { // also with the other toggle
		w := newWire(t, Config{})
		w.ready()
		w.escrows()
		w.Do(bill.Stack)
		w.turn(stackX, stackingS)
		w.fills()
		w.sends(closedX)
		w.gets(once)
		for range 20 {
			if w.d.asking {
				w.sends(closedX)
				w.gets(idle)
				continue
			}
			if w.d.owner.Reports() > 0 {
				break
			}
			w.turn(closedX, idle)
		}
		w.sends(closedX) // not before Confirm
		w.gets(idle)
		w.Do(bill.Confirm)
		w.turn(openX, idle)
		w.Heard(bill.Event{Kind: bill.Stacking, Value: 10000}, bill.Event{Kind: bill.Stacked, Value: 10000}, bill.Event{Kind: bill.Idling})
	}
}

// TestNextNoteWaits: a note whose end was missed is reported when the next one shows,
// which is not shown itself before Confirm.
func TestNextNoteWaits(t *testing.T) {
	const escrow10 = "71 02 04 10 00 00 54 10 00 43 4E 59 30 30 31 2B 30 31 00 41 41 41 41 00 00 00"
	for next, want := range map[string]bill.Event{
		accepting: {Kind: bill.Accepting}, escrow10: {Kind: bill.Escrowed, Value: 1000},
	} {
		w := newWire(t, Config{})
		w.ready()
		w.escrows()
		w.Do(bill.Stack)
		w.turn(stackX, stackingS)
		w.fills()
		w.sends(closedX)
		w.gets(stack100) // not a second time
		for range 4 {
			w.sends(closedX)
			w.gets(next)
		}
		w.Heard(bill.Event{Kind: bill.Stacking, Value: 10000}, bill.Event{Kind: bill.Stacked, Value: 10000})
		w.Do(bill.Confirm)
		w.turn(openX, next)
		w.Heard(want)
	}
}
