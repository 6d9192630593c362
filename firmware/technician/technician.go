// Package technician is the command line of kioskctl, the technician's tool on the
// board, and against a lab with --dir. It asks the running kiosk over its control
// socket; where the kiosk does not run it reads the journal by itself. The kiosk's
// data are the kiosk's: it changes none of them beside it.
package technician

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"wattkiosk/firmware/config"
)

// errUsage marks a wrong command line.
var errUsage = errors.New("usage")

// tool is what every verb needs.
type tool struct {
	out     io.Writer
	version string
	json    bool
	dir     string
	configs []string
}

// Main runs one command line, args without the program's name, and returns the exit
// code: 0 when all is well, 1 when not, 2 for a wrong command line. What goes wrong is
// said on errs. It ends early with ctx.
func Main(ctx context.Context, version string, args []string, out, errs io.Writer) int {
	t := &tool{out: out, version: version}
	root := t.command()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(errs, "kioskctl:", err)
		return 2
	}
	fmt.Fprintln(errs, "kioskctl:", err)
	return 1
}

func (t *tool) command() *cobra.Command {
	root := &cobra.Command{
		Use: "kioskctl", Short: "looks after one kiosk", Version: t.version, SilenceUsage: true, SilenceErrors: true,
		Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error { return fmt.Errorf("%w: name a verb; see --help", errUsage) },
	}
	root.PersistentFlags().BoolVar(&t.json, "json", false, "answer in JSON")
	root.PersistentFlags().StringVar(&t.dir, "dir", "", "folder of a lab instead of this board")
	root.PersistentFlags().StringArrayVar(&t.configs, "config", nil, "configuration file or .d folder instead of the standard places")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fmt.Errorf("%w: %w", errUsage, err) })
	root.AddCommand(t.statusCommand(), t.cashCommand(), t.journalCommand(), t.configCommand(), t.enrolCommand(), t.deviceCommand(), t.updateCommand())
	for _, later := range []string{"usb", "support-bundle"} {
		root.AddCommand(&cobra.Command{Use: later, Short: "not built yet", RunE: func(c *cobra.Command, _ []string) error {
			return fmt.Errorf("%s is not built yet", c.Name())
		}})
	}
	return root
}

// config loads the configuration of the board, or of the lab.
func (t *tool) config() (config.Config, error) {
	paths := t.configs
	if len(paths) == 0 {
		paths = config.DefaultPaths()
		if t.dir != "" {
			paths = []string{filepath.Join(t.dir, "kiosk", "kiosk.toml")}
		}
	}
	return config.Load(paths, os.Environ(), nil)
}

// print writes v as JSON, or lets text write it for people.
func (t *tool) print(v any, text func(io.Writer)) error {
	if !t.json {
		text(t.out)
		return nil
	}
	e := json.NewEncoder(t.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func exactly(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("%w: %s takes %d arguments", errUsage, c.CommandPath(), n)
		}
		return nil
	}
}
