package server

import (
	"log/slog"
	"sync"
	"time"
)

// lostEvery is the least time between two lines about messages that were lost.
const lostEvery = time.Minute

// lost logs messages that the broker did not take: the first, then how many, then
// that the line works again. A broker that is away loses one for each kiosk.
type lost struct {
	mu    sync.Mutex
	count int       // since the last line
	said  time.Time // zero: nothing is lost
}

func (l *lost) note(log *slog.Logger, now time.Time, topic string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	if age := now.Sub(l.said); age >= 0 && age < lostEvery {
		return
	}
	log.Info("messages lost", "count", l.count, "topic", topic, "error", err)
	l.count, l.said = 0, now
}

func (l *lost) end(log *slog.Logger) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.said.IsZero() {
		return
	}
	log.Info("messages pass again", "lost", l.count)
	l.count, l.said = 0, time.Time{}
}
