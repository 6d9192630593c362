package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/boards/ground/httpgate"
	"wattkiosk/boards/ground/labclock"
	"wattkiosk/firmware/config"
	"wattkiosk/hal/bench"
	"wattkiosk/hal/printer/escpos/escpossim"
)

const (
	readyWithin = 5 * time.Minute // for a child to answer after its first start
	pollEvery   = 50 * time.Millisecond
	serveWithin = 5 * time.Second // for requests to end when the lab stops
)

// lab is a running lab. Its parts are each safe for concurrent use.
type lab struct {
	opt      options
	at       layout
	programs programs
	maker    maker
	places   places
	begun    time.Time
	errs     io.Writer

	clock    *labclock.Clock
	lock     *os.File
	mis      *mis
	acquirer *acquirer
	posp     *posp
	cards    *cardSystem
	collect  *collect
	books    map[string]*dayBook // by the names that head office has for them
	bench    *bench.Bench
	line     *line
	office   *child
	kioskd   *child
	logs     []*output
	server   *http.Server

	power  sync.Mutex // held while the power is switched
	failed chan error // the bench's HTTP server ended by itself
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// startLab starts everything and returns when the kiosk is ready. What it started
// is stopped again when it fails.
func startLab(ctx context.Context, o options, errs io.Writer) (*lab, error) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l := &lab{opt: o, at: layout{o.dir}, begun: time.Now(), errs: errs, failed: make(chan error, 1), cancel: cancel}
	if err := l.start(ctx, own); err != nil {
		return nil, errors.Join(err, l.stop())
	}
	return l, nil
}

// start is ended by ctx; what it starts is ended by own.
func (l *lab) start(ctx, own context.Context) error {
	if err := l.takeDir(); err != nil {
		return err
	}

	ln, err := listen("lab bench", l.opt.bench)
	if err != nil {
		return err
	}

	screen, err := claim("kiosk screen", l.opt.screen)
	if err == nil {
		l.programs, err = findPrograms(ctx, l.opt.bin, l.at.dir, l.errs)
	}

	if err == nil {
		l.maker, err = l.deliver(ctx)
	}

	if err == nil {
		err = l.equip(own)
	}

	if err == nil {
		err = l.startOffice(ctx, own)
	}

	if err == nil {
		l.places.Screen, l.places.Bench = "http://"+screen+"/", "http://"+ln.Addr().String()+"/"
		l.places.Zone = config.Default().Timezone
		l.places.Dir, l.places.Kiosk = l.at.dir, kioskID
		l.places.PID, l.places.Accounts = os.Getpid(), demoAccounts()
		err = l.startKiosk(ctx, own, screen)
	}

	if err != nil {
		return errors.Join(err, ln.Close())
	}

	l.serve(ln) // last: the calls find every part in its place
	return nil
}

// takeDir makes the folders and keeps a second lab out of them.
func (l *lab) takeDir() error {
	for _, d := range []string{l.at.dir, l.at.office(), l.at.kiosk(), l.at.tmp()} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return fmt.Errorf("cannot make the lab's folder: %w", err)
		}
	}
	f, err := os.OpenFile(l.at.path("lab.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("cannot lock the lab's folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("another lab runs in %s: end it, or take another --dir", l.at.dir), f.Close())
	}
	l.lock = f

	return l.startClock()
}

// equip opens the devices and the outside world.
func (l *lab) equip(own context.Context) error {
	var err error
	if l.mis, err = openMIS(own, l.at.ledger(), l.opt.province, l.clock.Now); err != nil {
		return err
	}
	if l.acquirer, err = openAcquirer(own, l.at, l.clock.Now); err != nil {
		return err
	}
	master, err := masterKey(l.at.masterKey())
	if err != nil {
		return err
	}
	if l.posp, err = openPOSP(own, l.at.bank(), master, l.mis.sim, l.clock.Now, l.opt.heard); err != nil {
		return err
	}
	if l.cards, err = openCardSystem(own, l.at.cardSystem(), l.clock.Now); err != nil {
		return err
	}
	if l.collect, err = openCollect(l.at.collect()); err != nil {
		return err
	}
	if err := l.openDayBooks(own); err != nil {
		return err
	}
	l.places.MIS, l.places.Acquirer = l.mis.addr, l.acquirer.addr
	l.places.POSP, l.places.CardSystem = l.posp.addr, l.cards.addr
	cfg := bench.Config{Driver: l.opt.validator, MeterReader: l.opt.meterReader, Pinpad: l.opt.pinpad, Master: master[:], Invoice: escpossim.Config{Dots: 480}}
	cfg.Unplug = func() {
		if err := l.setPower(own, false); err != nil {
			fmt.Fprintln(l.errs, "kiosklab: the plug was pulled:", err)
		}
	}
	if l.opt.reader != vendorReader {
		cfg.Reader = l.opt.reader
	}
	if l.opt.quick {
		cfg = quickDevices(cfg)
	}
	l.bench, err = bench.OpenWith(l.at.dir, cfg)
	return err
}

