package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"wattkiosk/payments/reconcile"
)

// curve measures each size in a process of its own, because the peak is that of a process, and
// prints a table of it; svg is where it is drawn, empty for nowhere.
func curve(svg string, sizes []string) error {
	var points []figures
	fmt.Println("| rows | seconds | CPU ns a row | peak MB |\n|---|---|---|---|")
	for _, size := range sizes {
		cmd := exec.Command("/proc/self/exe", "point", size)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("%s payments: %w", size, err)
		}
		var p figures
		if err := json.Unmarshal(out, &p); err != nil {
			return fmt.Errorf("%s payments: %w", size, err)
		}
		fmt.Printf("| %s | %.1f | %.0f | %d |\n", grouped(p.Rows), p.Seconds, p.nanos(), p.PeakMB)
		points = append(points, p)
	}
	if svg == "" {
		return nil
	}

	f, err := os.Create(svg)
	if err != nil {
		return err
	}
	_, err = f.Write(draw(points))

	return errors.Join(err, f.Close())
}

// point measures one size, of rows that are made up while they are fed.
func point(size string) error {
	n, err := strconv.Atoi(size)
	if err != nil {
		return err
	}
	began := time.Now()
	e, err := reconcile.New(spec(""))
	if err != nil {
		return err
	}
	defer e.Close() //nolint:errcheck // its file has no name
	errs := make([]error, len(books))
	var all sync.WaitGroup
	for i, book := range books {
		all.Go(func() { errs[i] = makeUp(e, book, n) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	r, err := e.Run(func(reconcile.Break) error { return nil })
	if err != nil {
		return err
	}

	return say("engine", began, r)
}

// nanos is the CPU time of one row.
func (f figures) nanos() float64 { return f.CPU * 1e9 / float64(f.Rows) }

// grouped is a number with commas between thousands.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	var out bytes.Buffer
	for i, digit := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(digit)
	}

	return out.String()
}
