package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
)

// version is set by the linker.
var version = "dev"

func main() {
	syscall.Umask(0o077) // what head office writes is its own: people, customers, keys
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], cmdline.Screen(os.Stdout), cmdline.Screen(os.Stderr))
	stop()
	os.Exit(exitCode(err, cmdline.Screen(os.Stderr)))
}

// exitCode says on errs what went wrong, and is the code of it.
func exitCode(err error, errs io.Writer) int {
	var own coded
	if errors.As(err, &own) {
		return int(own)
	}

	return cmdline.Report("officed", err, errs)
}

// run carries out one command line. A wrong one is a cmdline.ErrUsage.
func run(ctx context.Context, args []string, out, errs io.Writer) error {
	root := verbs()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	return cmdline.Execute(ctx, root)
}

func verbs() *cobra.Command {
	o := &options{}
	root := &cobra.Command{Use: "officed", Short: "Wattkiosk head office", Version: version}
	flags := root.PersistentFlags()
	flags.StringVar(&o.data, "data", "office-data", "folder of keys and of the default books")
	flags.StringVar(&o.db, "db", "", "books: sqlite:FILE or postgres://… (default: books.db in --data)")
	flags.StringArrayVar(&o.roots, "bundle-root", nil, "file of a minisign public key that signs release keys: only bundles signed under it are taken")
	root.AddCommand(serveCommand(o), migrateCommand(o), tokenCommand(o), rolloutCommand(o), staffCommand(o), terminalCommand(o), kioskCommand(o))
	root.AddCommand(
		userCommand(o), auditCommand(o), backupCommand(o), restoredCommand(o), signerCommand(o), mosquittoCommand(o), forkCommand(o), boundsCommand(o), booksCommand(o), importCommand(o), exportCommand(o), reconcileCommand(o),
	)
	atCommandLine(o, root)
	return root
}
