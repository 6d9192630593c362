package appliance

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"math/rand/v2"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/outbox"
	"wattkiosk/uplink/wire"
)

// Bounds of the uplink.
const (
	askQueue   = 32
	newsQueue  = 64
	publishTTL = 10 * time.Second
	stateEvery = time.Minute
)

// Uplink carries records, requests, the kiosk's state and reports about jobs to head
// office, and acknowledgements, replies, policies, jobs and rosters back.
type Uplink struct {
	kioskID string
	log     *slog.Logger
	source  outbox.Source
	policy  ed25519.PublicKey // nil: policies are refused
	state   func(context.Context) (wire.State, error)
	send    func(context.Context, kiosk.Event)
	job     func(payload []byte)    // nil: this kiosk takes no jobs
	roster  func(wire.Signed) error // nil: this kiosk takes no rosters

	link  *mqttlink.Link
	asks  chan kiosk.Ask
	grown chan struct{}
	news  chan func(now time.Time)

	sender   *outbox.Sender
	pending  outbox.Pending
	reports  reports
	linked   bool
	stateAt  time.Time
	rebuilds int
}

// NewUplink makes the uplink of a kiosk over its journal.
func NewUplink(kioskID string, source outbox.Source, policy ed25519.PublicKey, log *slog.Logger) *Uplink {
	return &Uplink{
		kioskID: kioskID, log: log, source: source, policy: policy,
		asks: make(chan kiosk.Ask, askQueue), grown: make(chan struct{}, 1), news: make(chan func(time.Time), newsQueue),
		sender: outbox.New(outbox.Config{}, source, rand.Float64),
	}
}

// TakeJobs has jobs of head office handed to f as they come, empty ones too; f must
// not block. It is called before Run.
func (u *Uplink) TakeJobs(f func(payload []byte)) { u.job = f }

// TakeRosters has signed rosters of staff handed to f, which says what is wrong with
// one. It is called before Run.
func (u *Uplink) TakeRosters(f func(wire.Signed) error) { u.roster = f }

// Report takes the agent's report about its job; nil is none. What is not sent before
// the next comes is not sent.
func (u *Uplink) Report(ctx context.Context, r *wire.JobReport) {
	u.tell(ctx, func(now time.Time) { u.reports.set(now, r) })
}

// Ask queues a request; a full queue counts as no answer.
func (u *Uplink) Ask(a kiosk.Ask) {
	select {
	case u.asks <- a:
	default:
		u.log.Warn("request queue is full", "op", a.Op)
	}
}

// Grown says that the journal has new records.
func (u *Uplink) Grown() {
	select {
	case u.grown <- struct{}{}:
	default:
	}
}

// Run connects and works until ctx ends. state is what heartbeats say, send takes
// what head office says. An empty broker means that there is no line.
func (u *Uplink) Run(ctx context.Context, cfg mqttlink.Config, state func(context.Context) (wire.State, error), send func(context.Context, kiosk.Event)) error {
	u.state, u.send = state, send
	if cfg.Broker != "" {
		defer u.dial(ctx, cfg)()
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(u.sleep())
		select {
		case <-ctx.Done():
			return nil
		case a := <-u.asks:
			u.ask(ctx, a)
		case <-u.grown:
		case f := <-u.news:
			f(time.Now())
		case <-timer.C:
		}
		u.turn(ctx)
	}
}

// dial begins to connect and returns what ends that. Settings that cannot do leave the
// kiosk without a line, and are reported.
func (u *Uplink) dial(ctx context.Context, cfg mqttlink.Config) (end func()) {
	link, err := mqttlink.Dial(u.configure(ctx, cfg))
	if err != nil {
		u.log.Error("there will be no line to head office", "err", err)
		u.send(ctx, kiosk.Warning{Code: kiosk.NoLine, On: true, Detail: err.Error()})
		return func() {}
	}

	u.link = link
	return func() {
		c, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		u.publishState(c, false)
		if err := link.Close(c); err != nil {
			u.log.Warn("cannot close the link", "err", err)
		}
	}
}

