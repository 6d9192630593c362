package server

import (
	"context"
	"crypto"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/wire"
)

// Bounds of a Server.
const (
	workers    = 16   // messages being handled: the books share commits among them
	maxLookups = 256  // requests being answered at the same time, but for posts
	maxPosts   = 4096 // posts and orders that wait for their end; they take nothing but memory
	maxOfKiosk = 8    // of both, of one kiosk

	publishTimeout = 5 * time.Second
)

// Books is what the server needs of the store.
type Books interface {
	books.Inbox
	RestoredBooks
	JobBooks
	RosterBooks
	FleetBooks
	CheckBooks
}

// CheckBooks are what kiosks are held against.
type CheckBooks interface {
	// LiveEnds are the ends that a kiosk's journal has: that of its present one first, then
	// those of its open branches.
	LiveEnds(ctx context.Context, kiosk string) ([]books.End, error)
	Alarms(ctx context.Context) ([]books.Alarm, error)
	BoundsOf(ctx context.Context, kiosk string) (books.Bounds, error)
	// Suspect has an alarm of head office's own on, or off.
	Suspect(ctx context.Context, kiosk, code string, on bool, detail string, now time.Time) error
}

// RestoredBooks are books that may be out of a backup.
type RestoredBooks interface {
	Unreported(ctx context.Context) ([]books.Journal, error)
	CaughtUp(ctx context.Context, kiosk string, end uint64, now time.Time) error
}

// Gateway answers requests and brings postings to their end.
type Gateway interface {
	Answer(ctx context.Context, kiosk string, r wire.Request) wire.Reply
	Kick()
}

// Identities is who kiosks are.
type Identities interface {
	// Serves reports whether head office works for a kiosk.
	Serves(kiosk string) bool
	// Answer answers a request wire.OpRenew.
	Answer(ctx context.Context, kiosk string, r wire.Request) wire.Reply
}

// Spares keeps spares of the keys of kiosks' journals.
type Spares interface {
	// Answer answers a request wire.OpSpareKey.
	Answer(ctx context.Context, kiosk string, r wire.Request) wire.Reply
}

// Publisher is the link to the broker; its errors mean that the message is lost.
type Publisher interface {
	Publish(ctx context.Context, topic string, payload []byte, qos byte, retained bool) error
}

// Config of a Server; all fields but BundleURL, Office, Bank, Cash, Identities and Spares are required.
type Config struct {
	Books   Books
	Gateway Gateway
	Key     crypto.Signer // signs policies, jobs, rosters and orders
	Policy  Limits
	// BundleURL is where kiosks fetch a bundle, by the SHA-256 of its file. Nil: jobs
	// that need one are not sent.
	BundleURL func(sha256 string) string
	// Office is the half of head office's staff key that rosters tell (see
	// uplink/credential). Nil: no rosters are sent.
	Office []byte
	// Bank has the orders to settle. Nil: there are no terminals of a bank.
	Bank SettleBooks
	// Cash has the rules about cash. Nil: there are none.
	Cash CashBooks
	// Identities says whom head office works for, and answers requests for certificates.
	// Nil: for everybody, and there are no other certificates.
	Identities Identities
	// Spares answers requests about spares of the journals' keys. Nil: none are kept.
	Spares Spares
	Now    func() time.Time
	Log    *slog.Logger
}

// serves reports whether head office works for a kiosk.
func (c Config) serves(kiosk string) bool { return c.Identities == nil || c.Identities.Serves(kiosk) }

// answer answers a request.
func (c Config) answer(ctx context.Context, kiosk string, r wire.Request) wire.Reply {
	if r.Op == wire.OpRenew && c.Identities != nil {
		return c.Identities.Answer(ctx, kiosk, r)
	}
	if r.Op == wire.OpSpareKey && c.Spares != nil {
		return c.Spares.Answer(ctx, kiosk, r)
	}
	return c.Gateway.Answer(ctx, kiosk, r)
}

// Counters are what happened since the start.
type Counters struct {
	Batches, Acks, Refused, Requests, Replies, Reports, Dropped, Bad, Jobs, JobReports, Rosters, Barred atomic.Int64
}

