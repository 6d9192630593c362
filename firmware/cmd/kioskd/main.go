// Command kioskd is the kiosk: it drives the devices, serves the touch screen on
// loopback, keeps the journal and reports to head office. It exits 0 when it was
// told to stop, 2 for a wrong command line or configuration, and 3 when it must
// be started anew.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"wattkiosk/firmware/appliance"
	"wattkiosk/firmware/config"
)

// version is set by the linker.
var version = "dev"

// memoryLimit is a soft bound for the collector: the whole program is meant to
// stay below 64 MB.
const memoryLimit = 40 << 20

func main() { os.Exit(run()) }

func run() int {
	var paths, sets list
	flag.Var(&paths, "config", "configuration file or .d folder; may be repeated (default: the standard places)")
	flag.Var(&sets, "set", "key=value over the configuration; may be repeated")
	level := flag.String("log-level", "info", "debug, info, warn or error")
	show := flag.Bool("version", false, "print the version")
	flag.Parse()
	if *show {
		fmt.Println(version)
		return 0
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	var l slog.Level
	if err := l.UnmarshalText([]byte(*level)); err != nil || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "kioskd: wrong arguments; see -help")
		return 2
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: l}))
	cfg, err := load(paths, sets)
	if err != nil {
		log.Error("configuration", "err", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
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
