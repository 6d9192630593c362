package ssp

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
	bit byte // of the command last sent
	evs []bill.Event
}

func newWire(t *testing.T) *wire {
	return &wire{t: t, d: New(Config{}), now: time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)}
}

// next is the driver's next frame.
func (w *wire) next() []byte {
	w.t.Helper()
	for range 40 {
		if at := w.d.Wake(); at.After(w.now) {
			w.now = at
		}
		tx, evs := w.d.Advance(w.now, nil)
		w.evs = append(w.evs, evs...)
		if tx != nil {
			w.bit = tx[1] & SeqBit
			return tx
		}
	}
	w.t.Fatal("nothing sent")
	return nil
}

// sends checks the next command: its sequence bit and data.
func (w *wire) sends(bit byte, data string) {
	w.t.Helper()
	want := encoded(append([]byte{bit << 7}, unhex(w.t, data)...))
	if tx := w.next(); !bytes.Equal(tx, want) {
		w.t.Fatalf("sent % X, want % X; events %v", tx, want, w.evs)
	}
}

// gets answers it.
func (w *wire) gets(data string) {
	w.t.Helper()
	w.raw(encoded(append([]byte{w.bit}, unhex(w.t, data)...)))
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

func (w *wire) turn(bit byte, tx, rx string) { w.t.Helper(); w.sends(bit, tx); w.gets(rx) }

// polls answers the next poll with events; what must go between is answered too.
func (w *wire) polls(poll, events string) {
	w.t.Helper()
	if w.d.seq == 0 && !w.d.keeps() {
		w.turn(0, "0C", serial)
	}
	w.turn(1, poll, "F0"+events)
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

const (
	serial = "F0 00 1C 96 2C"
	setup  = "F0" + setupV6 // channels 1, 2, 3 = 1, 5, 10 yuan
	pollA  = "56"
	pollP  = "07"
)

// begins brings the driver past its first commands.
func (w *wire) begins() {
	w.t.Helper()
	w.turn(1, "18", "F5")
	w.turn(1, "11", "F0")
	w.turn(0, "18", "F5")
	w.turn(1, "06 06", "F0")
	w.turn(0, "05", setup)
}

// ready brings the driver to idling on a device with POLL WITH ACK, or without.
func (w *wire) ready(poll string) {
	w.t.Helper()
	w.begins()
	w.do(bill.Enable)
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
	w.heard(bill.Event{Kind: bill.Idling})
}
