package web

import (
	"context"
	"sync"
	"time"

	"wattkiosk/uplink/office/settle"
)

const (
	sealAgain = time.Minute // after which an open page has the seal checked again
	maxSeals  = 64          // dates whose check is remembered
)

// seals remembers what the seals of signed dates were found to be. To check one reads all
// that it is of, and a page that is open asks for itself several times a second. The zero
// value is ready; it is safe for concurrent use.
type seals struct {
	mu    sync.Mutex
	found map[string]sealFound // by day
}

type sealFound struct {
	version int64
	at      time.Time
	wrong   []settle.Wrong
}

// wrong is what check says of a date; a page that fetches by itself is told what was found
// less than a minute ago, if the date is still that one.
func (s *seals) wrong(ctx context.Context, d settle.Date, now time.Time, itself bool, check func(context.Context, settle.Date) ([]settle.Wrong, error)) ([]settle.Wrong, error) {
	s.mu.Lock()
	had, ok := s.found[d.Day]
	s.mu.Unlock()
	if age := now.Sub(had.at); itself && ok && had.version == d.Version && age >= 0 && age < sealAgain {
		return had.wrong, nil
	}

	wrong, err := check(ctx, d)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.found == nil || len(s.found) >= maxSeals {
		s.found = map[string]sealFound{}
	}
	s.found[d.Day] = sealFound{d.Version, now, wrong}

	return wrong, nil
}
