package appliance

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"wattkiosk/boards/all"
	"wattkiosk/boards/ground/httpgate"
	"wattkiosk/boards/ground/labclock"
	"wattkiosk/boards/sim"
	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/cabinet"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/control"
	"wattkiosk/firmware/handover"
	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journalkey"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/line"
	"wattkiosk/firmware/metercard"
	"wattkiosk/firmware/peripherals"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/screen"
	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/firmware/vigil"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/card"
	"wattkiosk/hal/clock"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/scanner"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/wire"
)

// Run is the kiosk program: it returns nil when ctx ends and everything has
// stopped, and an error that wraps ErrRestart when a new process is needed.
func Run(ctx context.Context, cfg config.Config, version string, log *slog.Logger) error {
	return run(ctx, cfg, version, log, realOpeners())
}

func run(ctx context.Context, cfg config.Config, version string, log *slog.Logger, open openers) error {
	clk := labClock(cfg)
	keys, err := boardkey.Of(cfg, log)
	if err != nil {
		return err
	}
	keys.Hold() // until it is known what the board may fall back to
	firstStart(ctx, cfg, keys, log)
	key, err := journalkey.ReadOrMake(keys, cfg.Journal.KeyFile, journalDir(cfg))
	if err != nil {
		return runShut(ctx, cfg, version, keys, err, clk.Now, log, open)
	}
	j, trust, err := openJournal(cfg, key, clk.Now, log)
	if err != nil {
		return err
	}

	var end ending
	defer func() { end.close(j, log) }()
	office, policyKey, noLine := uplinkConfig(cfg, keys)
	core, pending, err := newCore(cfg, j, version, policyKey, clk.Now())
	if err != nil {
		return err
	}

	log.Info("kiosk starts", "kiosk", cfg.Kiosk, "version", version, "boot", core.Status().Boot, "head", j.Head().Seq, "clock", trust().String())

	board, err := all.ByName(cfg.Board, cfg.BoardDir)
	if err != nil {
		return err
	}

	devices, err := peripherals.New(board, cfg.Devices, log)
	if err != nil {
		return err
	}

	if err := devices.TuneSlips(cfg.Slips, filepath.Join(cfg.StateDir, "slip-roll.json")); err != nil {
		return err
	}

	if noLine != nil { // what may be sold without a line is the policy's to say
		log.Error("there will be no line to head office", "err", noLine)
	}

	progress := vigil.New(time.Now)
	loop := NewLoop(core, log, progress.Source("loop", loopLimit).Beat)
	loop.now = clk.Now
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	warn := func(w kiosk.Warning) { loop.Send(ctx, w) }
	cab, err := cabinet.New(cfg, board, open.cabinet, progress, warn, log)
	if err != nil {
		return err
	}

	gear := equipment{devices, cab}
	flash := handover.NewFlashing(cfg.StateDir, devices, loop, log)
	end.watchdog = cab.Watchdog()
	up := line.New(cfg.Kiosk, j, policyKey, log)
	up.LeaveSpare(key)
	people, err := open.staff(cfg, keys, office, policyKey)
	if err != nil { // without a roster the kiosk still sells
		log.Warn("nobody can log in at the staff screens", "err", err)
	}

	staff := newStaffDesk(cfg, people, loop, up, log)
	status := func(ctx context.Context) (control.Status, error) {
		s, err := control.Look(ctx, loop, cfg.Kiosk, version, j)
		agent := staff.Last()
		s.Celsius = cab.Celsius()
		s.Board, s.Keys = cfg.Board, kept(cfg, office.Identity)
		if ends, err := mqttlink.CertificateEnds(office.TLS); err == nil {
			s.Certificate = ends.UnixMilli()
		}
		s.Site, s.Address = cfg.Site.Name, cfg.Site.Address
		s.Build, s.Other = agent.Build, agent.Other

		return s, err
	}

	state := func(ctx context.Context) (wire.State, error) {
		s, err := status(ctx)
		return s.Wire(), err
	}

	g.Go(func() error { return loop.Run(ctx, gear, up, staff, pending) })
	g.Go(func() error { staff.Run(ctx); return nil })
	g.Go(func() error { cab.Run(ctx, loop); return nil })
	g.Go(func() error { cab.Probe(ctx, j); return nil })
	g.Go(func() error {
		if noLine != nil {
			warn(kiosk.Warning{Code: kiosk.NoLine, On: true, Detail: noLine.Error()})
		}
		return up.Run(ctx, office, state, loop.Send)
	})

	g.Go(func() error {
		sink := sinkOf(ctx, loop, cab)
		sink.PowerOff = func() { end.down.Store(true); powerOff(cfg.RunDir, log); stop() }
		devices.Run(ctx, sink)
		return nil
	})

	g.Go(func() error { flash.Run(ctx); return nil })
	g.Go(func() error { return serveScreen(ctx, cfg, loop, status, log, cab) })
	g.Go(func() error {
		more := []control.Routes{&control.DeviceRoutes{Devices: gear, Loop: loop}, &control.HoldRoutes{Loop: loop, Taken: flash.Busy}, flash}
		control.Socket{
			Path: cfg.ControlSocket, Handler: control.Handler(j, status, more, cab), Serve: serve, Warn: warn, Log: log,
		}.Run(ctx)
		return nil
	})

	g.Go(func() error { return beatState(ctx, loop, up) })
	g.Go(func() error { clk.Watch(ctx, up.Beat); return nil })
	g.Go(func() error { return trimJournal(ctx, j, log) })
	g.Go(func() error { return sealKeys(ctx, cfg, keys, office.Identity, people, staff.Last, log) })
	g.Go(func() error { return watchClock(ctx, trust, loop.Send) })
	err = g.Wait()
	end.orderly = err == nil
	return err
}

