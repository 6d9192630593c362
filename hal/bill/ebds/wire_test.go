package ebds

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

// wire plays the device, as a line sees it.
type wire struct {
	t   *testing.T
	d   *Driver
	now time.Time
	evs []bill.Event
}

func newWire(t *testing.T, cfg Config) *wire {
	return &wire{t: t, d: New(cfg), now: time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)}
}

// next is the driver's next frame.
func (w *wire) next() []byte {
	w.t.Helper()
	for range 60 {
		if at := w.d.Wake(); at.After(w.now) {
			w.now = at
		}
		tx, evs := w.d.Advance(w.now, nil)
		w.evs = append(w.evs, evs...)
		if tx != nil {
			return tx
		}
	}
	w.t.Fatal("nothing sent")
	return nil
}

// sends checks the next message: its control byte and data.
func (w *wire) sends(p string) {
	w.t.Helper()
	if tx, want := w.next(), encoded(unhex(w.t, p)); !bytes.Equal(tx, want) {
		w.t.Fatalf("sent % X, want % X; events %v", tx, want, w.evs)
	}
}

// gets answers it with a control byte and data.
func (w *wire) gets(p string) {
	w.t.Helper()
	w.raw(encoded(unhex(w.t, p)))
}

func (w *wire) raw(rx []byte) {
	w.t.Helper()
	w.now = w.now.Add(5 * time.Millisecond)
	tx, evs := w.d.Advance(w.now, rx)
	w.evs = append(w.evs, evs...)
	if tx != nil {
		w.t.Fatalf("sent % X at once", tx)
	}
}

func (w *wire) fills() { w.t.Helper(); w.sends("60 00 00 00"); w.gets("60 01 0C 03 0F 00 00") }

// turn is one message and its reply, twice where the driver wants to be sure. The
// filler that must go before is answered too.
func (w *wire) turn(tx, rx string) {
	w.t.Helper()
	if w.d.next == 0 && !w.d.keeps() && !w.d.asking {
		w.fills()
	}
	w.sends(tx)
	w.gets(rx)
	if w.d.asking {
		w.sends(tx)
		w.gets(rx)
	}
}

func (w *wire) do(op bill.Op, values ...int64) {
	w.t.Helper()
	if err := w.d.Do(w.now, bill.Command{Op: op, Values: values}); err != nil {
		w.t.Fatalf("Do(%v): %v", op, err)
	}
}

func (w *wire) heard(want ...bill.Event) {
	w.t.Helper()
	if !slices.Equal(w.evs, want) {
		w.t.Fatalf("events %v, want %v", w.evs, want)
	}
	w.evs = nil
}

func (w *wire) kinds(want ...bill.Kind) {
	w.t.Helper()
	var got []bill.Kind
	for _, ev := range w.evs {
		got = append(got, ev.Kind)
	}
	w.evs = nil
	if !slices.Equal(got, want) {
		w.t.Fatalf("events %v, want %v", got, want)
	}
}

// Messages and replies of a device in extended mode, with CNY 1, 10, 100 and EUR 5 in
// its table.
const (
	closedX = "11 00 1C 10"
	openX   = "11 7F 1C 10"
	stackX  = "11 7F 3C 10"
	returnX = "11 7F 5C 10"
	maskX   = "71 03 00 1C 10 07 00 00 00 00 00 00 00"
	timeX   = "71 04 00 1C 10 7F 7F"

	idle      = "21 01 10 00 00 54 10"
	accepting = "21 02 10 00 00 54 10"
	escrowedS = "21 04 10 00 00 54 10" // without its value
	stackingS = "21 08 10 00 00 54 10"
	stackedS  = "21 10 10 00 00 54 10"
	goingBack = "21 20 10 00 00 54 10"
	backS     = "21 40 10 00 00 54 10"
	rejectedS = "21 01 12 00 00 54 10"
	powerUp   = "21 00 10 01 00 54 10"
	escrow100 = "71 02 04 10 00 00 54 10" + note100
	stack100  = "71 02 10 10 00 00 54 10" + note100
	stackNone = "71 02 10 10 00 00 54 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
	stackUp   = "71 02 10 10 01 00 54 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
	stack10   = "71 02 10 10 00 00 54 10 00 43 4E 59 30 30 31 2B 30 31 00 41 41 41 41 00 00 00"
)

// reads answers the set-up of a device in extended mode.
func (w *wire) reads() {
	w.t.Helper()
	w.turn(timeX, "71 04 01 10 00 00 54 10")
	for _, e := range []string{
		"01 43 4E 59 30 30 31 2B 30 30", "02 43 4E 59 30 31 30 2B 30 30", "03 43 4E 59 31 30 30 2B 30 30", "04 45 55 52 30 30 35 2B 30 30",
	} {
		w.turn("71 02 00 1C 10"+e[:2], "71 02 01 10 00 00 54 10"+e+"00 41 41 41 41 00 00 00")
	}
	w.turn("71 02 00 1C 10 05", "71 02 01 10 00 00 54 10 05 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")
}

// ready brings the driver to idling.
func (w *wire) ready() {
	w.t.Helper()
	w.turn(closedX, idle)
	w.turn(closedX, idle)
	w.heard(bill.Event{Kind: bill.Disabled})
	w.reads()
	w.do(bill.Enable)
	w.turn(maskX, idle)
	w.turn(openX, idle)
	w.heard(bill.Event{Kind: bill.Idling})
}

// escrows brings a note of 100 yuan into escrow.
func (w *wire) escrows() {
	w.t.Helper()
	w.turn(openX, accepting)
	w.turn(openX, escrow100)
	w.heard(bill.Event{Kind: bill.Accepting}, bill.Event{Kind: bill.Escrowed, Value: 10000})
}
