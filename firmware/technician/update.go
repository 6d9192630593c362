package technician

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/updater"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/update"
)

// How long a trial may take, and how long a customer is waited for before a reboot.
const (
	trialDeadline = 3 * time.Minute
	trialStable   = 10 * time.Second
	quietWithin   = 30 * time.Minute
	holdFor       = 2 * time.Minute
	lockWithin    = 5 * time.Minute // for another process that is at work on the slots
)

func (t *tool) updateCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "update", Short: "the board's software: two slots, one of them running"}
	var by string
	var again, reboot bool
	var rate int64
	install := &cobra.Command{Use: "install FILE|URL", Short: "installs a bundle into the idle slot; its trial begins at the next reboot", Args: exactly(1), RunE: func(c *cobra.Command, args []string) error {
		return t.install(c.Context(), args[0], by, again, reboot, rate)
	}}
	install.Flags().StringVar(&by, "by", "technician", "who asked, for the history")
	install.Flags().BoolVar(&again, "again", false, "even a build that has failed here before")
	install.Flags().BoolVar(&reboot, "reboot", false, "reboot when no customer is served")
	install.Flags().Int64Var(&rate, "rate", 0, "most bytes a second from a URL; 0 = no limit")
	p := update.Patience{Every: time.Second}
	settle := &cobra.Command{Use: "settle", Short: "after a boot: mark the new slot good if it proves itself, else go back", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
		return t.settle(c.Context(), p)
	}}
	settle.Flags().DurationVar(&p.Deadline, "deadline", trialDeadline, "how long a trial may take")
	settle.Flags().DurationVar(&p.Stable, "stable", trialStable, "how long all must be well")
	cmd.AddCommand(install,
		&cobra.Command{Use: "status", Short: "slots, versions, history", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error { return t.updateStatus(c.Context()) }},
		&cobra.Command{Use: "check FILE|URL", Short: "what a bundle would do, without doing it", Args: exactly(1), RunE: func(c *cobra.Command, args []string) error {
			return t.updateCheck(c.Context(), args[0])
		}},
		&cobra.Command{Use: "check-root", Short: "reads the running root whole, slowly: a part that was changed cannot be read", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
			return t.checkRoot(c.Context())
		}},
		settle, t.agentCommand(), t.stickCommand(),
		&cobra.Command{Use: "mark-good", Short: "mark the running slot good, by a person's word", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
			return t.withBoard(func(b *update.Board) error {
				_, err := b.Settle(c.Context(), nil, update.Patience{Deadline: time.Minute, Every: time.Second})
				return err
			})
		}},
		&cobra.Command{Use: "rollback", Short: "start the other slot from the next reboot on", Args: exactly(0), RunE: func(*cobra.Command, []string) error {
			return t.withBoard(func(b *update.Board) error { return b.Rollback() })
		}},
	)
	return cmd
}

// board opens this board's slots. A lab, and a workstation, has none.
func (t *tool) board() (*update.Board, error) {
	if t.dir != "" {
		return nil, fmt.Errorf("the lab %s has no update slots: update is for a board, or its image (make update-test)", t.dir)
	}

	at := update.Standard()
	b, err := update.Open(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("this machine has no update slots (there is no %s): update is for a board", at.Release)
	}
	return b, err
}

func (t *tool) withBoard(do func(*update.Board) error) error {
	b, err := t.board()
	if err != nil {
		return err
	}
	if err := b.Lock(); err != nil {
		return err
	}
	useTPM(b)
	return errors.Join(do(b), b.Unlock())
}

// source opens a bundle's file or URL.
func source(ctx context.Context, where string, rate int64) (r io.ReaderAt, size int64, closer io.Closer, err error) {
	if strings.HasPrefix(where, "http://") || strings.HasPrefix(where, "https://") {
		remote, err := update.OpenRemote(ctx, http.DefaultClient, where, rate)
		if err != nil {
			return nil, 0, nil, err
		}
		return remote, remote.Size(), io.NopCloser(nil), nil
	}

	f, err := os.Open(where)
	if err != nil {
		return nil, 0, nil, err
	}

	st, err := f.Stat()
	if err != nil {
		return nil, 0, nil, errors.Join(err, f.Close())
	}

	return f, st.Size(), f, nil
}

