package line

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"syscall"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/outbox"
	"wattkiosk/uplink/wire"
)

// Bounds of the uplink.
const (
	newsQueue  = 64
	publishTTL = 10 * time.Second
	goodbyeTTL = 3 * time.Second
	// maxSleep bounds the time between two looks at what is due.
	maxSleep = 5 * time.Second
	// stateEvery is the mean time between two heartbeats. The time from one to the
	// next is chance: kiosks that came up together must not beat together.
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
	asks  *asks
	grown chan struct{}
	news  chan func(now time.Time)

	sender        *outbox.Sender
	pending       outbox.Pending
	reports       reports
	linked        bool
	fresh         bool // no heartbeat since the line came up
	stateAt       time.Time
	rebuilds      int
	wrong         conditions
	judged        bool        // an acknowledgement has fitted since the start
	tls           *tls.Config // nil: the line is not encrypted
	certificateAt time.Time   // of the next look at its end
	renew         renewal
	spare         spare
	cuts          []time.Time // connections that the other end cut lately
}

// New makes the uplink of a kiosk over its journal.
func New(kioskID string, source outbox.Source, policy ed25519.PublicKey, log *slog.Logger) *Uplink {
	return &Uplink{
		kioskID: kioskID, log: log, source: source, policy: policy,
		asks: newAsks(), wrong: conditions{}, grown: make(chan struct{}, 1), news: make(chan func(time.Time), newsQueue),
		sender: outbox.New(outbox.Config{}, source, rand.Float64),
	}
}

// TakeJobs has jobs of head office handed to f as they come, empty ones too; f must
// not block. It is called before Run.
func (u *Uplink) TakeJobs(f func(payload []byte)) { u.job = f }

// TakeRosters has signed rosters of staff handed to f, which says what is wrong with
// one. It is called before Run.
func (u *Uplink) TakeRosters(f func(wire.Signed) error) { u.roster = f }

// Report takes the agent's report about its job; nil when there is no job. A newer report replaces
// an unsent one.
func (u *Uplink) Report(ctx context.Context, r *wire.JobReport) {
	u.tell(ctx, func(now time.Time) { u.reports.set(now, r) })
}

// Ask queues a request. It ends in a kiosk.Reply or in kiosk.Expired, and in the
// latter at once if there is no room for it.
func (u *Uplink) Ask(a kiosk.Ask) { u.asks.put(time.Now(), a) }

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
		u.tls, u.renew.id = cfg.TLS, cfg.Identity
		defer u.dial(ctx, cfg)()
	}

	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(u.sleep())
		select {
		case <-ctx.Done():
			return nil
		case <-u.asks.came:
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
		c, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbyeTTL)
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
	cfg.Subscriptions = []mqttlink.Subscription{down(wire.ChanAck, ""), down(wire.ChanRep, "+"), down(wire.ChanPolicy, ""), down(wire.ChanCmd, wire.CmdSettle), down(wire.ChanCmd, wire.CmdVoid), down(wire.ChanCmd, wire.CmdCash)}
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
	cfg.OnFail = func(err error) { tell(func(time.Time) { u.failed(ctx, err) }) }
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
	u.linked, u.fresh = true, true
	u.stateAt = time.Time{}
	u.reports.again(now)
	u.sender.Connected(now)
	u.log.Info("line is up", "backlog", u.sender.Backlog())
	byDate := u.renew.id != nil && u.renew.id.ByDate()
	u.set(ctx, condition.Clock, byDate, "by this clock head office's certificate is not valid; it is by the date of the own one")
	u.set(ctx, condition.NotAdmitted, false, "")
	u.certificateAt = time.Time{}
	u.renew.up(now)
	u.spare.up(now, rand.Float64())
	u.send(ctx, kiosk.Link{Up: true})
}

func (u *Uplink) down(ctx context.Context, now time.Time, err error) {
	u.linked = false
	u.sender.Disconnected(now)
	u.log.Info("line is down", "err", err)
	if (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)) && u.flapped(now) {
		u.set(ctx, condition.LineFlaps, true, "")
	}
	u.send(ctx, kiosk.Link{Up: false})
	for _, id := range u.pending.Expired(now.Add(outbox.MaxRequestTTL)) { // no answer can come any more
		u.send(ctx, kiosk.Expired{ID: id})
	}
}

// turn does what is due: batches, expired requests, the heartbeat.
func (u *Uplink) turn(ctx context.Context) {
	now := time.Now()
	for _, id := range append(u.asks.expired(now), u.pending.Expired(now)...) {
		u.send(ctx, kiosk.Expired{ID: id})
	}

	u.checkCertificate(ctx, now)
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

	u.calm(ctx, now)
	u.renewTurn(ctx, now)
	u.spareTurn(ctx, now)
	u.ask(ctx, now)
	if !now.Before(u.stateAt) {
		u.stateAt = now.Add(beatIn(u.fresh, rand.Float64()))
		u.fresh = false
		u.publishState(ctx, true)
	}

	u.publishReport(ctx, now)
}

// beatIn is how long after a heartbeat the next one comes. After the first of a
// connection it may be any time within stateEvery, then stateEvery and a quarter more
// or less; chance is from 0 to 1.
func beatIn(first bool, chance float64) time.Duration {
	if first {
		return time.Duration(chance * float64(stateEvery))
	}
	return time.Duration((0.75 + chance/2) * float64(stateEvery))
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
	due := []time.Time{u.sender.Wake(), u.pending.Wake(), u.asks.wake()}
	if u.linked {
		due = append(due, u.reports.wake(), u.stateAt, u.renew.wake())
	}
	for _, t := range due {
		if !t.IsZero() && t.Before(wake) {
			wake = t
		}
	}
	return max(time.Until(wake), 0)
}

// ask publishes what waits, as far as head office is not answering enough already.
func (u *Uplink) ask(ctx context.Context, now time.Time) {
	for u.pending.Open() < askAtOnce {
		a, any := u.asks.next(now)
		if !any {
			return
		}
		if err := u.publishAsk(ctx, now, a); err != nil {
			u.log.Warn("cannot ask", "op", a.Op, "err", err)
			u.pending.Reply(a.ID)
			u.send(ctx, kiosk.Expired{ID: a.ID})
		}
	}
}

func (u *Uplink) publishAsk(ctx context.Context, now time.Time, a kiosk.Ask) error {
	b, err := wire.Encode(a.Request)
	a.Wipe()
	if err != nil {
		return err
	}
	if err := u.pending.Start(now, a.ID, a.TTL); err != nil {
		return err
	}
	return u.publish(ctx, wire.Up(u.kioskID, wire.ChanReq, a.ID), b, 1, false)
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
