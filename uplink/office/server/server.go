package server

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"hash/fnv"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/wire"
)

// Bounds of a Server.
const (
	workers     = 4
	workerQueue = 256 // messages of its kiosks that wait
	maxRequests = 256 // being answered at the same time
	maxOfKiosk  = 8   // of these, of one kiosk

	publishTimeout = 5 * time.Second
)

// Books is what the server needs of the store.
type Books interface {
	books.Inbox
	JobBooks
	RosterBooks
	Kiosks(ctx context.Context) ([]fleet.Kiosk, error)
	SaveReport(ctx context.Context, kiosk string, online bool, report string, now time.Time) error
}

// Gateway answers requests and brings postings to their end.
type Gateway interface {
	Answer(ctx context.Context, kiosk string, r wire.Request) wire.Reply
	Kick()
}

// Publisher is the link to the broker; its errors mean that the message is lost.
type Publisher interface {
	Publish(ctx context.Context, topic string, payload []byte, qos byte, retained bool) error
}

// Config of a Server; all fields but BundleURL and Office are required.
type Config struct {
	Books   Books
	Gateway Gateway
	Key     ed25519.PrivateKey // signs policies, jobs and rosters
	Policy  Limits
	// BundleURL is where kiosks fetch a bundle, by the SHA-256 of its file. Nil: jobs
	// that need one are not sent.
	BundleURL func(sha256 string) string
	// Office is the half of head office's staff key that rosters tell (see
	// uplink/credential). Nil: no rosters are sent.
	Office []byte
	Now    func() time.Time
	Log    *slog.Logger
}

// Counters are what happened since the start.
type Counters struct {
	Batches, Acks, Refused, Requests, Replies, Reports, Dropped, Bad, Jobs, JobReports, Rosters atomic.Int64
}

// Server handles messages. Its methods may be called by any goroutine.
type Server struct {
	cfg    Config
	queues [workers]chan job
	slots  chan struct{}
	up     chan struct{}
	news   chan struct{} // that rollouts may go on
	staff  chan struct{} // that rosters may have to be sent
	count  Counters

	mu       sync.Mutex
	link     Publisher
	asking   map[string]int       // requests being answered, by kiosk
	policies map[string]time.Time // when the kiosk's policy was published on this connection
	told     map[string]told      // what is retained for a kiosk on job, by what this process knows
	rosters  map[string]sent      // what is retained for a kiosk on cfg, by what this process knows
	ups      uint64               // how often the link has come up
}

type job struct {
	addr    wire.Address
	payload []byte
}

// New is a Server that is not running.
func New(cfg Config) *Server {
	s := &Server{
		cfg: cfg, slots: make(chan struct{}, maxRequests), up: make(chan struct{}, 1), news: make(chan struct{}, 1), staff: make(chan struct{}, 1),
		asking: map[string]int{}, policies: map[string]time.Time{}, told: map[string]told{}, rosters: map[string]sent{},
	}
	for i := range s.queues {
		s.queues[i] = make(chan job, workerQueue)
	}
	return s
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
	for _, q := range s.queues {
		all.Go(func() { s.work(ctx, q, &all) })
	}
	all.Go(func() { s.keepPolicies(ctx) })
	all.Go(func() { s.keepJobs(ctx) })
	all.Go(func() { s.keepRosters(ctx) })
	<-ctx.Done()
}

// OnUp is to be called when the link has come up: the broker may have forgotten
// what it retained.
func (s *Server) OnUp() {
	s.mu.Lock()
	clear(s.policies)
	s.ups++
	s.mu.Unlock()
	select {
	case s.up <- struct{}{}:
	default:
	}
	s.KickJobs()
	s.KickRosters()
}

// OnMessage takes one message of the broker. It never blocks.
func (s *Server) OnMessage(topic string, payload []byte) {
	addr, err := wire.ParseTopic(topic)
	if err != nil || !addr.Up {
		s.count.Bad.Add(1)
		return
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(addr.Kiosk)) // never fails
	select {
	case s.queues[h.Sum32()%workers] <- job{addr, payload}:
	default:
		s.drop(addr)
	}
}

