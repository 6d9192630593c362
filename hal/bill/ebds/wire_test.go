package ebds

import (
	"bytes"
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

// wire plays the device, as a line sees it.
type wire struct {
	billtest.Wire
	d *Driver
}

func newWire(t *testing.T, cfg Config) *wire {
	d := New(cfg)
	return &wire{Wire: billtest.NewWire(t, d), d: d}
}

// sends checks the next message: its control byte and data.
func (w *wire) sends(p string) {
	w.TB.Helper()
	if tx, want := w.Next(), encoded(billtest.Hex(w.TB, p)); !bytes.Equal(tx, want) {
		w.TB.Fatalf("sent % X, want % X; events %v", tx, want, w.Events)
	}
}

// gets answers it with a control byte and data.
func (w *wire) gets(p string) {
	w.TB.Helper()
	w.raw(encoded(billtest.Hex(w.TB, p)))
}

func (w *wire) raw(rx []byte) {
	w.TB.Helper()
	if tx := w.Answer(rx); tx != nil {
		w.TB.Fatalf("sent % X at once", tx)
	}
}

func (w *wire) fills() { w.TB.Helper(); w.sends("60 00 00 00"); w.gets("60 01 0C 03 0F 00 00") }

// turn is one message and its reply, twice where the driver wants to be sure. The
// filler that must go before is answered too.
func (w *wire) turn(tx, rx string) {
	w.TB.Helper()
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

// Messages and replies of a device in extended mode, with CNY 1, 10, 100 and EUR 5 in
// its table.
const (
	closedX = "11 00 1C 10"
	openX   = "11 7F 1C 10"
	stackX  = "11 00 3C 10" // and shuts the slot
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
	w.TB.Helper()
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
	w.TB.Helper()
	w.turn(closedX, idle)
	w.turn(closedX, idle)
	w.Heard(bill.Event{Kind: bill.Disabled})
	w.reads()
	w.Do(bill.Enable)
	w.turn(maskX, idle)
	w.turn(openX, idle)
	w.Heard(bill.Event{Kind: bill.Idling})
}

// escrows brings a note of 100 yuan into escrow.
func (w *wire) escrows() {
	w.TB.Helper()
	w.turn(openX, accepting)
	w.turn(openX, escrow100)
	w.Heard(bill.Event{Kind: bill.Accepting}, bill.Event{Kind: bill.Escrowed, Value: 10000})
}
