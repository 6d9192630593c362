package gateway

import (
	"log/slog"
	"sync"
	"time"

	"wattkiosk/boards/ground/backoff"
)

const (
	awayAfter  = 3 // calls in a row without an answer
	probeFirst = time.Second
	probeMax   = 15 * time.Second
	sayEvery   = time.Minute // least time between two lines about a system that is away
)

// breaker keeps orders from a system that is away: after some calls in a row without an
// answer one call at a time goes out, with a growing pause between, and all others stay
// due as they are. Any answer ends that, and look-ups are held to the same (Runtime.look).
// The zero value with a name and a log lets calls pass.
type breaker struct {
	whose string // the system, as the log names it
	log   *slog.Logger
	back  func() // if not nil, called when it answers again

	mu       sync.Mutex
	answered int64     // calls so far …
	silent   int64     // … and those without an answer
	failed   int       // calls in a row
	since    time.Time // of the first of these
	next     time.Time // when the next probe may go out
	said     time.Time // of the last line about it
	asking   bool      // a look-up is out though the system is away
}

// free is how many of the calls that have room may go out now, if some are under way
// already, and otherwise how long to wait.
func (b *breaker) free(now time.Time, room, underWay int) (calls int, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed < awayAfter || room == 0 {
		return room, idlePoll
	}
	if underWay > 0 {
		return 0, idlePoll
	}
	if wait := b.next.Sub(now); wait > 0 && wait <= probeMax { // farther: the clock was ahead
		return 0, wait
	}
	return 1, 0
}

// silence is since when the system is away, zero where it is not, and whether anything is
// known of that since this program began.
func (b *breaker) silence() (since time.Time, known bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed >= awayAfter {
		return b.since, true
	}
	return time.Time{}, b.failed == 0 && b.answered > 0
}

// heard takes what became of a call; err is that no answer came.
func (b *breaker) heard(now time.Time, op string, err error) {
	if b.count(now, op, err) && b.back != nil {
		b.back()
	}
}

// count is heard, and reports whether a system that was away has answered.
func (b *breaker) count(now time.Time, op string, err error) (back bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.answered++
		if back = b.failed >= awayAfter; back {
			b.log.Info(b.whose+" answers again", "failed", b.failed)
		}
		b.failed = 0
		return back
	}

	if b.failed == 0 || now.Before(b.since) { // the latter: the clock was ahead
		b.since = now
	}
	b.failed++
	b.silent++
	b.next = now.Add(backoff.Wait(b.failed-awayAfter, probeFirst, probeMax))
	age := now.Sub(b.said)
	switch {
	case b.failed < awayAfter:
		b.log.Warn("no answer from "+b.whose, "op", op, "err", err)
	case b.failed == awayAfter, age < 0, age >= sayEvery:
		b.log.Warn(b.whose+" is away, one call at a time goes out", "op", op, "failed", b.failed, "err", err)
		b.said = now
	}
	return false
}
