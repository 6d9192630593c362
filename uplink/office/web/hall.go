package web

import (
	"html/template"
	"time"

	"github.com/alexedwards/scs/v2"
)

// hall is what the pages of all subjects share: the frame and the words, the guard,
// sessions, limits, and how errors are told. It is safe for concurrent use.
type hall struct {
	cfg      Config
	sessions *scs.SessionManager
	limits   limits
	metrics  *metrics
	pages    map[string]*template.Template // by language
	queries  queries
}

func newHall(cfg Config) (*hall, error) {
	h := &hall{cfg: cfg, sessions: newSessions(cfg), limits: newLimits()}
	var err error
	if h.metrics, err = newMetrics(cfg); err != nil {
		return nil, err
	}
	if h.queries, err = readQueries(); err != nil {
		return nil, err
	}
	if h.pages, err = parsePages(cfg.Store.Zone(), cfg.Now); err != nil {
		return nil, err
	}
	return h, nil
}

func (s *hall) now() time.Time { return s.cfg.Now() }
