package ebds

import (
	"bytes"
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

// TestSessionBytes is a start and a note's whole way on a device in plain mode, by
// literal frames.
func TestSessionBytes(t *testing.T) {
	w := newWire(t, Config{Plain: true, Values: [7]int64{100, 500, 1000, 2000, 5000, 10000}})
	talk := func(frames ...string) {
		t.Helper()
		for i := 0; i < len(frames); i += 2 {
			if tx := w.Next(); !bytes.Equal(tx, billtest.Hex(t, frames[i])) {
				t.Fatalf("sent % X, want %s", tx, frames[i])
			}
			w.raw(billtest.Hex(t, frames[i+1]))
		}
	}
	const fill, filled = "02 08 60 00 00 00 03 68", "02 0B 60 01 0C 03 0F 00 00 03 6A"
	talk(
		"02 08 11 00 1C 00 03 05", "02 0B 21 01 10 00 00 54 10 03 7F", // to recall: it may be of before
		"02 08 11 00 1C 00 03 05", "02 0B 21 01 10 00 00 54 10 03 7F", // the same, to be sure
		fill, filled,
		"02 08 11 00 1C 00 03 05", "02 0B 21 01 10 00 00 54 10 03 7F",
	)
	w.Kinds(bill.Disabled)
	w.Do(bill.Enable, 1000, 10000)
	talk(
		fill, filled,
		"02 08 11 24 1C 00 03 21", "02 0B 21 01 10 00 00 54 10 03 7F",
	)
	w.Kinds(bill.Idling)
	talk(
		fill, filled,
		"02 08 11 24 1C 00 03 21", "02 0B 21 04 10 30 00 54 10 03 4A", // denomination 6 in escrow
		"02 08 11 24 1C 00 03 21", "02 0B 21 04 10 30 00 54 10 03 4A",
	)
	w.Heard(bill.Event{Kind: bill.Escrowed, Value: 10000})
	w.Do(bill.Stack)
	talk(
		fill, filled,
		"02 08 11 00 3C 00 03 25", "02 0B 21 08 10 00 00 54 10 03 76",
		"02 08 11 00 3C 00 03 25", "02 0B 21 08 10 00 00 54 10 03 76",
		fill, filled,
		"02 08 11 00 1C 00 03 05", "02 0B 21 10 10 30 00 54 10 03 5E",
		"02 08 11 00 1C 00 03 05", "02 0B 21 10 10 30 00 54 10 03 5E",
		"02 08 11 00 1C 00 03 05", "02 0B 21 10 10 30 00 54 10 03 5E", // not confirmed
	)
	w.Heard(bill.Event{Kind: bill.Stacking, Value: 10000}, bill.Event{Kind: bill.Stacked, Value: 10000})
	w.Do(bill.Confirm)
	talk(
		fill, filled, // the acknowledgement
		"02 08 11 24 1C 00 03 21", "02 0B 21 01 10 00 00 54 10 03 7F",
		"02 08 11 24 1C 00 03 21", "02 0B 21 01 10 00 00 54 10 03 7F",
	)
	w.Kinds(bill.Idling)
	if crc, ok := w.d.Software(); !ok || crc != 0x1C3F {
		t.Errorf("software %04X, %v; want 1C3F", crc, ok)
	}
}

func TestExtendedNote(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.escrows()
	w.Do(bill.Stack)
	w.turn(stackX, stackingS)
	w.turn(closedX, stack100)
	for range 3 {
		w.sends(closedX) // not before Confirm, and with the same toggle
		w.gets(stack100)
	}
	w.Do(bill.Confirm)
	w.fills()
	w.turn(openX, idle)
	w.Heard(bill.Event{Kind: bill.Stacking, Value: 10000}, bill.Event{Kind: bill.Stacked, Value: 10000}, bill.Event{Kind: bill.Idling})

	w.escrows()
	w.Do(bill.Return)
	w.turn(returnX, goingBack)
	w.turn(openX, backS)
	w.sends(openX)
	w.gets(backS)
	w.Do(bill.Confirm)
	w.turn(openX, idle)
	w.Heard(bill.Event{Kind: bill.Returning, Value: 10000}, bill.Event{Kind: bill.Returned, Value: 10000}, bill.Event{Kind: bill.Idling})

	w.turn(openX, accepting)
	w.turn(openX, goingBack)
	w.turn(openX, rejectedS)
	w.turn(openX, idle)
	w.Kinds(bill.Accepting, bill.Rejected, bill.Idling)
}

// TestRecall: a driver that starts hears what the device last told, and nothing goes
// on before Confirm.
func TestRecall(t *testing.T) {
	w := newWire(t, Config{})
	w.turn(closedX, stack100)
	w.Heard(bill.Event{Kind: bill.Stacked, Value: 10000})
	for range 3 {
		w.sends(closedX)
		w.gets(stack100)
	}
	w.Heard()
	w.Do(bill.Confirm)
	w.fills()
	w.turn(closedX, idle)
	w.Heard(bill.Event{Kind: bill.Disabled})

	w = newWire(t, Config{})
	w.turn(closedX, escrow100) // out of date, for all that is known
	w.Heard()
	w.turn(closedX, idle)
	w.Heard(bill.Event{Kind: bill.Disabled})
}

// TestPowerUps: what a device tells when its power comes back.
func TestPowerUps(t *testing.T) {
	start := func(t *testing.T) *wire {
		w := newWire(t, Config{})
		w.ready()
		w.escrows()
		return w
	}
	t.Run("in the path", func(t *testing.T) {
		w := start(t)
		w.turn(openX, "21 02 10 01 00 54 10")
		w.Heard(bill.Event{Kind: bill.Starting}, bill.Event{Kind: bill.PoweredUpInValidator, Value: 10000})
		w.Do(bill.Confirm)
		w.turn(closedX, "21 40 10 01 00 54 10")
		w.Heard(bill.Event{Kind: bill.Returned, Value: 10000})
		w.Do(bill.Confirm)
		w.turn(closedX, idle)
		w.Heard()
		w.reads()
		w.turn(maskX, idle)
		w.turn(openX, idle)
		w.Heard(bill.Event{Kind: bill.Idling})
	})
	t.Run("in the cassette", func(t *testing.T) {
		w := start(t)
		w.Do(bill.Stack)
		w.turn(stackX, stackingS)
		w.turn(closedX, stackUp)
		w.Heard(bill.Event{Kind: bill.Stacking, Value: 10000}, bill.Event{Kind: bill.Starting}, bill.Event{Kind: bill.PoweredUpInStacker})
		w.sends(closedX)
		w.gets(stackUp)
		w.Do(bill.Confirm)
		w.turn(closedX, powerUp)
		w.turn(closedX, idle)
		w.Heard()
	})
	t.Run("on its way into the cassette", func(t *testing.T) {
		w := start(t)
		w.Do(bill.Stack)
		w.turn(stackX, powerUp)
		w.turn(closedX, "21 08 10 01 00 54 10")
		w.turn(closedX, stackUp)
		w.Kinds(bill.Starting, bill.Stacking, bill.PoweredUpInStacker)
	})
	t.Run("reported already", func(t *testing.T) {
		w := start(t)
		w.Do(bill.Stack)
		w.turn(stackX, stack100)
		w.sends(stackX)
		w.gets(stackUp)
		w.sends(stackX)
		w.gets(stackUp)
		w.Do(bill.Confirm)
		w.turn(closedX, powerUp)
		w.Kinds(bill.Stacking, bill.Stacked, bill.Starting)
	})
	t.Run("nothing said of an ordered note", func(t *testing.T) {
		w := start(t)
		w.Do(bill.Stack)
		w.turn(stackX, stackingS)
		w.turn(closedX, powerUp)
		for range 40 {
			w.turn(closedX, idle)
			if len(w.Events) > 2 {
				break
			}
		}
		w.Heard(bill.Event{Kind: bill.Stacking, Value: 10000}, bill.Event{Kind: bill.Starting},
			bill.Event{Kind: bill.Lost, Value: 10000, Detail: "note unaccounted for: stacking ended without a report"},
			bill.Event{Kind: bill.PoweredUp})
	})
}

// TestStackedWithoutNote: firmware that tells the value in escrow only. After a
// restart of the device the value is not its own.
func TestStackedWithoutNote(t *testing.T) {
	for told, want := range map[string][]bill.Event{
		stackedS: {{Kind: bill.Stacking, Value: 10000}, {Kind: bill.Stacked, Value: 10000}},
		"21 10 10 01 00 54 10": {
			{Kind: bill.Starting}, {Kind: bill.PoweredUpInStacker},
		},
	} {
		w := newWire(t, Config{})
		w.ready()
		w.escrows()
		w.Do(bill.Stack)
		w.turn(stackX, told)
		w.Heard(want...)
	}
}