// refusal is a bundle's refusal for people and programs.
type refusal struct {
	Refused string `json:"refused"`
	Detail  string `json:"detail"`
}

func (t *tool) refused(b *update.Board, by string, err error) error {
	code := update.Code(err)
	if code == "" {
		return err
	}
	e := update.Entry{What: "refused", By: by, From: b.Release.Version, Code: code, Detail: err.Error()}
	return errors.Join(err, b.Record(e), t.print(refusal{code, err.Error()}, func(io.Writer) {}))
}

func (t *tool) install(ctx context.Context, where, by string, again, reboot bool, rate int64) error {
	err := t.withBoard(func(b *update.Board) error {
		r, size, closer, err := source(ctx, where, rate)
		if err != nil {
			return err
		}
		defer closer.Close()
		bd, err := b.Check(r, size, again)
		if err != nil {
			return t.refused(b, by, err)
		}
		t.preview(b, bd, size)
		begun, last := time.Now(), time.Time{}
		err = b.Install(ctx, bd, by, func(p update.Progress) {
			if time.Since(last) > time.Second || p.Written == p.Size {
				last = time.Now()
				fmt.Fprintf(os.Stderr, "%s %d %%\n", p.Payload, 100*p.Written/p.Size)
			}
		})
		if err != nil {
			return t.refused(b, by, err)
		}
		return t.print(map[string]any{"installed": bd.Manifest().Version, "build": bd.Manifest().Build, "seconds": time.Since(begun).Seconds()}, func(w io.Writer) {
			fmt.Fprintf(w, "installed in %v; it is tried at the next reboot\n", time.Since(begun).Round(time.Millisecond))
		})
	})

	if err != nil || !reboot {
		return err
	}

	return t.rebootWhenQuiet(ctx)
}

func (t *tool) preview(b *update.Board, bd *bundle.Bundle, size int64) {
	m := bd.Manifest()
	fmt.Fprintf(os.Stderr, "from %s (build %d) to %s (build %d), board %s, %.1f MB, signed by %v\n",
		b.Release.Version, b.Release.Build, m.Version, m.Build, m.Board, float64(size)/1e6, bd.Signers())
}

func (t *tool) updateCheck(ctx context.Context, where string) error {
	return t.withBoard(func(b *update.Board) error {
		r, size, closer, err := source(ctx, where, 0)
		if err != nil {
			return err
		}
		defer closer.Close()
		bd, err := b.Check(r, size, true)
		if err == nil {
			t.preview(b, bd, size)
			err = bd.Verify(ctx)
		}
		return err
	})
}

func (t *tool) updateStatus(ctx context.Context) error {
	b, err := t.board()
	if err != nil {
		return err
	}

	s, err := b.State()
	if err != nil {
		return err
	}

	list, err := b.History()
	if err != nil {
		return err
	}

	agent := t.agentState(ctx)
	cfg, _ := t.config() // an incomplete one has a time zone too
	when := whenIn(cfg)
	return t.print(map[string]any{"release": b.Release, "slot": b.Running.Slot, "mode": b.Running.Mode, "state": s, "history": list, "agent": agent}, func(w io.Writer) {
		fmt.Fprintf(w, "%s, build %d, in slot %s (%s); good slot %s, floor %d\n", b.Release.Version, b.Release.Build, b.Running.Slot, b.Running.Mode, s.Good, s.Floor)
		if s.Try != "" {
			fmt.Fprintf(w, "slot %s is to be tried, %s at most\n", s.Try, count(int(s.Left), "time"))
		}
		if agent != nil && agent.Job != nil {
			j := agent.Job
			fmt.Fprintf(w, "job %s: %s %d %%, build %d -> %d %s %s\n", j.ID, j.Phase, j.Percent, j.From, j.To, j.Code, j.Detail)
		}
		for _, e := range list {
			fmt.Fprintf(w, "%s  %-9s %s -> %s (build %d) %s %s %s\n", when(e.At), e.What, e.From, e.To, e.Build, e.By, e.Code, e.Detail)
		}
	})
}