// Server handles messages. Its methods may be called by any goroutine.
type Server struct {
	cfg   Config
	lanes *lanes
	board *board
	up    chan struct{} // that policies may have to be sent
	news  chan struct{} // that rollouts may go on
	staff chan struct{} // that rosters may have to be sent
	cash  chan struct{} // that orders about cash may have to be sent
	count Counters
	lost  lost

	heads    heads
	troubles troubles
	serials  serials   // of policies
	settles  standings // keepJobs alone uses them
	voids    standings
	budgets  budgets

	mu       sync.Mutex
	link     Publisher
	asking   map[string]int       // requests being answered, by kiosk
	lookups  int                  // of these, all that do not wait
	posts    int                  // of these, those that wait for an end
	policies map[string]time.Time // when the kiosk's policy was published on this connection
	jobs     map[string]retained  // what is retained for a kiosk on job, by what this process knows
	rosters  map[string]sent      // what is retained for a kiosk on cfg, by what this process knows
	ups      uint64               // how often the link has come up
}

type job struct {
	addr    wire.Address
	payload []byte
	named   uint64 // of a state message: the end of the kiosk's journal
	odd     string // why the state cannot be; empty if it can
	apart   bool   // and that head office has another one, as far as the kiosk knows
}

// New is a Server that is not running.
func New(cfg Config) *Server {
	return &Server{
		cfg: cfg, lanes: newLanes(), board: newBoard(), heads: heads{of: map[string]head{}, end: map[string]end{}}, troubles: troubles{of: map[string]string{}},
		up: make(chan struct{}, 1), news: make(chan struct{}, 1), staff: make(chan struct{}, 1),
		asking: map[string]int{}, policies: map[string]time.Time{}, jobs: map[string]retained{}, rosters: map[string]sent{},
		settles: standings{}, voids: standings{}, cash: make(chan struct{}, 1), budgets: budgets{of: map[string]*budget{}, odd: map[string]bool{}},
	}
}

// Subscriptions are what the link has to subscribe to.
func Subscriptions() []mqttlink.Subscription {
	up := func(rest string) string { return wire.Root + "/up/+/" + rest }
	return []mqttlink.Subscription{
		{Filter: up(string(wire.ChanState)), QoS: 1},
		{Filter: up(string(wire.ChanRec)), QoS: 1},
		{Filter: up(string(wire.ChanReq) + "/+"), QoS: 1},
		{Filter: up(string(wire.ChanJob) + "/+"), QoS: 1},
	}
}

// Counters are live.
func (s *Server) Counters() *Counters { return &s.count }

// Run works through link until ctx ends, and returns when everything that it
// started has ended.
func (s *Server) Run(ctx context.Context, link Publisher) {
	s.mu.Lock()
	s.link = link
	s.mu.Unlock()
	var all sync.WaitGroup
	defer all.Wait()
	for range workers {
		all.Go(func() { s.lanes.work(ctx, func(j job) { s.handle(ctx, j, &all) }) })
	}
	all.Go(func() { s.keepPresence(ctx) })
	all.Go(func() { s.keepPolicies(ctx) })
	all.Go(func() { s.keepJobs(ctx) })
	all.Go(func() { s.keepRosters(ctx) })
	all.Go(func() { (&notes{Server: s, of: map[string]cashOrder{}}).keep(ctx) })
	<-ctx.Done()
}

// OnUp is to be called when the link has come up: the broker may have forgotten
// what it retained.
func (s *Server) OnUp() {
	s.mu.Lock()
	clear(s.policies)
	s.ups++
	s.mu.Unlock()
	s.kickPolicies()
	s.KickJobs()
	s.KickRosters()
	s.KickCash()
}

// OnMessage takes one message that was sent now. It never blocks.
func (s *Server) OnMessage(topic string, payload []byte) { s.take(topic, payload, true) }

// OnRetained takes one message that the broker had kept from before, so that it says
// nothing of who is there now. It never blocks.
func (s *Server) OnRetained(topic string, payload []byte) { s.take(topic, payload, false) }

func (s *Server) take(topic string, payload []byte, live bool) {
	addr, err := wire.ParseTopic(topic)
	if err != nil || !addr.Up {
		s.count.Bad.Add(1)
		return
	}
	if addr.Chan == wire.ChanState {
		s.report(addr.Kiosk, payload, live)
		return
	}
	if !s.cfg.serves(addr.Kiosk) {
		s.count.Barred.Add(1)
		return // not acknowledged: its records come when it is in service again
	}
	if !s.lanes.put(job{addr: addr, payload: payload}) {
		s.drop(addr)
	}
}

func (s *Server) drop(addr wire.Address) {
	if n := s.count.Dropped.Add(1); n&(n-1) == 0 { // the 1st, 2nd, 4th, …
		s.cfg.Log.Warn("message dropped, head office is too busy", "kiosk", addr.Kiosk, "channel", addr.Chan, "dropped", n)
	}
}

