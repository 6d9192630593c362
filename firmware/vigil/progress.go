package vigil

import (
	"sync"
	"sync/atomic"
	"time"
)

// Progress knows the sources. Its methods are safe for concurrent use.
type Progress struct {
	now   func() time.Time
	start time.Time

	mu      sync.Mutex // guards sources
	sources []*Source
}

// New is a Progress without sources. now must carry a monotonic reading
// (time.Now): a clock that is set must make nobody late.
func New(now func() time.Time) *Progress { return &Progress{now: now, start: now()} }

// Source is one part that must come round.
type Source struct {
	name  string
	limit time.Duration
	now   func() time.Duration
	at    atomic.Int64 // of the last beat, as time.Duration since the start
}

// Source adds a source, which counts as having come round just now.
func (p *Progress) Source(name string, limit time.Duration) *Source {
	s := &Source{name: name, limit: limit, now: func() time.Duration { return p.now().Sub(p.start) }}
	s.Beat()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sources = append(p.sources, s)
	return s
}

// Beat says that the part has come round. It takes no lock.
func (s *Source) Beat() { s.at.Store(int64(s.now())) }

// Late names the sources that have not come round within their limits, in the
// order in which they were added.
func (p *Progress) Late() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var late []string
	for _, s := range p.sources {
		if s.now()-time.Duration(s.at.Load()) > s.limit {
			late = append(late, s.name)
		}
	}
	return late
}
