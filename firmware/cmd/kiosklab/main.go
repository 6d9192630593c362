package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// execute runs one command line and returns the exit code: 0 when it was asked to
// stop, 1 for a failure, 2 for a wrong command line.
func execute(ctx context.Context, args []string, out, errs io.Writer) int {
	o, err := parseOptions(args, errs)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(errs, "kiosklab:", err)
		return 2
	}
	if err := run(ctx, o, out, errs); err != nil {
		fmt.Fprintln(errs, "kiosklab:", err)
		return 1
	}
	return 0
}

// run keeps a lab until ctx ends.
func run(ctx context.Context, o options, out, errs io.Writer) (err error) {
	l, err := startLab(ctx, o, errs)
	if err != nil {
		if ctx.Err() != nil {
			return nil // asked to stop while it started
		}
		return err
	}
	defer func() { err = errors.Join(err, l.stop()) }()
	if err := announce(out, l, o); err != nil {
		return err
	}

	select {
	case <-ctx.Done():
		return nil
	case err := <-l.failed:
		return err
	}
}

func announce(out io.Writer, l *lab, o options) error {
	if o.json {
		return json.NewEncoder(out).Encode(l.places)
	}

	p := l.places
	fmt.Fprintf(out, "kiosk screen  %s\nlab bench     %s\nhead office   %s\nMQTT broker   %s\nstate         %s\n",
		p.Screen, p.Bench, p.Office, p.Broker, p.Dir)
	for _, a := range p.Accounts {
		fmt.Fprintf(out, "log in        %s / %s\n", a.User, a.Password)
	}

	if p.BrokerFiles != "" {
		fmt.Fprintf(out, "broker files  %s (certificate, key and mosquitto.conf for the broker)\n", p.BrokerFiles)
	}

	if !o.headless {
		fmt.Fprintf(out, "\nOpen the lab bench in a browser. End with Ctrl-C.\n")
	}

	return nil
}