// newStaffDesk makes what serves staff, and has jobs of head office and reports about
// them pass between the line and the update agent.
func newStaffDesk(cfg config.Config, people handover.Staff, loop *Loop, up *line.Uplink, log *slog.Logger) handover.StaffDesk {
	var agent handover.Agent
	if cfg.UpdateSocket != "" {
		agent = agentapi.NewClient(cfg.UpdateSocket)
	}
	link := handover.NewAgentLink(agent, log, loop.Send, func(ctx context.Context, s agentapi.State) { up.Report(ctx, s.Job) })
	if agent != nil {
		up.TakeJobs(link.Job)
	}
	if people != nil {
		up.TakeRosters(people.Accept)
		up.OnRenewed(func(private crypto.PrivateKey) {
			if err := people.Rekey(private); err != nil {
				log.Error("codes of technicians go by the key before", "err", err)
			}
		})
	}

	return handover.StaffDesk{LoginDesk: handover.NewLoginDesk(people, log, loop.Send), AgentLink: link}
}

// sinkOf carries what the devices say into the loop.
func sinkOf(ctx context.Context, loop *Loop, cab *cabinet.Cabinet) peripherals.Sink {
	send := func(e kiosk.Event) { loop.Send(ctx, e) }
	spoken, spokenMeter := cab.CardOffered(), cab.CardOffered()
	return peripherals.Sink{
		Validator: func(e bill.Event) { send(kiosk.Validator{Event: e}) },
		Printer:   func(e printer.Event) { send(kiosk.Printer{Event: e}) },
		Door:      func(name string, open bool) { send(kiosk.Door{Name: name, Open: open}) },
		Mains:     func(lost bool) { send(kiosk.Mains{Lost: lost}) },
		Scanner:   func(e scanner.Event) { send(kiosk.Scanner{Event: e}) },
		Card:      func(e card.Event) { spoken(e); send(kiosk.CardReader{Event: e}) },
		MeterCard: func(e card.Event) { spokenMeter(e); send(kiosk.MeterReader{Event: e}) },
		Pinpad:    func(e pinpad.Event) { send(kiosk.PINPad{Event: e}) },
		Pump:      cab.Pump,
		Quiet:     loop.Quiet,
	}
}

// labClock is the clock of a lab, which shifts it. No other board than the lab's has one.
func labClock(cfg config.Config) *labclock.Clock {
	if cfg.Board != sim.Name {
		return nil
	}

	return labclock.Open(os.Getenv(labclock.Env))
}

func journalDir(cfg config.Config) string { return filepath.Join(cfg.StateDir, "journal") }

func openJournal(cfg config.Config, key []byte, now func() time.Time, log *slog.Logger) (*journal.Journal, func() clock.Trust, error) {
	source := clock.Source{Clock: clock.System{}, Kernel: clock.Adjtimex}
	trust := func() clock.Trust {
		t, err := source.Trust()
		if err != nil {
			return clock.Untrusted
		}
		return t
	}

	j, err := journal.Open(journal.Options{
		Dir: journalDir(cfg), Kiosk: cfg.Kiosk, Incarnation: cfg.Incarnation, Key: key,
		Clock: now, Trust: func() record.Trust { return record.Trust(trust()) }, Logger: log,
		Retention: time.Duration(cfg.Journal.RetentionDays) * 24 * time.Hour, Pinned: kiosk.Pinned, Mark: filepath.Join(cfg.StateDir, "journal.mark"),
	})

	return j, trust, err
}

// newCore makes the core; officeKey is that of head office, nil where it could not be read.
func newCore(cfg config.Config, j *journal.Journal, version string, officeKey ed25519.PublicKey, now time.Time) (*kiosk.Core, []kiosk.Effect, error) {
	zone, err := cfg.Location()
	if err != nil {
		return nil, nil, err
	}

	c := terminalOf(cfg, version, officeKey, zone)
	c.Profile = profileOf(cfg)
	if cfg.BillCode != "" && cfg.Devices.Scanner.Driver != "" {
		if c.BillCode, err = regexp.Compile(cfg.BillCode); err != nil {
			return nil, nil, fmt.Errorf("bill_code: %w", err)
		}
	}

	if cfg.Card.Enabled {
		if c.Card, err = bankCardOf(cfg, zone); err != nil {
			return nil, nil, err
		}
		c.BankPosts = cfg.Card.Posts == config.PostsBank
	}

	reader := cfg.Devices.MeterCard
	c.Meter = metercard.Config{Reader: reader.Driver != "", Key: officeKey, Random: rand.Reader, Library: reader.Mode == config.ModeLibrary}
	for _, d := range cfg.Cash.DenominationsFen() {
		c.Denominations = append(c.Denominations, money.Amount(d))
	}

	return kiosk.New(c, j, now)
}

