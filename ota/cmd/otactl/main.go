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
	"io"
	"os"
	"os/signal"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := execute(ctx, os.Args[1:], os.Stdin, cmdline.Screen(os.Stdout), cmdline.Screen(os.Stderr))
	stop()
	os.Exit(code)
}

// execute runs one command line and returns the exit code.
func execute(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	root := command()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	return cmdline.Run(ctx, root, errs)
}

func command() *cobra.Command {
	root := &cobra.Command{Use: "otactl", Short: "update bundles, and new boards"}
	root.AddCommand(keygenCommand(), fleetkeyCommand(), rootsCommand(), keyringCommand(), bundleCommand(), verifyCommand(), unpackCommand(), flashCommand())
	return root
}

// onFile wants n arguments, of which the first is a file that is there, and then the
// named flags.
func onFile(n int, flags ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := cmdline.Exactly(n)(c, args); err != nil {
			return err
		}
		if _, err := os.Stat(args[0]); err != nil {
			return err
		}
		return exactly(n, flags...)(c, args)
	}
}

// exactly wants n arguments, and the named flags.
func exactly(n int, flags ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := cmdline.Exactly(n)(c, args); err != nil {
			return err
		}
		for _, name := range flags {
			if !c.Flags().Changed(name) {
				return cmdline.Usage("%s needs --%s", c.CommandPath(), name)
			}
		}
		return nil
	}
}
