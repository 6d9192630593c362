package billtest

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

const (
	answerTime = 5 * time.Millisecond // from a frame to its reply
	maxIdle    = 60                   // times a driver may wake before it sends
)

// Hex is the bytes of a literal such as "FC 05 11 27 56".
func Hex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatalf("bad literal %q: %v", s, err)
	}
	return b
}

// Wire plays the device to one driver by hand: the test says what the driver hears.
type Wire struct {
	TB     testing.TB
	Engine bill.Engine
	Now    time.Time
	Events []bill.Event // since Heard or Kinds last looked
}

// NewWire joins a driver to nothing.
func NewWire(tb testing.TB, e bill.Engine) Wire { return Wire{TB: tb, Engine: e, Now: epoch} }

// Do gives the driver a command, and fails the test if it refuses.
func (w *Wire) Do(op bill.Op, values ...int64) {
	w.TB.Helper()
	if err := w.Engine.Do(w.Now, bill.Command{Op: op, Values: values}); err != nil {
		w.TB.Fatalf("Do(%v): %v", op, err)
	}
}

// Advance gives the driver bytes now, and returns what it sends.
func (w *Wire) Advance(rx []byte) (tx []byte) {
	tx, events := w.Engine.Advance(w.Now, rx)
	w.Events = append(w.Events, events...)
	return tx
}

// Next is the driver's next frame.
func (w *Wire) Next() []byte {
	w.TB.Helper()
	for range maxIdle {
		if at := w.Engine.Wake(); at.After(w.Now) {
			w.Now = at
		}
		if tx := w.Advance(nil); tx != nil {
			return tx
		}
	}
	w.TB.Fatal("nothing sent")
	return nil
}

// Answer gives the driver a reply to its last frame, and returns what it sends at once.
func (w *Wire) Answer(rx []byte) (tx []byte) {
	w.Now = w.Now.Add(answerTime)
	return w.Advance(rx)
}

// Heard checks the events, whole.
func (w *Wire) Heard(want ...bill.Event) {
	w.TB.Helper()
	if !slices.Equal(w.Events, want) {
		w.TB.Fatalf("events %v, want %v", w.Events, want)
	}
	w.Events = nil
}

// Kinds checks the kinds of the events.
func (w *Wire) Kinds(want ...bill.Kind) {
	w.TB.Helper()
	var got []bill.Kind
	for _, ev := range w.Events {
		got = append(got, ev.Kind)
	}
	if !slices.Equal(got, want) {
		w.TB.Fatalf("events %v, want kinds %v", w.Events, want)
	}
	w.Events = nil
}
