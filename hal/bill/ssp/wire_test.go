package ssp

import (
	"bytes"
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

// wire plays the device, as a line sees it.
type wire struct {
	billtest.Wire
	d   *Driver
	bit byte // of the command last sent
}

func newWire(t *testing.T) *wire {
	d := New(Config{})
	return &wire{Wire: billtest.NewWire(t, d), d: d}
}

// next is the driver's next frame.
func (w *wire) next() []byte {
	w.TB.Helper()
	tx := w.Next()
	w.bit = tx[1] & SeqBit
	return tx
}

// sends checks the next command: its sequence bit and data.
func (w *wire) sends(bit byte, data string) {
	w.TB.Helper()
	want := encoded(append([]byte{bit << 7}, billtest.Hex(w.TB, data)...))
	if tx := w.next(); !bytes.Equal(tx, want) {
		w.TB.Fatalf("sent % X, want % X; events %v", tx, want, w.Events)
	}
}

// gets answers it.
func (w *wire) gets(data string) {
	w.TB.Helper()
	w.raw(encoded(append([]byte{w.bit}, billtest.Hex(w.TB, data)...)))
}

func (w *wire) raw(rx []byte) {
	w.TB.Helper()
	if tx := w.Answer(rx); tx != nil {
		w.TB.Fatalf("sent % X at once", tx)
	}
}

func (w *wire) turn(bit byte, tx, rx string) { w.TB.Helper(); w.sends(bit, tx); w.gets(rx) }

// polls answers the next poll with events; what must go between is answered too.
func (w *wire) polls(poll, events string) {
	w.TB.Helper()
	if w.d.seq == 0 && !w.d.keeps() {
		w.turn(0, "0C", serial)
	}
	w.turn(1, poll, "F0"+events)
}

const (
	serial = "F0 00 1C 96 2C"
	setup  = "F0" + setupV6 // channels 1, 2, 3 = 1, 5, 10 yuan
	pollA  = "56"
	pollP  = "07"
)

// begins brings the driver past its first commands.
func (w *wire) begins() {
	w.TB.Helper()
	w.turn(1, "18", "F5")
	w.turn(1, "11", "F0")
	w.turn(0, "18", "F5")
	w.turn(1, "06 06", "F0")
	w.turn(0, "05", setup)
}

// ready brings the driver to idling on a device with POLL WITH ACK, or without.
func (w *wire) ready(poll string) {
	w.TB.Helper()
	w.begins()
	w.Do(bill.Enable)
	if poll == pollP {
		w.turn(1, pollA, "F2")
		w.turn(0, "0C", serial)
		w.turn(1, pollA, "F2")
		w.turn(0, "0C", serial)
	}
	w.turn(1, poll, "F0 E8")
	w.turn(0, "02 07 00", "F0")
	w.turn(1, "0A", "F0")
	w.polls(poll, "")
	w.Heard(bill.Event{Kind: bill.Idling})
}
