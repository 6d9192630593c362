// Package daemon is the command line of kioskd, the kiosk: it reads the configuration
// and has package appliance run the kiosk by it, with core dumps forbidden. It says why it ends in the log, and by
// the exit code to whoever is to start it anew.
package daemon

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"

	"wattkiosk/firmware/appliance"
	"wattkiosk/firmware/config"
)

// memoryLimit is a soft bound for the collector. The whole program is meant to stay
// below 64 MB of resident memory, and has a third of it; but Badger takes 32 MB for a
// table that it writes, as it does at a start after a cut power, and hardly touches
// them. With a bound near that the collector would run without pause meanwhile.
const memoryLimit = 72 << 20

// Main runs the kiosk until ctx ends and returns the exit code: 0 when it was told to
// stop, 1 when it cannot run, 2 for a wrong command line or configuration, 3 when it
// must be started anew. args begins with the program's name. It sets the memory limit of
// the whole process, unless the environment does.
func Main(ctx context.Context, version string, args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.SetOutput(errs)
	var paths, sets list
	flags.Var(&paths, "config", "configuration file or .d folder; may be repeated (default: the standard places)")
	flags.Var(&sets, "set", "key=value over the configuration; may be repeated")
	level := flags.String("log-level", "info", "debug, info, warn or error")
	show := flags.Bool("version", false, "print the version")
	if err := flags.Parse(args[1:]); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if *show {
		fmt.Fprintln(out, version)
		return 0
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	var l slog.Level
	if err := l.UnmarshalText([]byte(*level)); err != nil || flags.NArg() > 0 {
		fmt.Fprintln(errs, "kioskd: wrong arguments; see -help")
		return 2
	}
	log := slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: l}))
	if err := forbidDumps(); err != nil {
		log.Error("memory is not protected", "err", err)
	}
	cfg, err := load(paths, sets)
	if err != nil {
		log.Error("configuration", "err", err)
		return 2
	}
	switch err := appliance.Run(ctx, cfg, version, log); {
	case errors.Is(err, appliance.ErrRestart):
		log.Error("kiosk must be started anew", "err", err)
		return 3
	case err != nil:
		log.Error("kiosk", "err", err)
		return 1
	}
	return 0
}

func load(paths, sets list) (config.Config, error) {
	if len(paths) == 0 {
		paths = config.DefaultPaths()
	}
	overrides := map[string]string{}
	for _, s := range sets {
		k, v, ok := strings.Cut(s, "=")
		if !ok {
			return config.Config{}, fmt.Errorf("-set %q: want key=value", s)
		}
		overrides[k] = v
	}
	return config.Load(paths, os.Environ(), overrides)
}

// list collects a flag that may be repeated.
type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }
