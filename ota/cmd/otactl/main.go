// Command otactl makes and checks update bundles: keys, sets of root keys, keyrings,
// bundles; and it flashes new boards. Secret signing keys are minisign's own files; their password comes from
// OTACTL_PASSWORD.
//
//	otactl keygen --out release          release.key (secret) and release.pub
//	otactl fleetkey --out fleet          the same for encryption; boards have fleet.key
//	otactl keyring --version 1 --root root.key --expires 2028-01-01 --key release.pub … --out keyring.json
//	otactl roots --version 2 --key new.pub --sign root.key --sign new.key --out roots.2.json
//	otactl bundle --board qemuarm64 --version 1.2 --build 7 --image dist/image-qemuarm64 --keyring keyring.json --sign release.key --out update.wkb
//	otactl bundle --version autumn --build 12 --content media=clips/ --encrypt-to fleet.pub --sign release.key --out media.wkb
//	otactl bundle --board qemuarm64 --version 1.2 --build 7 --disk dist/image-qemuarm64/disk.img --sign release.key --out board.wkb
//	otactl verify --root root.pub update.wkb
//	otactl unpack --root root.pub --payload root --old old.squashfs --out new.squashfs update.wkb
//	otactl flash --root root.pub --board qemuarm64 --enrol enrol.env board.wkb /dev/sdX
//
// It exits 0, 1 with the reason, or 2 for a wrong command line.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
)

// errUsage marks a wrong command line.
var errUsage = errors.New("wrong arguments")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// execute runs one command line and returns the exit code.
func execute(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	root := &cobra.Command{
		Use: "otactl", Short: "update bundles, and new boards", SilenceErrors: true, SilenceUsage: true,
		Args: exactly(0), RunE: func(*cobra.Command, []string) error { return fmt.Errorf("%w: name a verb; see --help", errUsage) },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fmt.Errorf("%w: %w", errUsage, err) })
	root.AddCommand(keygenCommand(), fleetkeyCommand(), rootsCommand(), keyringCommand(), bundleCommand(), verifyCommand(), unpackCommand(), flashCommand())
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(errs, "otactl:", err)
	if errors.Is(err, errUsage) {
		return 2
	}
	return 1
}

// exactly wants n arguments, and the named flags.
func exactly(n int, flags ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("%w: %s takes %d arguments", errUsage, c.CommandPath(), n)
		}
		for _, name := range flags {
			if !c.Flags().Changed(name) {
				return fmt.Errorf("%w: %s needs --%s", errUsage, c.CommandPath(), name)
			}
		}
		return nil
	}
}
