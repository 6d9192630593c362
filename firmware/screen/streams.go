package screen

import (
	"context"
	"slices"
	"sync"
)

// streams bounds how many event streams are open. The page that was opened
// last matters most, so the oldest gives way; a page that is still in use comes
// back by itself.
type streams struct {
	mu   sync.Mutex
	max  int
	open []*func()
}

// enter admits a stream. The returned context ends when parent does or when the
// stream must give way; done must be called when it has ended.
func (s *streams) enter(parent context.Context) (ctx context.Context, done func()) {
	ctx, stop := context.WithCancel(parent)
	end := func() { stop() }
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.open) >= s.max {
		(*s.open[0])()
		s.open = slices.Delete(s.open, 0, 1)
	}

	s.open = append(s.open, &end)
	return ctx, func() {
		stop()
		s.mu.Lock()
		defer s.mu.Unlock()
		if i := slices.Index(s.open, &end); i >= 0 {
			s.open = slices.Delete(s.open, i, i+1)
		}
	}
}

// count is the number of open streams.
func (s *streams) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}
