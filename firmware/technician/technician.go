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
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/firmware/config"
	"wattkiosk/hal/clock"
)

// tool is what every verb needs.
type tool struct {
	out     io.Writer
	errs    io.Writer
	version string
	json    bool
	dir     string
	configs []string
	now     func() time.Time
}

// Main runs one command line, args without the program's name, and returns the exit
// code: 0 when all is well, 1 when not, 2 for a wrong command line. What goes wrong is
// said on errs. It ends early with ctx.
func Main(ctx context.Context, version string, args []string, out, errs io.Writer) int {
	t := &tool{out: out, errs: errs, version: version, now: clock.System{}.Now}
	root := t.command()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	return cmdline.Run(ctx, root, errs)
}

func (t *tool) command() *cobra.Command {
	root := &cobra.Command{Use: "kioskctl", Short: "looks after one kiosk", Version: t.version}
	root.PersistentFlags().BoolVar(&t.json, "json", false, "answer in JSON")
	root.PersistentFlags().StringVar(&t.dir, "dir", "", "folder of a lab instead of this board")
	root.PersistentFlags().StringArrayVar(&t.configs, "config", nil, "configuration file or .d folder instead of the standard places")
	root.AddCommand(t.statusCommand(), t.cashCommand(), t.cardCommand(), t.journalCommand(), t.configCommand(), t.enrolCommand(), t.keysCommand(), t.deviceCommand(), t.updateCommand(),
		stickStatusCommand(t, "usb", "what is on the stick that is plugged in: update stick status by its short name"), supportCommand(t))
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

	cfg, err := config.Load(paths, os.Environ(), nil)
	if missing, ok := errors.AsType[*fs.PathError](err); ok && cfg.Kiosk == "" && errors.Is(missing, fs.ErrNotExist) {
		// what else is wrong follows from it
		hint := " (a lab is named with --dir)"
		switch {
		case len(t.configs) > 0:
			hint = ""
		case t.dir != "":
			hint = fmt.Sprintf(" (%s is no lab, or has not been run)", t.dir)
		}
		err = fmt.Errorf("there is no configuration: %w%s", missing, hint)
	}
	return cfg, err
}

// whenIn writes times as people read them: in the business's time zone, which is shown.
func whenIn(cfg config.Config) func(time.Time) string {
	zone, err := cfg.Location()
	if err != nil {
		zone = time.UTC
	}
	return func(at time.Time) string { return at.In(zone).Format("2006-01-02 15:04:05 -07:00") }
}

// count is a number of things in words.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
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

func exactly(n int) cobra.PositionalArgs { return cmdline.Exactly(n) }
