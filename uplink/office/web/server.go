package web

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wattkiosk/payments/receipt"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/settle"
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
	Kept        bool   `json:"kept"`   // the board goes on with the journal, and the incarnation, that it had
}

// Depot keeps bundles. An error that wraps depot.ErrBundle is told to the person.
type Depot interface {
	Put(r io.Reader) (rollout.StoredBundle, error)
}

// Bring takes in a book of a business date that a person brings (settle.Clerk.Bring).
type Bring func(ctx context.Context, in settle.Incoming, from io.Reader) (settle.File, bool, error)

// Config of a Server. Store and Log are required.
type Config struct {
	Store *store.Store
	// Enrol spends a token for a certificate request whose own signature was
	// checked. An error that wraps fleet.ErrToken, fleet.ErrIncarnation,
	// fleet.ErrTwin or ErrRequest is a refusal. Nil: not offered.
	Enrol     func(ctx context.Context, c fleet.Claim, csrPEM []byte) (Enrolment, error)
	Kick      func()                                      // wakes what brings postings to their end; nil: nobody may act on them
	Codes     Codes                                       // nil: not offered
	Depot     Depot                                       // nil: no bundles are taken
	Reconcile func(ctx context.Context, day string) error // runs a business date, YYYYMMDD; nil: not offered
	Bring     Bring                                       // nil: no books of others are taken
	Notes     func()                                      // wakes what tells kiosks whether they take notes; nil: it looks by itself
	Rollouts  func()                                      // wakes what takes rollouts on; nil: it looks by itself
	Log       *slog.Logger
	Now       func() time.Time // nil is time.Now
	Fleet     receipt.Fleet    // whose slips are ours; zero: no code can be checked
	// Secret is 32 bytes that all head offices over the same rows share, and nobody else has:
	// it marks browsers, and seals second factors. Nil is a fresh one.
	Secret []byte
	// Lab is a head office of the lab, whose passwords are printed: who has no second factor
	// needs none. Everywhere else each person has to have one.
	Lab bool
	// SecureCookies says that people come over HTTPS.
	SecureCookies bool
	Version       string
	Registry      *prometheus.Registry // of /metrics; nil is a new one
}

// Server answers HTTP: the hall, the subjects that stand in it, and the pulse of open
// pages. It is safe for concurrent use.
type Server struct {
	*hall
	pulse     *hub
	overview  *overviewPages
	books     *booksPages
	qr        *qrPages
	cards     *bankPages
	plans     *planPages
	where     *wherePages
	payouts   *payoutPages
	forgeries *forgeryPages
	sales     *salePages
	exports   *exportPages
	dates     *datePages
	cash      *cashPages
	bring     *bringPages
	fleet     *fleetPages
	rollouts  *rolloutPages
	people    *peoplePages
	roster    *rosterPages
	handler   http.Handler
}

// New is a Server whose pulse runs until Close.
func New(cfg Config) (*Server, error) {
	if cfg.Store == nil || cfg.Log == nil {
		return nil, errors.New("web: Store and Log are required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Secret == nil {
		cfg.Secret = make([]byte, 32)
		_, _ = rand.Read(cfg.Secret) // never fails
	}
	if cfg.Rollouts == nil {
		cfg.Rollouts = func() {}
	}
	if cfg.Notes == nil {
		cfg.Notes = func() {}
	}
	if cfg.Registry == nil {
		cfg.Registry = prometheus.NewRegistry()
	}

	h, err := newHall(cfg)
	if err != nil {
		return nil, err
	}
	s := &Server{hall: h, books: &booksPages{h}, rollouts: newRolloutPages(h)}
	s.fleet = &fleetPages{h, s.books}
	s.qr, s.cards = &qrPages{h}, &bankPages{h}
	s.sales, s.cash = &salePages{h}, &cashPages{h}
	s.exports, s.bring = newExportPages(h), newBringPages(h)
	s.plans, s.roster = &planPages{h}, &rosterPages{h}
	s.where, s.payouts = &wherePages{h}, &payoutPages{h}
	s.forgeries = &forgeryPages{h}
	if s.people, err = newPeoplePages(h); err != nil {
		return nil, err
	}
	s.dates = &datePages{hall: h, people: s.people}
	s.overview = &overviewPages{h, s.books, s.fleet, s.dates}
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
