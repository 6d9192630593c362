package line

import (
	"slices"
	"sync"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/uplink/wire"
)

// Bounds of requests.
const (
	askQueue  = 256 // that wait their turn
	askAtOnce = 6   // that head office is asked at the same time
)

// asks are the requests that wait to be published: while the line is down, and while
// head office is answering others. Those of a customer at the screen go first, the
// others in order. It is safe for concurrent use.
type asks struct {
	came chan struct{} // holds one when there is something to do

	mu      sync.Mutex
	waiting []waitingAsk
	refused []string // ids for which there was no room
}

type waitingAsk struct {
	kiosk.Ask
	until time.Time
}

func newAsks() *asks { return &asks{came: make(chan struct{}, 1)} }

// put queues a request. It never blocks; one for which there is no room expires.
func (q *asks) put(now time.Time, a kiosk.Ask) {
	q.mu.Lock()
	defer q.mu.Unlock()

	if len(q.waiting) < askQueue {
		q.waiting = append(q.waiting, waitingAsk{a, now.Add(a.TTL)})
	} else {
		q.refused = append(q.refused, a.ID)
		a.Wipe()
	}
	select {
	case q.came <- struct{}{}:
	default:
	}
}

// expired takes out the ids of requests whose time is up, or for which there was no
// room.
func (q *asks) expired(now time.Time) []string {
	q.mu.Lock()
	defer q.mu.Unlock()

	ids := q.refused
	q.refused = nil
	q.waiting = slices.DeleteFunc(q.waiting, func(w waitingAsk) bool {
		late := !now.Before(w.until)
		if late {
			ids = append(ids, w.ID)
			w.Wipe()
		}
		return late
	})
	return ids
}

// next takes out the request to publish now, with the time that is left of it.
func (q *asks) next(now time.Time) (kiosk.Ask, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()

	if len(q.waiting) == 0 {
		return kiosk.Ask{}, false
	}
	i := max(slices.IndexFunc(q.waiting, func(w waitingAsk) bool { return w.Op == wire.OpVerify }), 0)
	w := q.waiting[i]
	q.waiting = slices.Delete(q.waiting, i, i+1)
	w.TTL = w.until.Sub(now)
	w.TTLms = w.TTL.Milliseconds()
	return w.Ask, true
}

// wake is when the first of them expires, zero if none waits.
func (q *asks) wake() time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()

	var first time.Time
	for _, w := range q.waiting {
		if first.IsZero() || w.until.Before(first) {
			first = w.until
		}
	}
	return first
}
