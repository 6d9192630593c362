package gateway

import (
	"fmt"
	"testing"

	"wattkiosk/uplink/office/books"
)

// TestWaiters: one kiosk fills its own share only, and whoever has left holds no place.
func TestWaiters(t *testing.T) {
	var w waiters[books.Posting]
	var ends []func()
	for n := range 9 {
		done, end := w.add("10000001", fmt.Sprint(n))
		ends = append(ends, end)
		if (done != nil) != (n < 8) {
			t.Errorf("place %d of one kiosk: given %v", n, done != nil)
		}
	}
	other, end := w.add("10000002", "3") // waits for the same posting
	ends = append(ends, end)
	if other == nil {
		t.Fatal("another kiosk has no place")
	}

	p := books.Posting{Version: 7}
	p.Serial = "3"
	w.wake(p.Serial, p)
	w.wake(p.Serial, p) // nobody has to read it
	if got := <-other; got.Version != 7 {
		t.Errorf("%+v", got)
	}

	for _, end := range ends {
		end()
	}
	if len(w.waiting) != 0 || len(w.of) != 0 || w.all != 0 {
		t.Errorf("left: %+v, %+v, %d", w.waiting, w.of, w.all)
	}
	for n := range 4100 {
		if done, _ := w.add(fmt.Sprint(n), "1"); (done != nil) != (n < 4096) {
			t.Fatalf("place %d of all: given %v", n, done != nil)
		}
	}
}
