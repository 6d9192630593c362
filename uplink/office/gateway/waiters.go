package gateway

import (
	"slices"
	"sync"
)

// Bounds of requests that wait.
const (
	maxWaiters        = 4096
	maxWaitersOfKiosk = 8
)

// waiters are the requests that wait for news of a serial. The zero value is ready; it
// is safe for concurrent use.
type waiters[T any] struct {
	mu      sync.Mutex
	waiting map[string][]chan T // by serial
	of      map[string]int      // how many, by kiosk
	all     int
}

// add registers a request for news of a serial. What it returns ends that, and is
// to be called in any case. The channel is nil if the table, or the kiosk's share of it,
// is full: the kiosk is then answered as things stand, and asks again.
func (w *waiters[T]) add(kiosk, serial string) (news <-chan T, end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all >= maxWaiters || w.of[kiosk] >= maxWaitersOfKiosk {
		return nil, func() {}
	}

	if w.waiting == nil {
		w.waiting, w.of = map[string][]chan T{}, map[string]int{}
	}
	c := make(chan T, 1)
	w.waiting[serial] = append(w.waiting[serial], c)
	w.of[kiosk]++
	w.all++
	return c, func() { w.remove(kiosk, serial, c) }
}

func (w *waiters[T]) remove(kiosk, serial string, c chan T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	left := slices.DeleteFunc(w.waiting[serial], func(o chan T) bool { return o == c })
	if w.waiting[serial] = left; len(left) == 0 {
		delete(w.waiting, serial)
	}
	if w.of[kiosk]--; w.of[kiosk] == 0 {
		delete(w.of, kiosk)
	}
	w.all--
}

// wake hands those who wait for a serial its news.
func (w *waiters[T]) wake(serial string, news T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.waiting[serial] {
		select {
		case c <- news:
		default:
		}
	}
}
