// Command booksbench measures the matching engine, and writes the books that it and others
// are measured by.
//
//	booksbench write DIR PAYMENTS   three books of so many payments as CSV files
//	booksbench match DIR            matches them: breaks into DIR/breaks.csv, figures as JSON
//	booksbench curve SVG PAYMENTS…  cost of a row, made up in memory, at each size, as a table,
//	                                and drawn in the file SVG; - draws nothing
//	booksbench point PAYMENTS       one of these sizes, as JSON
//
// One payment of a thousand has a difference of each kind (see book.go). Times are those
// of this machine and its load: compare what was taken in one run.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"wattkiosk/payments/reconcile"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "booksbench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "write":
		n, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}

		return write(args[1], n)
	case len(args) == 2 && args[0] == "match":
		return match(args[1])
	case len(args) > 2 && args[0] == "curve":
		return curve(strings.TrimPrefix(args[1], "-"), args[2:])
	case len(args) == 2 && args[0] == "point":
		return point(args[1])
	}

	return fmt.Errorf("usage: booksbench write DIR PAYMENTS | match DIR | curve SVG PAYMENTS… | point PAYMENTS")
}

// spec is what is matched: three books, and one tolerance.
func spec(dir string) reconcile.Spec {
	return reconcile.Spec{
		Books: reconcile.Set(books...), Dir: dir,
		Keys: []reconcile.Key{{Name: "account and time", Account: true, Seconds: tolerance}},
	}
}

// figures are what a measurement says.
type figures struct {
	Who     string                    `json:"who"`
	Rows    int64                     `json:"rows"`
	Seconds float64                   `json:"seconds"`
	CPU     float64                   `json:"cpu"` // seconds of all cores
	PeakMB  int64                     `json:"peak_mb"`
	Breaks  map[reconcile.Class]int64 `json:"breaks"`
	Loose   int64                     `json:"loose"`
	Digest  string                    `json:"digest,omitempty"`
}

func match(dir string) error {
	began := time.Now()
	e, err := reconcile.New(spec(dir))
	if err != nil {
		return err
	}
	defer e.Close() //nolint:errcheck // its file has no name
	if err := feedFiles(e, dir); err != nil {
		return err
	}

	f, err := os.Create(filepath.Join(dir, "breaks.csv"))
	if err != nil {
		return err
	}
	out := bufio.NewWriter(f)
	report, err := e.Run(func(b reconcile.Break) error {
		_, err := fmt.Fprintf(out, "%s,%s,%s,%d,%d,%d,%s\n", b.Class, b.Serial, b.Account, b.Sides[0].Amount, b.Sides[1].Amount, b.Sides[2].Amount, b.Proposal)

		return err
	})
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}

	return say("engine", began, report)
}

// say prints the figures of a run as JSON.
func say(who string, began time.Time, r reconcile.Report) error {
	f := figures{Who: who, Seconds: time.Since(began).Seconds(), Breaks: r.Breaks, Loose: r.Loose}
	f.CPU, f.PeakMB = usage()
	for _, b := range r.Books {
		f.Rows += b.Rows
		f.Digest += b.Digest()[:8]
	}

	return json.NewEncoder(os.Stdout).Encode(f)
}

// usage is the CPU time in seconds and the peak memory in MB of this process.
func usage() (cpu float64, peak int64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}

	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9, int64(u.Maxrss) >> 10
}
