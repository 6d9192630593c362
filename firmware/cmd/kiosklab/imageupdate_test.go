package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// updatesVariable names a folder with the bundles of TestImageUpdate, made by
// .ci/bundles: good.wkb, panic.wkb, crash.wkb, gate.wkb, hang.wkb and others.
const updatesVariable = "WATTKIOSK_UPDATES"

// shell runs commands in the guest, as root, by the lab's own service in the test
// image: it fetches a script, runs it, and sends back what it said.
type shell struct {
	t    *testing.T
	port string
	jobs chan string
	said chan string
	sent int
}

func newShell(t *testing.T, dir string) *shell {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &shell{t: t, jobs: make(chan string, 1), said: make(chan string, 1)}
	_, s.port, _ = net.SplitHostPort(ln.Addr().String())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /job", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case job := <-s.jobs:
			_, _ = io.WriteString(w, job) // the guest asks again if it has gone
		default:
			http.NotFound(w, nil)
		}
	})
	mux.HandleFunc("POST /said", func(_ http.ResponseWriter, r *http.Request) {
		if b, err := io.ReadAll(io.LimitReader(r.Body, 1<<20)); err == nil {
			s.said <- string(b)
		}
	})
	mux.Handle("/files/", http.StripPrefix("/files/", http.FileServer(http.Dir(dir))))
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(func() { _ = server.Close() })
	t.Setenv("LAB_JOB_PORT", s.port)
	return s
}

// run runs a script and returns what it said.
func (s *shell) run(script string) string {
	s.t.Helper()
	out, ok := s.try(script, patience)
	if !ok {
		s.t.Fatalf("the guest does not answer %q", script)
	}
	return out
}

// try runs a script; a board that restarts may take it and never answer. A late
// answer to another script is passed over.
func (s *shell) try(script string, within time.Duration) (out string, ok bool) {
	select {
	case <-s.jobs: // nobody took it
	default:
	}
	s.sent++
	mark := fmt.Sprintf("job %d\n", s.sent)
	s.jobs <- "echo " + mark + "export HOME=/root PATH=/usr/bin:/bin:/usr/sbin:/sbin\n" + script
	for late := time.After(within); ; {
		select {
		case out := <-s.said:
			if rest, ok := strings.CutPrefix(out, mark); ok {
				return rest, true
			}
		case <-late:
			return "", false
		}
	}
}

// install installs a bundle and restarts the board. The restart may be quicker than
// its answer.
func (s *shell) install(name string) string {
	s.t.Helper()
	out := s.run(fmt.Sprintf("kioskctl update install http://10.0.2.2:%s/files/%s.wkb --by test --json", s.port, name))
	if strings.Contains(out, "exit 0") {
		_, _ = s.try("systemctl reboot", 10*time.Second)
	}
	return out
}

// boardStatus is kioskctl update status.
type boardStatus struct {
	Release struct {
		Version string
		Build   uint64
	}
	Slot, Mode string
	State      struct {
		Good, Try string
		Left      int
		Floor     uint64
	}
	History []struct {
		What, To, Code, Detail string
		Build                  uint64
	}
}

func (s *shell) status() (b boardStatus) {
	s.t.Helper()
	for range 20 { // the board may be going down
		out, _ := s.try("kioskctl update status --json", time.Minute)
		text, _, _ := strings.Cut(out, "exit ")
		if json.Unmarshal([]byte(text), &b) == nil {
			return b
		}
		s.t.Logf("update status: %s", out)
		wait(s.t.Context(), time.Second)
	}
	s.t.Fatal("the guest does not tell its slots")
	return b
}

// settled waits until a slot runs and nothing is on trial.
func (s *shell) settled(what string, ok func(boardStatus) bool) boardStatus {
	s.t.Helper()
	var b boardStatus
	deadline := time.Now().Add(30 * time.Minute)
	for time.Now().Before(deadline) {
		if b = s.status(); ok(b) {
			return b
		}
		wait(s.t.Context(), time.Second)
	}
	s.t.Fatalf("%s: did not happen: %+v", what, b)
	return b
}

// TestImageUpdate updates the board in the guest: to good versions, full and by
// delta, and to bad ones, from which it must come back by itself; and it offers
// what must be refused.
func TestImageUpdate(t *testing.T) {
	needImage(t)
	dir := os.Getenv(updatesVariable)
	if dir == "" {
		t.Skip(updatesVariable + " names no bundles")
	}
	s := newShell(t, dir)
	r := startRig(t)
	r.serving()
	for _, bad := range []struct{ name, code string }{
		{"unsigned", "signature"},
		{"wrong-root", "keyring-untrusted"},
		{"wrong-board", "wrong-board"},
		{"older", "not-newer"},
		{"truncated", "truncated"},
		{"damaged", "chunk-damaged"},
	} {
		if out := s.install(bad.name); !strings.Contains(out, `"refused":"`+bad.code+`"`) || !strings.Contains(out, "exit 1") {
			t.Errorf("%s: %s", bad.name, out)
		}
	}
	before := s.status()
	if before.Slot != "a" || before.Mode != "good" || before.State.Try != "" {
		t.Fatalf("after the refusals: %+v", before)
	}
	begun := time.Now()
	t.Logf("good: %s", s.install("good"))
	good := s.settled("the good version", func(b boardStatus) bool {
		return b.Slot == "b" && b.State.Good == "b" && b.State.Try == ""
	})
	t.Logf("%s runs in slot %s, proven %v after it was offered", good.Release.Version, good.Slot, time.Since(begun).Round(time.Second))
	if good.Release.Build != before.Release.Build+1 {
		t.Errorf("build %d runs", good.Release.Build)
	}
	if out := s.install("good"); !strings.Contains(out, `"refused":"not-newer"`) {
		t.Errorf("the same again: %s", out)
	}
	for _, bad := range []string{"panic", "crash", "gate", "hang", "unsigned-kernel"} {
		if _, err := os.Stat(filepath.Join(dir, bad+".wkb")); err != nil {
			continue
		}
		begun := time.Now()
		out := s.install(bad)
		if !strings.Contains(out, "exit 0") {
			t.Fatalf("%s: %s", bad, out)
		}
		back := s.settled(bad, func(b boardStatus) bool {
			last := len(b.History) - 1
			return b.Slot == "b" && b.State.Try == "" && b.History[last].What == "fell-back" && b.History[last].Build > good.Release.Build
		})
		last := back.History[len(back.History)-1]
		t.Logf("%s: back in slot %s after %v: %s %s", bad, back.Slot, time.Since(begun).Round(time.Second), last.Code, last.Detail)
		if back.Release.Build != good.Release.Build {
			t.Errorf("build %d runs", back.Release.Build)
		}
		if out := s.install(bad); !strings.Contains(out, `"refused":"failed-before"`) {
			t.Errorf("%s again: %s", bad, out)
		}
	}
	r.serving()
	last := r.pay1000000001()
	r.booked(last.text("serial"), "posted")
	if _, err := r.verify(); err != nil {
		t.Error(err)
	}
}
