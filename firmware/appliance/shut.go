package appliance

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/control"
	"wattkiosk/firmware/journalkey"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/vigil"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments/receipt"
)

// lookAgain is how often a terminal whose key does not open tries again: the driver of its
// TPM may come late.
const lookAgain = 5 * time.Second

// shutScreen is the screen of a terminal that is out of service and has no core.
type shutScreen struct{ view page.View }

func newShutScreen(cfg config.Config, now time.Time) shutScreen {
	m := visit.Machine{Profile: profileOf(cfg), Stopped: condition.All, Blocks: []condition.Code{condition.Keys}, Terminal: cfg.Kiosk, Hotline: cfg.Site.Hotline}
	return shutScreen{visit.Draw(visit.Block(visit.New(receipt.Lang(cfg.Lang), visit.Waits{}), true, now), m)}
}

// View implements screen.Kiosk.
func (s shutScreen) View(context.Context) (page.View, error) { return s.view, nil }

// Touch implements screen.Kiosk: nothing can be touched.
func (s shutScreen) Touch(context.Context, page.Intent) (page.View, error) { return s.view, nil }

// Subscribe implements screen.Kiosk: nothing changes.
func (s shutScreen) Subscribe() (changed <-chan struct{}, cancel func()) {
	return make(chan struct{}), func() {}
}

// runShut is a terminal whose journal cannot be read, as its key does not open: no record can
// be written, so that nothing is sold. It says so to customers, and why to technicians, and
// ends with ErrRestart when the key opens.
func runShut(ctx context.Context, cfg config.Config, version string, keys *boardkey.Board, cause error, now func() time.Time, log *slog.Logger, open openers) error {
	log.Error("out of service: the journal's key does not open, and no other one is made", "err", cause)
	status := func(context.Context) (control.Status, error) {
		return control.Status{
			Kiosk: cfg.Kiosk, Version: version, Board: cfg.Board, Site: cfg.Site.Name, Address: cfg.Site.Address, Screen: string(page.OutOfService),
			Blocks: []string{string(condition.Keys)}, Open: []string{}, Keys: kept(cfg, nil), KeysError: cause.Error(),
		}, nil
	}
	desk := http.NewServeMux()
	control.AddStatus(desk, status)
	var feed vigil.Config
	feed.Notify, feed.NotifyWithin = open.cabinet.System()
	feed.Now, feed.Log = now, log

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return serveScreen(ctx, cfg, newShutScreen(cfg, now()), status, log) })
	g.Go(func() error {
		control.Socket{Path: cfg.ControlSocket, Handler: desk, Serve: serve, Warn: func(kiosk.Warning) {}, Log: log}.Run(ctx)
		return nil
	})
	g.Go(func() error { vigil.Keep(vigil.New(now), feed).Run(ctx); return nil })
	g.Go(func() error { return untilOpen(ctx, cfg, keys) })

	return g.Wait()
}

// untilOpen tries the key again and again.
func untilOpen(ctx context.Context, cfg config.Config, keys *boardkey.Board) error {
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		}
		if _, err := journalkey.Read(keys, cfg.Journal.KeyFile); err == nil {
			return fmt.Errorf("%w: the journal's key opens now", ErrRestart)
		}
	}
}