func (l *lab) startKiosk(ctx, own context.Context, screen string) error {
	if err := l.enrol(ctx); err != nil {
		return err
	}
	scheme, _ := brokerHost(l.places.Broker)
	if err := l.configure(screen, scheme); err != nil {
		return err
	}
	var err error
	if l.kioskd, err = l.raise(own, "kioskd", l.programs.kioskd, "-config", l.at.kioskToml()); err != nil {
		return err
	}
	return l.ready(ctx, l.kioskd, l.places.Screen+"readyz")
}

// raise begins to keep a child running.
func (l *lab) raise(own context.Context, name, path string, args ...string) (*child, error) {
	log, err := openOutput(name, l.at.path(name+".log"), l.errs)
	if err != nil {
		return nil, err
	}
	l.logs = append(l.logs, log)
	c := newChild(name, path, log, args...)
	c.tmp, c.time = l.at.tmp(), l.at.clock()
	c.wanted = true
	run, cancel := context.WithCancel(own)
	c.cancel = cancel
	go func() {
		defer close(c.done)
		c.run(run)
	}()
	return c, nil
}

// exitRestart is the exit code by which kioskd asks to be restarted.
const exitRestart = 3

// ready waits until a child answers url with 200. A child that ends before is an
// error, and the address it could not get is in its words.
func (l *lab) ready(ctx context.Context, c *child, url string) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		if answers(ctx, url) {
			return nil
		}
		c.mu.Lock()
		ended, exit := c.exit != "" && c.code != exitRestart, c.exit
		c.mu.Unlock()
		if ended {
			return fmt.Errorf("%s did not start (%s):\n%s", c.name, exit, strings.TrimRight(c.log.last(), "\n"))
		}
		if backoff.Pause(ctx, pollEvery) != nil {
			return fmt.Errorf("%s is not ready (%w):\n%s", c.name, ctx.Err(), strings.TrimRight(c.log.last(), "\n"))
		}
	}
}

func answers(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close() // only the status was wanted
	return resp.StatusCode == http.StatusOK
}

// serve begins to serve the bench.
func (l *lab) serve(ln net.Listener) {
	l.server = httpgate.New(httpgate.Config{Handler: l.routes(), Ours: httpgate.Local})
	l.wg.Go(func() {
		if err := l.server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			l.failed <- fmt.Errorf("cannot serve the lab bench: %w", err)
		}
	})
}

// stop ends children first, then what they talk to. It may be called on a lab that
// is half started.
func (l *lab) stop() error {
	var errs []error
	if l.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), serveWithin)
		defer cancel()
		if err := l.server.Shutdown(ctx); err != nil {
			errs = append(errs, l.server.Close())
		}
	}

	for _, c := range []*child{l.kioskd, l.office} {
		if c != nil {
			c.stop()
		}
	}

	l.cancel()
	l.wg.Wait()
	if l.bench != nil {
		errs = append(errs, l.bench.Close())
	}

	if l.line != nil {
		_ = l.line.ln.Close() // run has closed it, unless it never ran
	}

	if l.mis != nil {
		errs = append(errs, <-l.mis.done)
	}

	if l.acquirer != nil {
		errs = append(errs, <-l.acquirer.done)
	}

	if l.posp != nil {
		errs = append(errs, <-l.posp.done)
	}

	if l.cards != nil {
		errs = append(errs, <-l.cards.done)
	}

	for _, b := range l.books {
		errs = append(errs, <-b.done)
	}

	for _, log := range l.logs {
		errs = append(errs, log.close())
	}

	if l.lock != nil {
		errs = append(errs, l.lock.Close())
	}

	return errors.Join(errs...)
}

// setPower switches the kiosk's mains: the devices lose it first, then the
// program dies by SIGKILL.
func (l *lab) setPower(ctx context.Context, on bool) error {
	l.power.Lock()
	defer l.power.Unlock()
	l.bench.Power(on)
	return l.kioskd.want(ctx, on)
}
