package technician

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/updater/agentapi"
)

// keptWords says how keys are kept.
func keptWords(w boardkey.Way) string {
	switch w {
	case boardkey.TPM:
		return "sealed by the board's TPM"
	case boardkey.Bound:
		return "bound to the board's own numbers; no TPM"
	}

	return "in clear: whoever has the disk has them"
}

func (t *tool) keysCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "the board's own keys"}
	cmd.AddCommand(&cobra.Command{
		Use: "seal", Short: "seals the key of the enrolment to the board, where it lies in clear; as its owner, root", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return t.sealKeys(cmd.Context()) },
	})

	return cmd
}

// An update agent that is being started is asked again, for a while.
const (
	agentAgain = time.Second
	agentComes = 30 * time.Second
)

// sealKeys seals the key that kioskd may only read; its own ones kioskd seals itself. As kioskd
// does, it leaves in clear what software could not open to which the board may fall back.
func (t *tool) sealKeys(ctx context.Context) error {
	cfg, err := t.config()
	if err != nil {
		return err
	}
	keys, err := boardkey.Of(cfg, slog.New(slog.NewTextHandler(t.errs, nil)))
	if err != nil {
		return err
	}
	held, err := fallsBack(ctx, cfg)
	if err != nil {
		return err
	}
	if held {
		keys.Hold()
		fmt.Fprintln(t.errs, "what lies in clear stays so: the board may fall back to software that could not open it; it is sealed at the first start after another update")
	}
	way := keys.Best()
	if cfg.Uplink.Key != "" {
		if way, err = keys.Seal(cfg.Uplink.Key, boardkey.KioskKey); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no key: %w", err)
		}
	}
	if err != nil {
		return err
	}

	return t.print(map[string]any{"keys": way}, func(w io.Writer) { fmt.Fprintln(w, keptWords(way)) })
}

// fallsBack reports whether the board may come to run software from before keys were sealed, as
// far as kioskd has written down which was the first. At a board's first start it does so once
// it has heard of the update agent, and is waited for. A board without an update agent does not
// fall back.
func fallsBack(ctx context.Context, cfg config.Config) (bool, error) {
	if cfg.UpdateSocket == "" {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, agentComes)
	defer cancel()
	agent := agentapi.NewClient(cfg.UpdateSocket)
	for {
		now, err := agent.State(ctx, 0)
		var since uint64
		if err == nil {
			since, err = boardkey.Since(cfg.StateDir, 0)
		}
		if since > 0 && err == nil {
			return !now.NoneBefore(since), nil
		}
		if backoff.Pause(ctx, agentAgain) == nil {
			continue
		}
		if err != nil {
			return false, fmt.Errorf("what this board may fall back to is not known: %w", err)
		}

		return true, nil // kioskd has not said
	}
}
