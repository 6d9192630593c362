package web

import (
	"context"
	"errors"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/prometheus/client_golang/prometheus"

	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/store"
)

// Enrolment is what a kiosk gets for its token and certificate request.
type Enrolment struct {
	Cert        string `json:"cert_pem"`
	CA          string `json:"ca_pem"`
	Kiosk       string `json:"kiosk"`
	Incarnation uint8  `json:"incarnation"`
	PolicyKey   string `json:"policy_key"`
	Broker      string `json:"broker"` // tls://host:port, as the kiosk reaches it; "" is not known
}

// Postings carries out what a person orders for a posting; it is in the audit log
// by then. Errors that wrap
// stored.ErrNotFound, stored.ErrStale, books.ErrConflict or posting.ErrAction are
// told to the person; any other is an internal error.
type Postings interface {
	Retry(ctx context.Context, serial, user, reason string) error
	Reverse(ctx context.Context, serial, user, reason string) error
}

// Depot keeps bundles. An error that wraps depot.ErrBundle is told to the person.
type Depot interface {
	Put(r io.Reader) (rollout.StoredBundle, error)
}

// Config of a Server. Store and Log are required.
type Config struct {
	Store *store.Store
	// Enrol spends a token for a certificate request whose own signature was
	// checked. An error that wraps fleet.ErrToken is a refusal. Nil: not offered.
	Enrol    func(ctx context.Context, token string, csrPEM []byte) (Enrolment, error)
	Postings Postings // nil: not offered
	Codes    Codes    // nil: not offered
	Depot    Depot    // nil: no bundles are taken
	Rollouts func()   // wakes what takes rollouts on; nil: it looks by itself
	Log      *slog.Logger
	Now      func() time.Time // nil is time.Now
	// SecureCookies says that people come over HTTPS.
	SecureCookies bool
	Version       string
	Registry      *prometheus.Registry // of /metrics; nil is a new one
}

// Server answers HTTP. It is safe for concurrent use.
type Server struct {
	cfg      Config
	sessions *scs.SessionManager
	limits   limits
	pulse    *hub
	metrics  *metrics
	pages    map[string]*template.Template // by language
	decoy    string                        // a hash that no password has
	hashing  chan struct{}                 // places for argon2 at the same time
	uploads  chan struct{}                 // places for bundles that come in
	handler  http.Handler
}

// New is a Server whose pulse runs until Close.
func New(cfg Config) (*Server, error) {
	if cfg.Store == nil || cfg.Log == nil {
		return nil, errors.New("web: Store and Log are required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rollouts == nil {
		cfg.Rollouts = func() {}
	}
	if cfg.Registry == nil {
		cfg.Registry = prometheus.NewRegistry()
	}
	decoy, err := decoyHash()
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, decoy: decoy, hashing: make(chan struct{}, maxHashing), uploads: make(chan struct{}, maxUploads), limits: newLimits()}
	s.sessions = newSessions(cfg)
	if s.metrics, err = newMetrics(cfg); err != nil {
		return nil, err
	}
	if s.pages, err = parsePages(cfg.Store.Zone()); err != nil {
		return nil, err
	}
	s.pulse = newHub(cfg.Store.Pulse, pulseEvery, cfg.Log)
	s.metrics.clients(s.pulse.clients)
	s.handler = s.build()
	return s, nil
}

// Handler serves everything.
func (s *Server) Handler() http.Handler { return s.handler }

// Close ends the open event streams and the polling behind them, and waits for
// the latter. The handler goes on answering other requests.
func (s *Server) Close() { s.pulse.close() }

func (s *Server) now() time.Time { return s.cfg.Now() }
