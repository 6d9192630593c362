package technician

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/firmware/control"
	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/peripherals"
)

func (t *tool) status(c *cobra.Command) (control.Status, error) {
	var s control.Status
	cfg, err := t.config()
	if err != nil {
		return s, err
	}
	return s, ask(c.Context(), cfg, "/status", &s)
}

func (t *tool) statusCommand() *cobra.Command {
	return &cobra.Command{Use: "status", Short: "what the kiosk is doing", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
		s, err := t.status(c)
		if err != nil {
			return err
		}
		return t.print(s, func(w io.Writer) {
			blocks := "none"
			if len(s.Blocks) > 0 {
				blocks = strings.Join(s.Blocks, ", ")
			}
			fmt.Fprintf(w, "kiosk     %s, version %s, boot %d\nscreen    %s\nblocked   %s\nline      %s\ncassette  %s, %s yuan\njournal   %s, %d acknowledged\nopen      %s\npaper     %s\n",
				s.Kiosk, s.Version, s.Boot, s.Screen, blocks, upDown(s.Online), count(s.Cash.Notes, "note"), s.Cash.Total, count(int(s.Head.Seq), "record"), s.Acknowledged, count(len(s.Open), "transaction"), s.Paper)
			if s.Keys != "" {
				fmt.Fprintf(w, "keys      %s\n", keptWords(s.Keys))
			}
			if s.Certificate != 0 {
				fmt.Fprintf(w, "identity  certificate ends %s\n", time.UnixMilli(s.Certificate).UTC().Format(time.DateOnly))
			}
			if s.KeysError != "" {
				fmt.Fprintf(w, "          they do not open: %s\n", s.KeysError)
			}
			if len(s.Warnings) > 0 {
				fmt.Fprintf(w, "warned    %s\n", strings.Join(s.Warnings, ", "))
			}
			if s.SlipsLeft > 0 {
				fmt.Fprintf(w, "slips     about %d left\n", s.SlipsLeft)
			}
			if s.Celsius != nil {
				fmt.Fprintf(w, "inside    %.1f °C\n", *s.Celsius)
			}
		})
	}}
}

func upDown(up bool) string {
	if up {
		return "up"
	}
	return "down"
}

func (t *tool) cashCommand() *cobra.Command {
	return &cobra.Command{Use: "cash", Short: "what is in the cassette by the journal", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
		inside, err := t.cash(c.Context())
		if err != nil {
			return err
		}
		cfg, _ := t.config() // an incomplete one has a time zone too

		return t.print(inside, func(w io.Writer) { showCash(w, inside, whenIn(cfg)) })
	}}
}

// cash asks the kiosk, or reads the journal of a stopped one.
func (t *tool) cash(ctx context.Context) (control.Cash, error) {
	var inside control.Cash
	cfg, err := t.config()
	if err != nil {
		return inside, err
	}

	err = ask(ctx, cfg, "/cash", &inside)
	if errors.Is(err, errDown) {
		err = withJournal(cfg, func(j *journal.Journal) (err error) {
			inside, err = control.CashInside(ctx, j)
			return err
		})
	}
	return inside, err
}

func showCash(w io.Writer, inside control.Cash, when func(time.Time) string) {
	for _, p := range inside.Piles {
		value := "unknown value"
		if p.Value > 0 {
			value = p.Value.String() + " yuan"
		}
		fmt.Fprintf(w, "%5d × %s\n", p.Notes, value)
	}
	if inside.Older > 0 {
		fmt.Fprintf(w, "%5d × older than the journal reaches\n", inside.Older)
	}
	fmt.Fprintf(w, "%s, %s yuan\n", count(inside.Notes, "note"), inside.Total)
	if inside.Doubts > 0 {
		fmt.Fprintf(w, "beside them %s of %s yuan that nobody can place\n", count(int(inside.Doubts), "note"), inside.Doubt)
	}
	if inside.Number != "" {
		fmt.Fprintf(w, "cassette %s, since %s\n", inside.Number, when(time.UnixMilli(inside.Since)))
	}
	if inside.Moved > 0 {
		fmt.Fprintf(w, "taken out %s without a collection: what is inside is not known for sure\n", count(int(inside.Moved), "time"))
	}
	if inside.Away {
		fmt.Fprintln(w, "no cassette is in its place")
	}
	if c := inside.Open; c != nil {
		fmt.Fprintf(w, "collection %s of %s and %s is open: %s\n", c.Serial, c.By, c.With, c.Stage)
	}
}

func (t *tool) configCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "the configuration"}
	cmd.AddCommand(&cobra.Command{Use: "check", Short: "reports every problem of the configuration", Args: exactly(0), RunE: func(*cobra.Command, []string) error {
		cfg, err := t.config()
		if err != nil {
			return err
		}
		if err := peripherals.Check(cfg.Devices); err != nil {
			return err
		}
		return t.print(cfg, func(w io.Writer) { fmt.Fprintln(w, "the configuration is good") })
	}})
	return cmd
}
