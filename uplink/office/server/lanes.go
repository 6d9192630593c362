package server

import (
	"context"
	"sync"
)

// laneLimit is how many messages of one kiosk wait. A kiosk sends a bounded window of
// records and few requests, and repeats what is not answered.
const laneLimit = 64

// lanes hold the messages of each kiosk in order, apart from those of the others: one
// that sends without end fills its own lane only. One worker at a time is in a lane.
type lanes struct {
	mu    sync.Mutex
	news  *sync.Cond
	of    map[string][]job // a kiosk that has no worker and no message has no entry
	ready []string         // kiosks that have a message and no worker
}

func newLanes() *lanes {
	l := &lanes{of: map[string][]job{}}
	l.news = sync.NewCond(&l.mu)
	return l
}

// put reports whether there was room.
func (l *lanes) put(j job) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	kiosk := j.addr.Kiosk
	waiting, busy := l.of[kiosk]
	if len(waiting) >= laneLimit {
		return false
	}

	l.of[kiosk] = append(waiting, j)
	if !busy {
		l.ready = append(l.ready, kiosk)
		l.news.Signal()
	}
	return true
}

// work handles messages until ctx ends; any number of goroutines may be in it.
func (l *lanes) work(ctx context.Context, handle func(job)) {
	stop := context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.news.Broadcast()
	})
	defer stop()
	for {
		j, ok := l.take(ctx)
		if !ok {
			return
		}
		handle(j)
		l.leave(j.addr.Kiosk)
	}
}

// take waits for a message; false is that ctx ended.
func (l *lanes) take(ctx context.Context) (job, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.ready) == 0 && ctx.Err() == nil {
		l.news.Wait()
	}
	if ctx.Err() != nil {
		return job{}, false
	}

	kiosk := l.ready[0]
	l.ready = l.ready[1:]
	j := l.of[kiosk][0]
	l.of[kiosk] = l.of[kiosk][1:]
	return j, true
}

// leave ends the work on a message; the kiosk's next one takes its turn after those of
// others.
func (l *lanes) leave(kiosk string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.of[kiosk]) == 0 {
		delete(l.of, kiosk)
		return
	}
	l.ready = append(l.ready, kiosk)
	l.news.Signal()
}