func (s *Server) handle(ctx context.Context, j job, all *sync.WaitGroup) {
	switch j.addr.Chan {
	case wire.ChanState:
		s.budgets.judged(ctx, s, j.addr.Kiosk, j.odd)
		s.heartbeat(ctx, j)
	case wire.ChanRec:
		s.records(ctx, j)
	case wire.ChanReq:
		s.request(ctx, j, all)
	case wire.ChanJob:
		s.jobReport(ctx, j)
	default:
		s.count.Bad.Add(1)
	}
}

func (s *Server) records(ctx context.Context, j job) {
	s.count.Batches.Add(1)
	kiosk := j.addr.Kiosk
	ack, send, err := books.Receive(ctx, s.cfg.Books, s.cfg.Now(), kiosk, j.payload)
	if err != nil && ctx.Err() != nil {
		return
	}

	s.troubles.note(s.cfg.Log, kiosk, ack.Upto, err)
	switch {
	case err == nil:
		s.cfg.Gateway.Kick()
	case !errors.Is(err, books.ErrGap):
		s.count.Refused.Add(1)
	}
	if send {
		s.acknowledge(ctx, kiosk, ack)
	}
}

// request answers beside the worker. One kiosk cannot take all the places, and posts,
// which may wait long for the MIS, take none of those of others.
func (s *Server) request(ctx context.Context, j job, all *sync.WaitGroup) {
	s.count.Requests.Add(1)
	var r wire.Request
	if err := wire.Decode(j.payload, &r); err != nil || r.ID != j.addr.ID || wire.IsRenewal(r.ID) != (r.Op == wire.OpRenew) {
		s.reply(ctx, j.addr, wire.Reply{V: wire.Version, ID: j.addr.ID, Error: &wire.Error{Code: wire.ErrCodeBadRequest, Message: "request not readable"}})
		return
	}
	if looksUp(r.Op) && !s.budgets.enquires(ctx, s, j.addr.Kiosk) {
		s.reply(ctx, j.addr, wire.Reply{V: wire.Version, ID: r.ID, Error: &wire.Error{Code: wire.ErrCodeTooMany, Message: "too many enquiries"}})
		return
	}
	if !s.admit(j.addr.Kiosk, r.Op) {
		s.drop(j.addr)
		s.reply(ctx, j.addr, wire.Reply{V: wire.Version, ID: r.ID, Error: &wire.Error{Code: wire.ErrCodeUnavailable, Message: "head office is too busy"}})
		return
	}
	all.Go(func() {
		defer s.free(j.addr.Kiosk, r.Op)
		s.reply(ctx, j.addr, s.cfg.answer(ctx, j.addr.Kiosk, r))
	})
}

func (s *Server) admit(kiosk string, op wire.Op) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	places, limit := s.places(op)
	if s.asking[kiosk] >= maxOfKiosk || *places >= limit {
		return false
	}
	*places++
	s.asking[kiosk]++
	return true
}

func (s *Server) free(kiosk string, op wire.Op) {
	s.mu.Lock()
	defer s.mu.Unlock()
	places, _ := s.places(op)
	*places--
	if s.asking[kiosk]--; s.asking[kiosk] == 0 {
		delete(s.asking, kiosk)
	}
}

// places are those taken by requests like op, and how many there are.
func (s *Server) places(op wire.Op) (taken *int, limit int) {
	switch op {
	case wire.OpPost, wire.OpFrame, wire.OpQROrder, wire.OpQRWait, wire.OpQRClose, wire.OpQRRefund:
		return &s.posts, maxPosts
	}
	return &s.lookups, maxLookups
}

func (s *Server) reply(ctx context.Context, to wire.Address, r wire.Reply) {
	if to.ID != "" && s.publish(ctx, wire.Down(to.Kiosk, wire.ChanRep, to.ID), r, false) {
		s.count.Replies.Add(1)
	}
}

func (s *Server) publish(ctx context.Context, topic string, v any, retained bool) bool {
	b, err := wire.Encode(v)
	if err != nil {
		s.cfg.Log.Error("cannot encode message", "topic", topic, "error", err)
		return false
	}
	return s.put(ctx, topic, b, retained)
}

// put publishes bytes.
func (s *Server) put(ctx context.Context, topic string, b []byte, retained bool) bool {
	s.mu.Lock()
	link := s.link
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if err := link.Publish(ctx, topic, b, 1, retained); err != nil {
		s.lost.note(s.cfg.Log, s.cfg.Now(), topic, err)
		return false
	}
	s.lost.end(s.cfg.Log)
	return true
}
