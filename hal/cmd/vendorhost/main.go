// Command vendorhost loads one maker's dynamic library and calls it for kioskd: a
// process of its own, so that a crash or a hang of the library is an outcome and
// not an outage. Package hal/card/vendor starts it and describes its frames.
//
// It reads requests on file descriptor 3 and answers on 4; standard output and
// error are the library's. It ends when 3 is closed, when a call is later than its
// deadline (status 3), or when the library takes it down.
//
//	vendorhost --description FILE
//
// Without a description it is a unit of systemd's, started for a connection: file descriptor
// 3 is that connection, on which it is told the description, reads requests and answers.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"wattkiosk/boards/ground/child"
	"wattkiosk/hal/card/vendor"
)

// Exit statuses.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
	exitLate  = 3
)

func main() {
	path := flag.String("description", "", "file that describes the library")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(exitUsage)
	}
	in, out, err := child.Files()
	if err != nil {
		fmt.Fprintln(os.Stderr, "vendorhost:", err)
		os.Exit(exitUsage)
	}
	os.Exit(run(*path, in, out))
}

// run serves until in ends, and returns the exit status.
func run(path string, in io.Reader, out io.Writer) int {
	runtime.LockOSThread() // some libraries keep their state by thread
	child.Harden()
	w := &writer{out}
	abi, err := description(path, in)
	if err != nil {
		return w.fatal(err)
	}

	lib, err := load(abi)
	if err != nil {
		return w.fatal(err)
	}
	if _, ok := abi.Op[vendor.OpOpen]; ok {
		if r := guarded(lib, w, vendor.Request{Op: vendor.OpOpen}, abi); r.Code != 0 {
			return w.fatal(fmt.Errorf("open: code %d", r.Code))
		}
	}

	w.send(vendor.Response{Ready: true})
	for r := bufio.NewReader(in); ; {
		var req vendor.Request
		err := child.ReadFrame(r, &req, vendor.MaxFrame)
		if errors.Is(err, io.EOF) {
			return exitOK
		}
		if err != nil {
			return w.fatal(err)
		}
		w.send(guarded(lib, w, req, abi))
	}
}

// description is that of the library: of the file, or without one what is said first.
func description(path string, in io.Reader) (vendor.ABI, error) {
	if path != "" {
		return vendor.LoadABI(path)
	}
	var s vendor.Setup
	if err := child.ReadFrame(in, &s, vendor.MaxSetup); err != nil {
		return vendor.ABI{}, err
	}

	return vendor.ParseABI(s.Description)
}

// guarded makes one call, or the calls of a piece of work, under their deadlines. They
// stay on this thread; a timer on another ends the process when one is late.
func guarded(lib *library, w *writer, req vendor.Request, abi vendor.ABI) vendor.Response {
	if req.Op == vendor.OpWork {
		return lib.work(w, req)
	}
	defer w.late(req.ID, abi.Op[req.Op].Limit())()
	return lib.call(req)
}

// late ends the process after a time, unless stop is called before.
func (w *writer) late(id uint32, after time.Duration) (stop func()) {
	t := time.AfterFunc(after, func() {
		w.send(vendor.Response{ID: id, Late: true})
		os.Exit(exitLate)
	})
	return func() { t.Stop() }
}

// writer sends frames. The terminal has gone when it fails, and so do we.
type writer struct{ w io.Writer }

func (w *writer) send(r vendor.Response) {
	if child.WriteFrame(w.w, r, vendor.MaxFrame) != nil {
		os.Exit(exitError)
	}
}

func (w *writer) fatal(err error) int {
	w.send(vendor.Response{Fatal: err.Error()})
	return exitError
}