// settle proves a new slot, or goes back. A trial that fails ends in a reboot.
// Where nothing is on trial and the update agent is at work already, it has settled
// what there was.
func (t *tool) settle(ctx context.Context, p update.Patience) error {
	b, err := t.board()
	if err != nil {
		return err
	}

	s, err := b.State()
	if err != nil {
		return err
	}

	within, cancel := context.WithTimeout(ctx, lockWithin)
	defer cancel()
	if !b.OnTrial(s) {
		cancel()
	}

	err = b.LockWithin(within)
	if errors.Is(err, update.ErrLocked) && !b.OnTrial(s) {
		fmt.Fprintln(t.out, update.Nothing)
		return nil
	}

	if err != nil {
		return err
	}

	useTPM(b)
	verdict, err := b.Settle(ctx, t.gates(), p)
	err = errors.Join(err, b.Unlock())
	fmt.Fprintln(t.out, verdict)
	if verdict == update.Failed {
		return errors.Join(err, updater.Reboot(ctx))
	}

	return err
}

// gates are what a new slot must show: the program is up with its devices, the
// journal verifies, a screen is drawn, and head office has been reached, unless
// there was none to reach.
func (t *tool) gates() []update.Gate {
	status := func(ctx context.Context) (s statusAnswer, cfg config.Config, err error) {
		if cfg, err = t.config(); err == nil {
			err = ask(ctx, cfg, "/status", &s)
		}
		return s, cfg, err
	}
	return []update.Gate{
		{Name: "kioskd is ready", Hold: func(ctx context.Context) error {
			s, _, err := status(ctx)
			if err == nil && !s.Ready {
				err = fmt.Errorf("not ready: %v", s.Blocks)
			}
			return err
		}},
		{Name: "devices are up", Hold: func(ctx context.Context) error {
			s, _, err := status(ctx)
			if err == nil && len(s.Blocks) > 0 {
				err = fmt.Errorf("out of service: %v", s.Blocks)
			}
			return err
		}},
		{Name: "a screen is drawn", Hold: func(ctx context.Context) error {
			s, _, err := status(ctx)
			if err == nil && s.Screen == "" {
				err = errors.New("no screen")
			}
			return err
		}},
		{Name: "the journal verifies", Hold: func(ctx context.Context) error {
			cfg, err := t.config()
			if err != nil {
				return err
			}
			var v struct {
				OK bool `json:"ok"`
			}
			if err = ask(ctx, cfg, "/journal/verify", &v); err == nil && !v.OK {
				err = errors.New("it does not")
			}
			return err
		}},
		{Name: "head office is reached", Hold: func(ctx context.Context) error {
			s, cfg, err := status(ctx)
			if err == nil && cfg.Uplink.Broker != "" && !s.Online {
				err = errors.New("offline")
			}
			return err
		}},
	}
}

// statusAnswer is what the gates need of /status.
type statusAnswer struct {
	Ready  bool     `json:"ready"`
	Screen string   `json:"screen"`
	Blocks []string `json:"blocks"`
	Online bool     `json:"online"`
}

// rebootWhenQuiet waits until kioskd holds the kiosk for it, with no customer and the
// journal flushed, or does not run; then it has the board stopped in order.
func (t *tool) rebootWhenQuiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, quietWithin)
	defer cancel()
	cfg, err := t.config()
	if err != nil {
		return err
	}

	kioskd := updater.NewControl(cfg.ControlSocket)
	for {
		err := kioskd.Hold(ctx, holdFor)
		if err == nil || errors.Is(err, updater.ErrDown) {
			return updater.Reboot(ctx)
		}
		if backoff.Pause(ctx, time.Second) != nil {
			return errors.New("installed, but the kiosk was never quiet: it is tried at the next reboot")
		}
	}
}