func (u *Uplink) configure(ctx context.Context, cfg mqttlink.Config) mqttlink.Config {
	down := func(c wire.Channel, id string) mqttlink.Subscription {
		return mqttlink.Subscription{Filter: wire.Down(u.kioskID, c, id), QoS: 1}
	}
	cfg.ClientID, cfg.Logger, cfg.Rand = u.kioskID, u.log, rand.Float64
	cfg.Subscriptions = []mqttlink.Subscription{down(wire.ChanAck, ""), down(wire.ChanRep, "+"), down(wire.ChanPolicy, "")}
	if u.job != nil {
		cfg.Subscriptions = append(cfg.Subscriptions, down(wire.ChanJob, ""))
	}
	if u.roster != nil {
		cfg.Subscriptions = append(cfg.Subscriptions, down(wire.ChanCfg, ""))
	}
	will, err := wire.Encode(wire.State{V: wire.Version})
	if err == nil {
		cfg.Will = &mqttlink.Message{Topic: wire.Up(u.kioskID, wire.ChanState, ""), Payload: will, QoS: 1, Retained: true}
	}
	tell := func(f func(time.Time)) { u.tell(ctx, f) }
	cfg.OnUp = func() { tell(func(now time.Time) { u.up(ctx, now) }) }
	cfg.OnDown = func(err error) { tell(func(now time.Time) { u.down(ctx, now, err) }) }
	cfg.OnMessage = func(topic string, payload []byte) {
		tell(func(now time.Time) { u.message(ctx, now, topic, payload) })
	}
	return cfg
}

// tell has f called on the uplink's goroutine; it blocks while the queue is full.
func (u *Uplink) tell(ctx context.Context, f func(now time.Time)) {
	select {
	case u.news <- f:
	case <-ctx.Done():
	}
}

func (u *Uplink) up(ctx context.Context, now time.Time) {
	u.linked, u.stateAt = true, time.Time{}
	u.reports.again(now)
	u.sender.Connected(now)
	u.log.Info("line is up", "backlog", u.sender.Backlog())
	u.send(ctx, kiosk.Link{Up: true})
}

func (u *Uplink) down(ctx context.Context, now time.Time, err error) {
	u.linked = false
	u.sender.Disconnected(now)
	u.log.Info("line is down", "err", err)
	u.send(ctx, kiosk.Link{Up: false})
}

// turn does what is due: batches, expired requests, the heartbeat.
func (u *Uplink) turn(ctx context.Context) {
	now := time.Now()
	for _, id := range u.pending.Expired(now) {
		u.send(ctx, kiosk.Expired{ID: id})
	}
	if !u.linked {
		return
	}
	if u.sender.Stalled(now) {
		u.rebuilds++
		u.log.Warn("no acknowledgement from head office; building a new link", "rebuilds", u.rebuilds)
		u.linked = false
		u.sender.Disconnected(now)
		u.link.Rebuild()
		return
	}
	batches, err := u.sender.Advance(now)
	if err != nil {
		u.log.Error("cannot read the outbox", "err", err)
	}
	for _, b := range batches {
		if err := u.publish(ctx, wire.Up(u.kioskID, wire.ChanRec, ""), b.Payload, 1, false); err != nil {
			u.log.Warn("cannot publish records", "err", err)
			u.link.Rebuild()
			return
		}
	}
	if !now.Before(u.stateAt) {
		u.stateAt = now.Add(stateEvery)
		u.publishState(ctx, true)
	}
	u.publishReport(ctx, now)
}

// publishReport sends the report about the job that is due.
func (u *Uplink) publishReport(ctx context.Context, now time.Time) {
	r, due := u.reports.next(now)
	if !due {
		return
	}
	b, err := wire.Encode(r)
	if err == nil {
		err = u.publish(ctx, wire.Up(u.kioskID, wire.ChanJob, r.ID), b, 1, false)
	}
	if err != nil {
		u.log.Warn("cannot publish job report", "job", r.ID, "err", err)
	}
	u.reports.done(now, err)
}

func (u *Uplink) sleep() time.Duration {
	wake := time.Now().Add(maxSleep)
	due := []time.Time{u.sender.Wake(), u.pending.Wake()}
	if u.linked {
		due = append(due, u.reports.wake())
	}
	for _, t := range due {
		if !t.IsZero() && t.Before(wake) {
			wake = t
		}
	}
	return max(time.Until(wake), 0)
}

