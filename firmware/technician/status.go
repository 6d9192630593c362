package technician

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"wattkiosk/firmware/appliance"
	"wattkiosk/firmware/peripherals"
)

func (t *tool) status(c *cobra.Command) (appliance.Status, error) {
	var s appliance.Status
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
			fmt.Fprintf(w, "kiosk     %s, version %s, boot %d\nscreen    %s\nblocked   %s\nline      %s\ncassette  %d notes, %s yuan\njournal   %d records, %d acknowledged\nopen      %d transactions\npaper     %s\n",
				s.Kiosk, s.Version, s.Boot, s.Screen, blocks, upDown(s.Online), s.Cash.Notes, s.Cash.Total, s.Head.Seq, s.Acknowledged, len(s.Open), s.Paper)
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
		s, err := t.status(c)
		if err != nil {
			return err
		}
		return t.print(s.Cash, func(w io.Writer) { fmt.Fprintf(w, "%d notes, %s yuan\n", s.Cash.Notes, s.Cash.Total) })
	}}
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
