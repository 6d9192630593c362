package updater

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"wattkiosk/ota/manifest"
	"wattkiosk/ota/slot"
	"wattkiosk/ota/update"
	"wattkiosk/ota/update/updatetest"
	"wattkiosk/uplink/wire"
)

const kiosk = "10000001"

// chunk is a size that only the readings of chunks exceed, in bytes.
const chunk = 50_000

// fakeClock is moved by the test; short waits pass by themselves.
type fakeClock struct {
	mu      sync.Mutex
	wall    time.Time
	elapsed time.Duration
	trusted bool
	timers  []timer
}

type timer struct {
	at time.Duration
	c  chan time.Time
}

func newClock() *fakeClock {
	return &fakeClock{wall: time.Now().UTC().Truncate(time.Second), trusted: true}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wall
}

func (c *fakeClock) Trusted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trusted
}

func (c *fakeClock) Elapsed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.elapsed
}

// After lets the pauses of the worker pass at once.
func (c *fakeClock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	t := timer{c.elapsed + d, make(chan time.Time, 1)}
	c.timers = append(c.timers, t)
	c.mu.Unlock()
	if d <= restartWithin {
		c.pass(d)
	}
	return t.c
}

func (c *fakeClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall, c.elapsed = c.wall.Add(d), c.elapsed+d
	var rest []timer
	for _, t := range c.timers {
		if t.at <= c.elapsed {
			t.c <- c.wall
			continue
		}
		rest = append(rest, t)
	}
	c.timers = rest
}

// fakeKioskd gives holds as it is told.
type fakeKioskd struct {
	clock *fakeClock
	err   error
	until time.Duration // of the hold
	asked int
}

func (k *fakeKioskd) Hold(_ context.Context, d time.Duration) error {
	k.asked++
	if k.err == nil {
		k.until = k.clock.Elapsed() + d
	}
	return k.err
}

func (k *fakeKioskd) Release(context.Context) error {
	k.until = 0
	return k.err
}

func (k *fakeKioskd) held() bool { return k.until > k.clock.Elapsed() }

// fakeFetch serves one file.
type fakeFetch struct {
	file  []byte
	err   error                       // of Open
	read  func(at int64, n int) error // before each reading; may be nil
	open  func()                      // when opened; may be nil
	bytes int64                       // read
	size  int64                       // told instead of the file's
}

func (f *fakeFetch) Open(context.Context, string, int64) (io.ReaderAt, int64, error) {
	if f.open != nil {
		f.open()
	}
	if f.err != nil {
		return nil, 0, f.err
	}
	if f.size != 0 {
		return f, f.size, nil
	}
	return f, int64(len(f.file)), nil
}

func (f *fakeFetch) ReadAt(p []byte, at int64) (int, error) {
	if f.read != nil {
		if err := f.read(at, len(p)); err != nil {
			return 0, err
		}
	}
	n, err := bytes.NewReader(f.file).ReadAt(p, at)
	f.bytes += int64(n)
	return n, err
}

// yard is a fleet, head office and its bundles, made once for all tests.
type yard struct {
	fleet  *updatetest.Fleet
	key    ed25519.PrivateKey
	public ed25519.PublicKey
	file   []byte // of build 8
}

func newYard(t testing.TB) *yard {
	t.Helper()
	y := &yard{fleet: updatetest.NewFleet(t)}
	var err error
	if y.public, y.key, err = ed25519.GenerateKey(nil); err != nil {
		t.Fatal(err)
	}
	y.file = y.fleet.Bundle(t, 8, nil)
	return y
}

// rig is one board and its world.
type rig struct {
	t         testing.TB
	yard      *yard
	site      *updatetest.Site
	clock     *fakeClock
	kioskd    *fakeKioskd
	fetch     *fakeFetch
	sticks    *fakeSticks
	content   ContentInstaller
	devices   Devices
	cut       *updatetest.Cut
	restarts  int
	restartAt time.Duration
	down      bool // the board was restarted
	agent     *Agent
	said      []wire.JobReport
}

func (y *yard) rig(t testing.TB) *rig {
	t.Helper()
	r := &rig{t: t, yard: y, site: y.fleet.Site(t), clock: newClock(), fetch: &fakeFetch{file: y.file}}
	r.kioskd = &fakeKioskd{clock: r.clock}
	r.start()
	return r
}

// start starts the agent, as a boot or systemd does.
func (r *rig) start() {
	r.t.Helper()
	b := r.site.Open()
	if r.cut != nil {
		r.cut.On(b)
	}
	cfg := Config{
		Who:   func() Identity { return Identity{Kiosk: kiosk, Zone: time.FixedZone("", 8*3600), Key: r.yard.public} },
		Board: b, Kioskd: r.kioskd, Fetch: r.fetch, Content: r.content, Devices: r.devices, Restart: r.restart, Clock: r.clock, Rand: func() float64 { return 0.5 },
		Log: slog.New(slog.DiscardHandler),
	}
	if r.sticks != nil {
		cfg.Sticks = r.sticks
	}
	a, err := New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	r.agent, r.down = a, false
}

