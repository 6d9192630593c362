package gateway

import (
	"slices"
	"sync"

	"wattkiosk/uplink/office/books"
)

// Bounds of requests that wait for a posting.
const (
	maxWaiters        = 4096
	maxWaitersOfKiosk = 8
)

// waiters are the requests that wait for the end of a posting. The zero value is ready;
// it is safe for concurrent use.
type waiters struct {
	mu      sync.Mutex
	waiting map[string][]chan books.Posting // by serial
	of      map[string]int                  // how many, by kiosk
	all     int
}

// add registers a request for the end of a posting. What it returns ends that, and is
// to be called in any case. The channel is nil if the table, or the kiosk's share of it,
// is full: the kiosk is then answered as the posting stands, and asks again.
func (w *waiters) add(kiosk, serial string) (done <-chan books.Posting, end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all >= maxWaiters || w.of[kiosk] >= maxWaitersOfKiosk {
		return nil, func() {}
	}

	if w.waiting == nil {
		w.waiting, w.of = map[string][]chan books.Posting{}, map[string]int{}
	}
	c := make(chan books.Posting, 1)
	w.waiting[serial] = append(w.waiting[serial], c)
	w.of[kiosk]++
	w.all++
	return c, func() { w.remove(kiosk, serial, c) }
}

func (w *waiters) remove(kiosk, serial string, c chan books.Posting) {
	w.mu.Lock()
	defer w.mu.Unlock()
	left := slices.DeleteFunc(w.waiting[serial], func(o chan books.Posting) bool { return o == c })
	if w.waiting[serial] = left; len(left) == 0 {
		delete(w.waiting, serial)
	}
	if w.of[kiosk]--; w.of[kiosk] == 0 {
		delete(w.of, kiosk)
	}
	w.all--
}

// wake hands those who wait for a posting its end.
func (w *waiters) wake(p books.Posting) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.waiting[p.Serial] {
		select {
		case c <- p:
		default:
		}
	}
}
