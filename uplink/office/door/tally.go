package door

import (
	"log/slog"
	"net"
	"sync"
	"time"
)

const tellEvery = time.Second

// tally counts refused connections and tells of them once in tellEvery.
type tally struct {
	log *slog.Logger

	mu    sync.Mutex
	count int
	from  string
	err   error
	last  time.Time
	later *time.Timer // nil while nothing is to be told
}

func newTally(log *slog.Logger) *tally { return &tally{log: log} }

func (t *tally) refused(from net.Addr, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count++
	t.from = from.String()
	t.err = err
	if t.later == nil {
		t.later = time.AfterFunc(max(0, tellEvery-time.Since(t.last)), t.flush)
	}
}

// flush tells of what was counted.
func (t *tally) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.later != nil {
		t.later.Stop()
		t.later = nil
	}
	if t.count == 0 {
		return
	}
	t.log.Warn("connection refused", "connections", t.count, "remote", t.from, "error", t.err)
	t.count = 0
	t.last = time.Now()
}
