package technician

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"

	"github.com/spf13/cobra"

	"wattkiosk/firmware/boardkey"
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
		RunE: func(*cobra.Command, []string) error { return t.sealKeys() },
	})

	return cmd
}

// sealKeys seals the key that kioskd may only read; its own ones kioskd seals itself.
func (t *tool) sealKeys() error {
	cfg, err := t.config()
	if err != nil {
		return err
	}
	keys, err := boardkey.Of(cfg, slog.New(slog.NewTextHandler(t.errs, nil)))
	if err != nil {
		return err
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
