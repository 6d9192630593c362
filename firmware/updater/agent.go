package updater

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"sync"
	"time"

	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/ota/slot"
	"wattkiosk/ota/update"
	"wattkiosk/ota/usb"
	"wattkiosk/uplink/wire"
)

// Config is what an Agent needs of the world.
type Config struct {
	Who     func() Identity // asked at the start and for each job, as a kiosk may be enrolled meanwhile
	Board   *update.Board   // its Now is set by New
	Kioskd  Kioskd
	Fetch   Fetcher
	Content ContentInstaller            // nil: content jobs are refused
	Devices Devices                     // nil: no firmware of devices is installed
	Sticks  Sticks                      // nil: no sticks
	Restart func(context.Context) error // has the board stopped in order and started again
	Clock   Clock
	Rand    func() float64 // 0 to 1, for jitter
	Log     *slog.Logger
	Lines   func() []string // the last lines of the log, for reports; may be nil
}

// Identity is which kiosk the board is.
type Identity struct {
	Kiosk string            // terminal number; "" while it is not enrolled
	Zone  *time.Location    // of the windows of jobs, and of reports
	Key   ed25519.PublicKey // head office's; nil: no jobs are taken
}

// Agent does one thing at a time: a job, or a stick. Offer, Choose, Dismiss and
// State may be called at any time; Run once.
type Agent struct {
	cfg   Config
	board *update.Board
	log   *slog.Logger
	wake  chan struct{}

	mu      sync.Mutex
	who     Identity
	moments *moments
	rec     *record // nil: no job was ever taken
	armed   bool    // the job passes, or has passed, the point of no return
	stop    context.CancelCauseFunc
	stick   *stick
	seen    int       // sticks, for their ids
	mode    slot.Mode // of the running slot; one that was on trial and is settled is good
	rev     uint64
	changed chan struct{}

	retry   retry // of fetching; only for the worker
	down    downtime
	pressed int // restarts for a stick
}

// New opens what the agent kept. The board's time becomes the agent's.
func New(cfg Config) (*Agent, error) {
	a := &Agent{
		cfg: cfg, board: cfg.Board, log: cfg.Log, who: cfg.Who(), mode: cfg.Board.Running.Mode, wake: make(chan struct{}, 1), changed: make(chan struct{}),
		rev: uint64(max(cfg.Clock.Now().UnixMilli(), 1)), // not one of an earlier life
	}

	rec, err := loadRecord(a.board.Store)
	if err != nil {
		a.log.Error("the last job is lost", "err", err) // a new one must still be taken
	}

	a.rec = rec
	var last time.Time
	if rec != nil {
		last = time.UnixMilli(max(rec.Job.Issued, rec.Report.At))
	}

	a.moments = newMoments(cfg.Clock, last)
	a.board.Now = a.now
	return a, nil
}

// now is the time that rules are held against.
func (a *Agent) now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, _ := a.moments.now()
	return t
}

// Run works until ctx ends, then returns nil. What was begun goes on at the next
// start.
func (a *Agent) Run(ctx context.Context) error {
	var sticks <-chan usb.Event
	if a.cfg.Sticks != nil {
		sticks = a.cfg.Sticks.Events()
	}
	go a.listen(ctx, sticks)
	for ctx.Err() == nil {
		rest := a.turn(ctx)
		select {
		case <-ctx.Done():
		case <-a.wake:
		case <-a.cfg.Clock.After(rest):
		}
	}
	return nil
}

// kick has the worker look again at once.
func (a *Agent) kick() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// turn does the next thing and says after how long there may be another.
func (a *Agent) turn(ctx context.Context) time.Duration {
	if err := a.settle(ctx); err != nil {
		a.log.Warn("cannot settle the last update", "err", err)
		return lookSoon
	}
	a.look()
	if rest, busy := a.turnStick(ctx); busy {
		return rest
	}
	return a.turnJob(ctx)
}

// look tells when the running slot has proved itself.
func (a *Agent) look() {
	s, err := a.board.State()
	if err != nil {
		return // whoever needs the state says so
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.mode == slot.Trial && !a.board.OnTrial(s) {
		a.mode = slot.Good
		a.tell()
	}
}

// settle records how the last update ended, if its slot is not on trial.
func (a *Agent) settle(ctx context.Context) error {
	p, err := a.board.Pending()
	if err != nil || p == nil {
		return err
	}
	s, err := a.board.State()
	if err != nil || a.board.OnTrial(s) || p.Armed(s) {
		return err
	}
	return a.locked(func() error {
		v, err := a.board.Settle(ctx, nil, update.Patience{})
		a.log.Info("the last update is settled", "verdict", string(v), "version", p.Version, "by", p.By)
		return err
	})
}

// locked does something that only one process may do at a time.
func (a *Agent) locked(do func() error) error {
	if err := a.board.Lock(); err != nil {
		return err
	}
	defer func() { _ = a.board.Unlock() }()
	return do()
}

// State implements agentapi.Agent.
func (a *Agent) State() (agentapi.State, <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.board
	s := agentapi.State{
		Rev: a.rev, Version: b.Release.Version, Build: b.Release.Build, Slot: string(b.Running.Slot), Mode: string(a.mode),
	}

	if slots, err := b.Slots(); err == nil {
		s.Other = slots[b.Running.Slot.Other()].Build
	}

	if a.rec != nil && !a.rec.Quiet {
		r := a.rec.Report
		s.Job = &r
	}

	if a.stick != nil && !a.stick.leaving {
		s.Stick = a.stick.public()
	}

	return s, a.changed
}

// tell has a.mu: whoever waits for a change sees it.
func (a *Agent) tell() {
	a.rev++
	close(a.changed)
	a.changed = make(chan struct{})
}

// working makes a context for work that Offer or Choose may stop, or the deadline.
func (a *Agent) working(ctx context.Context) (context.Context, context.CancelFunc) {
	work, cancel := context.WithCancelCause(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stop = cancel
	return work, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.stop = nil
		cancel(context.Canceled)
	}
}

// interrupt has a.mu: it stops what the worker is at.
func (a *Agent) interrupt(why error) {
	if a.stop != nil {
		a.stop(why)
	}
	a.kick()
}

var _ agentapi.Agent = (*Agent)(nil)

// report changes the job's report, durably unless it is only the percentage. It
// does nothing if the job is another one by now.
func (a *Agent) report(id string, change func(*wire.JobReport)) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.rec == nil || a.rec.Job.ID != id {
		return nil
	}

	next := *a.rec
	change(&next.Report)
	if next.Report == a.rec.Report {
		return nil
	}

	now, _ := a.moments.now()
	next.Report.At = max(now.UnixMilli(), 0)
	same := a.rec.Report
	same.Percent, same.At = next.Report.Percent, next.Report.At
	if next.Report != same {
		next.Quiet = false
		if err := saveRecord(a.board.Store, next); err != nil {
			return err
		}
		a.log.Info("job", "id", id, "phase", string(next.Report.Phase), "code", next.Report.Code, "detail", next.Report.Detail)
	}

	a.rec = &next
	a.tell()
	return nil
}