func (s *Server) drop(addr wire.Address) {
	if n := s.count.Dropped.Add(1); n&(n-1) == 0 { // the 1st, 2nd, 4th, …
		s.cfg.Log.Warn("message dropped, head office is too busy", "kiosk", addr.Kiosk, "channel", addr.Chan, "dropped", n)
	}
}

func (s *Server) work(ctx context.Context, queue chan job, all *sync.WaitGroup) {
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-queue:
			switch j.addr.Chan {
			case wire.ChanRec:
				s.records(ctx, j)
			case wire.ChanState:
				s.report(ctx, j)
			case wire.ChanReq:
				s.request(ctx, j, all)
			case wire.ChanJob:
				s.jobReport(ctx, j)
			default:
				s.count.Bad.Add(1)
			}
		}
	}
}

func (s *Server) records(ctx context.Context, j job) {
	s.count.Batches.Add(1)
	ack, send, err := books.Receive(ctx, s.cfg.Books, s.cfg.Now(), j.addr.Kiosk, j.payload)
	switch {
	case errors.Is(err, books.ErrGap):
		s.cfg.Log.Info("records missing", "kiosk", j.addr.Kiosk, "have", ack.Upto)
	case err != nil && ctx.Err() == nil:
		s.count.Refused.Add(1)
		s.cfg.Log.Error("records refused", "kiosk", j.addr.Kiosk, "error", err)
	case err == nil:
		s.cfg.Gateway.Kick()
	}
	if send && s.publish(ctx, wire.Down(j.addr.Kiosk, wire.ChanAck, ""), ack, false) {
		s.count.Acks.Add(1)
	}
}

func (s *Server) report(ctx context.Context, j job) {
	if len(j.payload) == 0 {
		return // a retained message was cleared
	}
	var st wire.State
	if err := wire.Decode(j.payload, &st); err != nil || st.V != wire.Version {
		s.count.Bad.Add(1)
		s.cfg.Log.Warn("state message refused", "kiosk", j.addr.Kiosk, "error", err)
		return
	}
	b, err := json.Marshal(st)
	if err == nil {
		err = s.cfg.Books.SaveReport(ctx, j.addr.Kiosk, st.Online, string(b), s.cfg.Now())
	}
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.Error("cannot keep state", "kiosk", j.addr.Kiosk, "error", err)
		return
	}
	s.count.Reports.Add(1)
	if st.Online {
		s.offerPolicy(ctx, j.addr.Kiosk)
		s.greetRoster(j.addr.Kiosk)
	}
}

// request answers beside the worker. One kiosk cannot take all the places.
func (s *Server) request(ctx context.Context, j job, all *sync.WaitGroup) {
	s.count.Requests.Add(1)
	var r wire.Request
	if err := wire.Decode(j.payload, &r); err != nil || r.ID != j.addr.ID {
		s.reply(ctx, j.addr, wire.Reply{V: wire.Version, ID: j.addr.ID, Error: &wire.Error{Code: wire.ErrCodeBadRequest, Message: "request not readable"}})
		return
	}
	if !s.take(j.addr.Kiosk) {
		s.drop(j.addr)
		s.reply(ctx, j.addr, wire.Reply{V: wire.Version, ID: r.ID, Error: &wire.Error{Code: wire.ErrCodeUnavailable, Message: "head office is too busy"}})
		return
	}
	all.Go(func() {
		defer s.free(j.addr.Kiosk)
		s.reply(ctx, j.addr, s.cfg.Gateway.Answer(ctx, j.addr.Kiosk, r))
	})
}

func (s *Server) take(kiosk string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asking[kiosk] >= maxOfKiosk {
		return false
	}
	select {
	case s.slots <- struct{}{}:
		s.asking[kiosk]++
		return true
	default:
		return false
	}
}

func (s *Server) free(kiosk string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	<-s.slots
	if s.asking[kiosk]--; s.asking[kiosk] == 0 {
		delete(s.asking, kiosk)
	}
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
		s.cfg.Log.Info("message lost", "topic", topic, "error", err)
		return false
	}
	return true
}
