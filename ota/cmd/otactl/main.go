// Command otactl makes and checks update bundles: keys, keyrings, bundles. Secret
// keys are minisign's own files; their password comes from OTACTL_PASSWORD.
//
//	otactl keygen --out release          release.key (secret) and release.pub
//	otactl keyring --version 1 --root root.key --expires 2028-01-01 --key release.pub … --out keyring.json
//	otactl bundle --board qemuarm64 --version 1.2 --build 7 --image dist/image-qemuarm64 --keyring keyring.json --sign release.key --out update.wkb
//	otactl verify --root root.pub update.wkb
//
// It exits 0, 1 with the reason, or 2 for a wrong command line.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

var errUsage = errors.New("wrong arguments")

func main() {
	root := &cobra.Command{Use: "otactl", Short: "update bundles", SilenceErrors: true, SilenceUsage: true}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fmt.Errorf("%w: %w", errUsage, err) })
	root.AddCommand(keygenCommand(), keyringCommand(), bundleCommand(), verifyCommand())
	if err := root.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "otactl:", err)
		if errors.Is(err, errUsage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}
