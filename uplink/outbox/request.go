package outbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of a Pending.
const (
	MaxPending    = 32
	MaxRequestTTL = 5 * time.Minute
)

// ErrBusy says that MaxPending requests are open.
var ErrBusy = errors.New("too many open requests")

// Pending is the table of requests that wait for a reply. Each id is answered
// once or expires once, never both, so a late or repeated reply is told from a
// first one. The zero value is ready. It is for one goroutine.
type Pending struct {
	until map[string]time.Time
}

// Start opens a request for ttl. An id that is open, a ttl not above 0 or above
// MaxRequestTTL, and more than MaxPending open requests are errors.
func (p *Pending) Start(now time.Time, id string, ttl time.Duration) error {
	switch {
	case id == "":
		return errors.New("request without id")
	case ttl <= 0 || ttl > MaxRequestTTL:
		return fmt.Errorf("request %s: ttl %s, limit %s", id, ttl, MaxRequestTTL)
	case !p.until[id].IsZero():
		return fmt.Errorf("request %s: already open", id)
	case len(p.until) >= MaxPending:
		return fmt.Errorf("request %s: %w", id, ErrBusy)
	}
	if p.until == nil {
		p.until = make(map[string]time.Time)
	}
	p.until[id] = now.Add(ttl)
	return nil
}

// Reply closes a request and reports whether it was open. A reply that comes
// after the deadline but before Expired is still in time.
func (p *Pending) Reply(id string) bool {
	_, open := p.until[id]
	delete(p.until, id)
	return open
}

// Expired closes the requests whose deadline has come and returns their ids,
// earliest deadline first.
func (p *Pending) Expired(now time.Time) []string {
	var ids []string
	for id, t := range p.until {
		if !now.Before(t) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		if c := p.until[a].Compare(p.until[b]); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	for _, id := range ids {
		delete(p.until, id)
	}
	return ids
}

// Open is how many requests wait for a reply.
func (p *Pending) Open() int { return len(p.until) }

// Wake is the earliest deadline, zero if nothing is open.
func (p *Pending) Wake() time.Time {
	var first time.Time
	for _, t := range p.until {
		if first.IsZero() || t.Before(first) {
			first = t
		}
	}
	return first
}
