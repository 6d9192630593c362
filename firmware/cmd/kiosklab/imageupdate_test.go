package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// updatesVariable names a folder with the bundles of the tests of updates, made by
// .ci/bundles: good.wkb, panic.wkb, crash.wkb, gate.wkb, perhaps hang.wkb, and others.
const updatesVariable = "WATTKIOSK_UPDATES"

// updates is that folder; the test is skipped where there is no board image.
func updates(t *testing.T) string {
	t.Helper()
	needImage(t)
	dir := os.Getenv(updatesVariable)
	if dir == "" {
		t.Skip(updatesVariable + " names no bundles")
	}
	return dir
}

// coldRestarts has a restart of the guest end its QEMU, which the lab starts again.
// After a warm one QEMU guards every page that held code of the last kernel, and U-Boot
// takes minutes to unpack the next kernel over them.
func coldRestarts(t *testing.T) {
	t.Helper()
	setLab(t, "LAB_COLD", "1")
}

// shell runs commands in the guest, as root, by the lab's own service in the test
// image: it fetches a script, runs it, sends back what it said, and begins again.
type shell struct {
	t    *testing.T
	port string
	said chan string
	sent int

	mu    sync.Mutex
	job   string        // "" is none
	taken bool          // by the guest
	lost  chan struct{} // closed when the guest begins again without an answer
}

func newShell(t *testing.T, dir string) *shell {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &shell{t: t, said: make(chan string, 1)}
	_, s.port, _ = net.SplitHostPort(ln.Addr().String())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /job", func(w http.ResponseWriter, _ *http.Request) {
		if job := s.take(); job != "" {
			_, _ = io.WriteString(w, job) // the guest asks again if it has gone
			return
		}
		http.NotFound(w, nil)
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
	setLab(t, "LAB_JOB_PORT", s.port)
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

// put has the guest take a job next, and returns what is closed if its answer is lost.
func (s *shell) put(job string) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.job, s.taken, s.lost = job, false, make(chan struct{})
	return s.lost
}

// take is the job for a guest that asks for one.
func (s *shell) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.job == "":
		return ""
	case s.taken:
		s.job = ""
		close(s.lost)
		return ""
	}
	s.taken = true
	return s.job
}

// try runs a script; a board that restarts may take it and never answer. A late
// answer to another script is passed over.
func (s *shell) try(script string, within time.Duration) (out string, ok bool) {
	s.sent++
	mark := fmt.Sprintf("job %d\n", s.sent)
	lost := s.put("echo " + mark + "export HOME=/root PATH=/usr/bin:/bin:/usr/sbin:/sbin\n" + script)
	defer s.put("")
	for late := time.After(within); ; {
		select {
		case out := <-s.said:
			if rest, ok := strings.CutPrefix(out, mark); ok {
				return rest, true
			}
		case <-lost:
			return "", false
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
	History []historyEntry // oldest first
}

type historyEntry struct {
	What, By, To, Code, Detail string
	Build                      uint64
}

// last is the newest entry of the history.
func (b boardStatus) last() historyEntry {
	if len(b.History) == 0 {
		return historyEntry{}
	}
	return b.History[len(b.History)-1]
}

func (s *shell) status() (b boardStatus) {
	s.t.Helper()
	untilWithin(s.t, trialLimit, "the guest tells its slots", func() (bool, string) { // it may be going down
		out, _ := s.try("kioskctl update status --json", time.Minute)
		text, _, _ := strings.Cut(out, "exit ")
		return json.Unmarshal([]byte(text), &b) == nil, out
	})
	return b
}

// trialLimit bounds a trial, and the way back from it: a version that hangs takes the
// watchdog's time at every attempt.
const trialLimit = 30 * time.Minute

// settled waits until a slot runs and nothing is on trial.
func (s *shell) settled(what string, ok func(boardStatus) bool) boardStatus {
	s.t.Helper()
	var b boardStatus
	deadline := time.Now().Add(trialLimit)
	for time.Now().Before(deadline) {
		if b = s.status(); ok(b) {
			return b
		}
		wait(s.t.Context(), time.Second)
	}
	s.t.Fatalf("%s: did not happen: %+v", what, b)
	return b
}

// TestImageUpdate updates the board in the guest by a technician's command: it
// offers what must be refused, a good version, and one that the boot loader does not
// start. TestImageRollout has the other bad ones.
func TestImageUpdate(t *testing.T) {
	s := newShell(t, updates(t))
	coldRestarts(t)
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
	begun = time.Now()
	const kernel = "unsigned-kernel"
	if out := s.install(kernel); !strings.Contains(out, "exit 0") {
		t.Fatalf("%s: %s", kernel, out)
	}
	back := s.settled(kernel, func(b boardStatus) bool {
		return b.Slot == "b" && b.State.Try == "" && b.last().What == "fell-back" && b.last().Build > good.Release.Build
	})
	t.Logf("%s: back in slot %s after %v: %s %s", kernel, back.Slot, time.Since(begun).Round(time.Second), back.last().Code, back.last().Detail)
	if back.Release.Build != good.Release.Build {
		t.Errorf("build %d runs", back.Release.Build)
	}
	if out := s.install(kernel); !strings.Contains(out, `"refused":"failed-before"`) {
		t.Errorf("%s again: %s", kernel, out)
	}
	r.serving()
	last := r.pay1000000001()
	r.booked(last.text("serial"), "posted")
	if _, err := r.verify(); err != nil {
		t.Error(err)
	}
}