// restart is what the agent calls; it is wrong without a hold, or if the next boot
// would not try a whole slot.
func (r *rig) restart(context.Context) error {
	if r.cut != nil && r.cut.Dead() {
		r.t.Error("a restart after the power was cut")
	}
	if !r.kioskd.held() && r.kioskd.err == nil {
		r.t.Error("a restart without a hold")
	}
	if st := r.site.State(); st.Try == "" || r.site.Holds(st.Try) == 0 {
		r.t.Errorf("a restart, and %+v is to be tried", st)
	}
	r.restarts++
	r.restartAt, r.down = r.clock.Elapsed(), true
	return nil
}

// job is an update to build 8, changed.
func (r *rig) job(change func(*wire.Job)) wire.Job {
	now := r.clock.Now().UnixMilli()
	j := wire.Job{
		V: wire.Version, Kiosk: kiosk, ID: "r1-1", Kind: wire.JobUpdate, Issued: now, Deadline: now + 24*time.Hour.Milliseconds(), Build: 8, Version: "v8",
		Bundle: &wire.JobBundle{URL: "https://office/bundles/8", Size: int64(len(r.fetch.file)), SHA256: manifest.Digest{1}},
	}
	if change != nil {
		change(&j)
	}
	return j
}

func (r *rig) sign(j wire.Job) *wire.Signed {
	r.t.Helper()
	s, err := wire.SignJob(r.yard.key, j)
	if err != nil {
		r.t.Fatal(err)
	}
	return &s
}

func (r *rig) offer(change func(*wire.Job)) {
	r.t.Helper()
	if err := r.agent.Offer(r.sign(r.job(change))); err != nil {
		r.t.Fatal(err)
	}
}

// last is the job's report; it must always be one that head office takes.
func (r *rig) last() wire.JobReport {
	r.t.Helper()
	s, _ := r.agent.State()
	if s.Job == nil {
		return wire.JobReport{}
	}
	if err := s.Job.Check(); err != nil {
		r.t.Error(err)
	}
	return *s.Job
}

// turns lets the agent work until it has gone down, or ok holds, and says whether it
// does. The clock moves as the agent asks.
func (r *rig) turns(ok func(wire.JobReport) bool) bool {
	r.t.Helper()
	for range 400 {
		rest := r.agent.turn(r.t.Context())
		now := r.last()
		r.note(now)
		if ok(now) {
			return true
		}
		if r.down {
			return false
		}
		r.clock.pass(rest)
	}
	return false
}

func (r *rig) note(now wire.JobReport) {
	now.At = 0
	if now.Phase == wire.PhaseGood && now.To != 0 && now.To != r.site.Holds(r.site.State().Good) {
		r.t.Errorf("%+v, and %+v", now, r.site.State())
	}
	if n := len(r.said); n == 0 || r.said[n-1].Phase != now.Phase {
		r.said = append(r.said, now)
	}
}

// boot restarts the board, settles what is on trial by the gates' word, and starts
// the agent.
func (r *rig) boot(gates error) slot.Running {
	r.t.Helper()
	run := r.site.Reboot()
	r.start()
	if run.Mode == slot.Trial {
		r.turns(func(p wire.JobReport) bool { return true })
		if gates != nil {
			r.settle(gates)
			r.turns(func(p wire.JobReport) bool { return true })
			run = r.site.Reboot()
			r.start()
			return run
		}
		r.settle(nil)
	}
	return run
}

// settle is kioskctl update settle.
func (r *rig) settle(gates error) {
	r.t.Helper()
	b := r.site.Open()
	if err := b.Lock(); err != nil {
		r.t.Fatal(err)
	}
	_, err := b.Settle(r.t.Context(), []update.Gate{{Name: "screen", Hold: func(context.Context) error { return gates }}}, update.Patience{
		Deadline: 20 * time.Millisecond, Every: time.Millisecond,
	})
	if err := errors.Join(err, b.Unlock()); err != nil {
		r.t.Fatal(err)
	}
}

func final(p wire.JobReport) bool { return p.Phase.Final() }

// ends lets the agent work to the end of the job and compares that.
func (r *rig) ends(phase wire.Phase, code string) {
	r.t.Helper()
	if !r.turns(final) {
		r.t.Fatalf("no end: %+v", r.last())
	}
	if p := r.last(); p.Phase != phase || p.Code != code {
		r.t.Fatalf("%s %q (%s), want %s %q", p.Phase, p.Code, p.Detail, phase, code)
	}
}

// phases are the phases that were seen, in order.
func (r *rig) phases() (list []wire.Phase) {
	for _, p := range r.said {
		list = append(list, p.Phase)
	}
	return list
}

var errLine = fmt.Errorf("the line is down")
