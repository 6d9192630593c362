package technician

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"wattkiosk/boards"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/peripherals"
	"wattkiosk/hal"
)

// errTest means that a device did not do what its test asked.
var errTest = errors.New("the device failed its test")

func (t *tool) deviceCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "device", Short: "the devices of the kiosk"}
	cmd.AddCommand(
		&cobra.Command{Use: "list", Short: "every device, its driver, its port and how it is", Args: exactly(0), RunE: t.deviceList},
		&cobra.Command{Use: "new-roll", Short: "says that a full roll was put into the slip printer", Args: exactly(0), RunE: t.deviceNewRoll},
		&cobra.Command{Use: "test NAME", Short: "has one device or output line do something harmless", Args: exactly(1), RunE: t.deviceTest},
	)
	return cmd
}

func (t *tool) deviceList(c *cobra.Command, _ []string) error {
	cfg, err := t.config()
	if err != nil {
		return err
	}

	var devices []peripherals.Health
	if err := ask(c.Context(), cfg, "/devices", &devices); err != nil {
		return err
	}

	return t.print(devices, func(w io.Writer) {
		when := whenIn(cfg)
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tw, "DEVICE\tDRIVER\tPORT\tSTATE\tSINCE\tDETAIL")
		for _, d := range devices {
			detail := detailOf(d)
			fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\n", d.Role, d.Driver, d.Port, d.State, when(d.Since), detail)
		}
		_ = tw.Flush() // the terminal has gone: nobody to tell
	})
}

// detailOf is the last column: the trouble of a device, else its own words. A scanner has
// none to say how it is.
func detailOf(d peripherals.Health) string {
	switch {
	case d.Error != "":
		return d.Error
	case d.Detail == "" && d.Role == boards.Scanner && d.State == hal.DeviceUnknown:
		return "says nothing before its first code"
	}

	return d.Detail
}

func (t *tool) deviceTest(c *cobra.Command, args []string) error {
	cfg, err := t.config()
	if err != nil {
		return err
	}
	return t.verdict(c, cfg, "/devices/"+url.PathEscape(args[0])+"/test")
}

func (t *tool) deviceNewRoll(c *cobra.Command, _ []string) error {
	cfg, err := t.config()
	if err != nil {
		return err
	}
	return t.verdict(c, cfg, "/devices/printer/new-roll")
}

// verdict gives an order to the devices and prints how it went.
func (t *tool) verdict(c *cobra.Command, cfg config.Config, path string) error {
	var v peripherals.Verdict
	if err := order(c.Context(), cfg, path, &v); err != nil {
		return err
	}
	err := t.print(v, func(w io.Writer) { fmt.Fprintf(w, "%s: %s\n", v.Device, v.Detail) })
	if err == nil && !v.OK {
		err = errTest
	}
	return err
}
