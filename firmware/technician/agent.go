package technician

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/updater"
	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/hal/clock"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/content"
	"wattkiosk/ota/usb"
	"wattkiosk/uplink/mqttlink"
)

func (t *tool) agentCommand() *cobra.Command {
	return &cobra.Command{Use: "agent", Short: "does head office's jobs and installs from sticks, until it is stopped; a service, as root", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
		return t.agent(c.Context())
	}}
}

func (t *tool) agent(ctx context.Context) error {
	cfg, err := t.config() // an incomplete one, of a board that is not enrolled, has the sockets
	if cfg.UpdateSocket == "" {
		return errors.Join(errors.New("update_socket is not set"), err)
	}

	b, err := t.board()
	if err != nil {
		return err
	}

	if err := b.LockWithin(ctx); err != nil {
		return err
	}

	useTPM(b)
	if err := b.Unlock(); err != nil {
		return err
	}

	tail := new(updater.Tail)
	log := slog.New(slog.NewTextHandler(io.MultiWriter(os.Stderr, tail), nil))
	world := updater.NewWorld(clock.Source{Clock: clock.System{}, Kernel: clock.Adjtimex, RTC: "/sys/class/rtc/rtc0"})
	sticks := &plugged{Mounts: usb.Mounts{Dev: "/dev", Place: filepath.Join(filepath.Dir(cfg.UpdateSocket), "stick")}, events: make(chan usb.Event)}
	kioskd := updater.NewControl(cfg.ControlSocket)
	a, err := updater.New(updater.Config{
		Who: func() updater.Identity { return t.identity(log) }, Board: b, Kioskd: kioskd, Devices: kioskd,
		Fetch:   updater.HTTPS{TLS: t.clientTLS, Now: func() time.Time { return b.Now() }},
		Content: packs("/data/content"), Sticks: sticks, Restart: updater.Reboot, Clock: world, Rand: rand.Float64, Log: log, Lines: tail.Lines,
	})
	if err != nil {
		return err
	}

	ln, err := agentapi.Listen(cfg.UpdateSocket)
	if err != nil {
		return err
	}

	log.Info("update agent starts", "version", b.Release.Version, "build", b.Release.Build, "slot", string(b.Running.Slot), "mode", string(b.Running.Mode))
	watcher := &usb.Watcher{Sys: "/sys", Log: log}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return agentapi.Serve(ctx, ln, a, kioskdUser(log)...) })
	g.Go(func() error { watcher.Watch(ctx, sticks.events); return nil })
	g.Go(func() error { return a.Run(ctx) })
	return g.Wait()
}

// kioskdUser is the user that kioskd runs as on a board: what it asks for, a technician
// who has logged in asks for.
func kioskdUser(log *slog.Logger) []uint32 {
	u, err := user.Lookup("wattkiosk")
	if err != nil {
		log.Warn("nothing is installed from sticks but by root", "err", err)
		return nil
	}
	id, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		log.Warn("nothing is installed from sticks but by root", "err", err)
		return nil
	}
	return []uint32{uint32(id)}
}

// packs is the folder of content packs.
type packs string

// InstallContent implements updater.ContentInstaller.
func (p packs) InstallContent(ctx context.Context, bd *bundle.Bundle, _ string, _ func(done, all int64)) error {
	return content.Install(ctx, bd, string(p))
}

// plugged are the sticks of the board.
type plugged struct {
	usb.Mounts
	events chan usb.Event
}

// Events implements updater.Sticks.
func (p *plugged) Events() <-chan usb.Event { return p.events }

// identity is which kiosk this is, by the configuration as it is now. A board that
// is not enrolled has an incomplete one, and its sticks are read all the same.
func (t *tool) identity(log *slog.Logger) updater.Identity {
	cfg, err := t.config()
	if err != nil {
		log.Warn("the configuration is not complete", "err", err)
	}

	who := updater.Identity{Kiosk: cfg.Kiosk, Zone: time.UTC}
	if zone, err := cfg.Location(); err == nil {
		who.Zone = zone
	}

	if cfg.PolicyKey == "" {
		return who
	}

	if who.Key, err = cfg.OfficeKey(); err != nil {
		log.Error("no jobs are taken", "err", err)
	}

	return who
}

// clientTLS is how bundles are fetched: with the kiosk's certificate.
func (t *tool) clientTLS() (*tls.Config, error) {
	cfg, err := t.config()
	if err != nil {
		return nil, err
	}
	keys, err := boardkey.Of(cfg, nil)
	if err != nil {
		return nil, err
	}
	c, _, err := mqttlink.TLSIdentity(keys, cfg.Uplink.CA, cfg.Uplink.Cert, cfg.Uplink.Key, cfg.IdentityDir(), "")

	return c, err
}