func (u *Uplink) ask(ctx context.Context, a kiosk.Ask) {
	if err := u.pending.Start(time.Now(), a.ID, a.TTL); err != nil {
		u.log.Warn("cannot ask", "op", a.Op, "err", err)
		u.send(ctx, kiosk.Expired{ID: a.ID})
		return
	}
	b, err := wire.Encode(a.Request)
	if err != nil {
		u.log.Error("cannot encode request", "op", a.Op, "err", err)
		return // it expires
	}
	if u.linked {
		if err := u.publish(ctx, wire.Up(u.kioskID, wire.ChanReq, a.ID), b, 1, false); err != nil {
			u.log.Warn("cannot publish request", "op", a.Op, "err", err)
		}
	}
}

func (u *Uplink) publish(ctx context.Context, topic string, b []byte, qos byte, retained bool) error {
	ctx, cancel := context.WithTimeout(ctx, publishTTL)
	defer cancel()
	return u.link.Publish(ctx, topic, b, qos, retained)
}

func (u *Uplink) publishState(ctx context.Context, online bool) {
	s := wire.State{V: wire.Version}
	if online {
		var err error
		if s, err = u.state(ctx); err != nil {
			return
		}
	}
	b, err := wire.Encode(s)
	if err == nil && u.link.Up() {
		err = u.publish(ctx, wire.Up(u.kioskID, wire.ChanState, ""), b, 1, true)
	}
	if err != nil {
		u.log.Warn("cannot publish state", "err", err)
	}
}

// Beat makes the next turn publish the kiosk's state.
func (u *Uplink) Beat() {
	select {
	case u.news <- func(time.Time) { u.stateAt = time.Time{} }:
	default:
	}
}

// message takes one message of head office. A malformed one is logged by topic
// and left.
func (u *Uplink) message(ctx context.Context, now time.Time, topic string, payload []byte) {
	a, err := wire.ParseTopic(topic)
	if err == nil && (a.Up || a.Kiosk != u.kioskID) {
		return
	}
	if err == nil {
		switch a.Chan {
		case wire.ChanAck:
			err = u.acked(now, payload)
		case wire.ChanRep:
			err = u.replied(ctx, a.ID, payload)
		case wire.ChanPolicy:
			err = u.policied(ctx, payload)
		case wire.ChanJob:
			err = u.jobbed(now, payload)
		case wire.ChanCfg:
			err = u.rostered(payload)
		}
	}
	if err != nil {
		u.log.Warn("message refused", "topic", topic, "err", err)
	}
}

func (u *Uplink) acked(now time.Time, payload []byte) error {
	var a wire.Ack
	if err := wire.Decode(payload, &a); err != nil {
		return err
	}
	return u.sender.Acked(now, a)
}

func (u *Uplink) replied(ctx context.Context, id string, payload []byte) error {
	var r wire.Reply
	if err := wire.Decode(payload, &r); err != nil {
		return err
	}
	if r.ID == id && u.pending.Reply(id) {
		u.send(ctx, kiosk.Reply{Reply: r})
	}
	return nil
}

func (u *Uplink) policied(ctx context.Context, payload []byte) error {
	var s wire.Signed
	if err := wire.Decode(payload, &s); err != nil {
		return err
	}
	p, err := wire.Open(u.policy, s)
	if err != nil {
		return err
	}
	u.send(ctx, kiosk.NewPolicy{Policy: p})
	return nil
}

// jobbed hands on a job, or that none is wanted. It is not read here: the agent alone
// knows what head office's signature must be under.
func (u *Uplink) jobbed(now time.Time, payload []byte) error {
	if u.job == nil {
		return nil
	}
	if len(payload) == 0 {
		u.reports.forget()
		u.job(nil)
		return nil
	}
	var s wire.Signed
	if err := wire.Decode(payload, &s); err != nil {
		return err
	}
	u.reports.again(now)
	u.job(payload)
	return nil
}

// rostered hands on a roster of staff. One that was taken back changes nothing: a
// kiosk never knows less than the last one that it accepted.
func (u *Uplink) rostered(payload []byte) error {
	if u.roster == nil || len(payload) == 0 {
		return nil
	}
	var s wire.Signed
	if err := wire.Decode(payload, &s); err != nil {
		return err
	}
	return u.roster(s)
}