// terminalOf is what the core is told of the terminal itself: its name, its place and
// issuer for slips, its limits and waits.
func terminalOf(cfg config.Config, version string, officeKey ed25519.PublicKey, zone *time.Location) kiosk.Config {
	return kiosk.Config{
		Terminal: cfg.Kiosk, Incarnation: cfg.Incarnation, Version: version, Zone: zone, Fleet: receipt.FleetOf(officeKey),
		Utility: cfg.Site.Utility, Site: cfg.Site.Name, Place: cfg.Site.Address, Hotline: cfg.Site.Hotline, Hours: cfg.Site.Hours,
		Lang: receipt.Lang(cfg.Lang), MaxTotal: money.Amount(cfg.Cash.MaxTotalFen()),
		ApartFor: cfg.Journal.ApartFor, ApartCash: money.Amount(cfg.Journal.ApartCashFen()),
		MaxCard: money.Amount(cfg.Card.MaxTotalFen()), MaxQR: money.Amount(cfg.QR.MaxTotalFen()),
		Waits: visit.Waits{Idle: cfg.Screen.IdleTimeout, Cash: cfg.Screen.CashTimeout, Result: cfg.Screen.DoneTimeout, Staff: cfg.Screen.StaffTimeout},
	}
}

// profileOf is the kind of terminal, with the tenders that the configuration adds to it.
func profileOf(cfg config.Config) profile.Profile {
	p, _ := profile.Named(cfg.Profile) // an unknown one is refused with the configuration
	if cfg.Card.Enabled {
		p = p.With(profile.BankCard)
	}
	if cfg.QR.Enabled {
		p = p.With(profile.QR)
	}
	if cfg.Devices.MeterCard.Driver != "" {
		p = p.WithMeterCards()
	}

	return p
}

// uplinkConfig is how head office is reached, and the key that its policies are signed
// with. Beside an error the line has no broker, so it is never up; the key is there
// where it could be read, as a policy of earlier days may still allow to sell.
func uplinkConfig(cfg config.Config, keys mqttlink.KeyFiles) (office mqttlink.Config, policyKey ed25519.PublicKey, err error) {
	if cfg.Uplink.Broker == "" {
		return office, nil, nil
	}
	if cfg.PolicyKey != "" {
		policyKey, err = cfg.OfficeKey()
	}
	if cfg.Uplink.CA != "" {
		var tlsErr error
		office.TLS, office.Identity, tlsErr = mqttlink.TLSIdentity(keys, cfg.Uplink.CA, cfg.Uplink.Cert, cfg.Uplink.Key, cfg.IdentityDir(), cfg.Uplink.ServerName)
		err = errors.Join(err, tlsErr)
	}
	if err != nil {
		return mqttlink.Config{}, policyKey, err
	}

	office.Broker = cfg.Uplink.Broker
	return office, policyKey, nil
}

func serveScreen(ctx context.Context, cfg config.Config, k screen.Kiosk, status func(context.Context) (control.Status, error), log *slog.Logger, more ...prometheus.Collector) error {
	ln, err := net.Listen("tcp", cfg.ScreenAddr)
	if err != nil {
		return fmt.Errorf("cannot open the screen's address: %w", err)
	}
	log.Info("screen", "url", "http://"+ln.Addr().String()+"/")
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		log.Warn("cannot notify systemd", "err", err)
	}
	return serve(ctx, ln, screenHandler(cfg, k, status, log, more...))
}

// screenHandler is all that the screen's address answers. A page elsewhere could have its
// own name lead there: only this machine's names are answered.
func screenHandler(cfg config.Config, k screen.Kiosk, status func(context.Context) (control.Status, error), log *slog.Logger, more ...prometheus.Collector) http.Handler {
	mux := http.NewServeMux()
	control.AddStatus(mux, status, more...)
	mux.Handle("/", screen.New(screen.Config{Kiosk: k, Logger: log, Framed: cfg.Board == sim.Name}).Handler())

	return httpgate.Named(httpgate.Local, mux)
}

// maxConns is how many connections the screen, and the control socket, have at most.
const maxConns = 64

// serve runs an HTTP server until ctx ends.
func serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	s := httpgate.New(httpgate.Config{Handler: h, PerSource: maxConns})
	stop := context.AfterFunc(ctx, func() { _ = s.Close() }) // streams end with the program
	defer stop()
	if err := s.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("cannot serve %s: %w", ln.Addr(), err)
	}
	return nil
}

// beatState has the state published when the screen changed, at most once a
// second.
func beatState(ctx context.Context, loop *Loop, up *line.Uplink) error {
	changed, cancel := loop.Subscribe()
	defer cancel()
	pause := time.NewTicker(time.Second)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
			up.Beat()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
	}
}
