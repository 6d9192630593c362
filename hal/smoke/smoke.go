// Package smoke is the command line of halsmoke, which exercises one real device with
// a person watching: it opens the device, prints what the device says, and takes one
// order a line from its input. It keeps no journal and no money: only a device that
// serves no customer may be given to it, with kioskd stopped.
//
//	halsmoke validator --driver ccnet --port /dev/ttyS3
//	enable 10 20 50 100
//	stack
//	quit
//
// "help" lists the orders of the device.
package smoke

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/driver"
)

// Main runs one command line, args without the program's name, and returns the exit
// code: 0 at the end of input or quit, 1 when the device cannot be opened at all, 2 for
// a wrong command line. What goes wrong is said on errs. It ends early with ctx.
func Main(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	root := command(in, out)
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	return cmdline.Run(ctx, root, errs)
}

func command(in io.Reader, out io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use: "halsmoke", Short: "exercises one real device with a person watching",
		RunE: func(*cobra.Command, []string) error {
			return cmdline.Usage("name a device class; see halsmoke --help")
		},
	}
	root.AddCommand(
		class(in, out, "validator", driver.Validators(), validatorOrders(), func(e bill.Event) string {
			return fmt.Sprintf("%v value=%d %s", e.Kind, e.Value, e.Detail)
		}),
		class(in, out, "printer", driver.Printers(), printerOrders(), printerWords),
		class(in, out, "card", driver.Cards(), cardOrders(), cardWords),
		class(in, out, "pinpad", driver.Pinpads(), pinpadOrders(), pinpadWords),
		class(in, out, "scanner", driver.Scanners(), scannerOrders(), scannerWords),
		class(in, out, "meter", driver.Meters(), meterOrders(), meterWords),
	)
	return root
}
