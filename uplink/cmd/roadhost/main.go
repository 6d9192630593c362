// Command roadhost loads the client library of a system that head office calls, and calls
// it: a process of its own for each call under way, so that a crash or a hang of the
// library is an outcome and not an outage. officed starts it.
//
//	roadhost tuxedo    an ATMI client library, for payments/tuxedo
//	roadhost odbc      an ODBC driver manager, for payments/cardsystem/odbc
//
// With host = "unix:/run/roadhost.sock" in the settings of the road, systemd starts it for each
// connection to that socket, under an account that can read none of head office's files:
//
//	roadhost.socket:    [Socket]  ListenStream=/run/roadhost.sock  SocketUser=officed  SocketMode=0600  Accept=yes  MaxConnections=32
//	roadhost@.service:  [Service]  User=roadhost  ExecStart=/usr/bin/roadhost tuxedo  StandardInput=null  NoNewPrivileges=yes  ProtectSystem=strict
//	                    and in Environment= what the library needs
//
// It reads requests on file descriptor 3 and answers on 4, in the frames of package child;
// standard output and error are the library's. The first request is the setup. All calls of
// the library are made on one locked thread, because ATMI keeps its context and its errors
// by thread, and drivers are as safe as that. It takes its leave of the system when 3 is closed. It keeps no deadlines: who
// is tired of waiting kills it.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"wattkiosk/boards/ground/child"
	"wattkiosk/payments/cardsystem/odbc"
	"wattkiosk/payments/tuxedo"
)

// Exit statuses.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

func main() {
	if len(os.Args) != 2 || roads[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: roadhost tuxedo|odbc")
		os.Exit(exitUsage)
	}
	in, out, err := child.Files()
	if err != nil {
		fmt.Fprintln(os.Stderr, "roadhost:", err)
		os.Exit(exitUsage)
	}

	runtime.LockOSThread()
	child.Harden()
	os.Exit(roads[os.Args[1]](in, out))
}

// roads serve until in ends, and return the exit status. It is read-only.
var roads = map[string]func(in io.Reader, out io.Writer) int{
	"tuxedo": func(in io.Reader, out io.Writer) int { return serve(in, out, tuxedo.MaxFrame, openATMI) },
	"odbc":   func(in io.Reader, out io.Writer) int { return serve(in, out, odbc.MaxFrame, openODBC) },
}

// road is an opened library: it answers requests until it is closed.
type road[Request, Answer any] interface {
	call(Request) Answer
	close()
}

// serve answers requests until in ends, and returns the exit status.
func serve[Setup, Request, Answer any, Road road[Request, Answer]](in io.Reader, out io.Writer, most int, open func(Setup) (Road, error)) int {
	r := bufio.NewReader(in)
	var setup Setup
	if child.ReadFrame(r, &setup, most) != nil {
		return exitError
	}
	lib, err := open(setup)
	if err != nil {
		_ = child.WriteFrame(out, child.Hello{Fatal: err.Error()}, most) // the parent has gone if it fails
		return exitError
	}
	defer lib.close()

	if child.WriteFrame(out, child.Hello{Ready: true}, most) != nil {
		return exitError
	}
	for {
		var request Request
		err := child.ReadFrame(r, &request, most)
		if errors.Is(err, io.EOF) {
			return exitOK
		}
		if err != nil || child.WriteFrame(out, lib.call(request), most) != nil {
			return exitError
		}
	}
}
