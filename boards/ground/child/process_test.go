package child_test

import (
	"io"
	"testing"
	"time"

	"wattkiosk/boards/ground/child"
)

// shell starts a shell that has the frames on its descriptors 3 and 4.
func shell(t *testing.T, script string) (p *child.Process, ended chan bool) {
	t.Helper()
	ended = make(chan bool, 1)
	p, err := child.Start(child.Command{
		Path: "/bin/sh", Args: []string{"-c", script}, Env: map[string]string{"WORD": "on", "LANG": "C"},
		Ended: func(crashed bool) { ended <- crashed },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p, ended
}

func TestProcess(t *testing.T) {
	const echo = `printf '\034\000\000\000{"say":"%s %s %s"}' "$WORD" "$LANG" "$PATH" >&4; cat <&3 >&4`
	p, ended := shell(t, echo)
	var w word
	if err := child.ReadFrame(p, &w, most); err != nil || w.Say != "on C /usr/bin:/bin" {
		t.Fatalf("it has %q, %v", w.Say, err)
	}
	if err := child.WriteFrame(p, word{"back"}, most); err != nil {
		t.Fatal(err)
	}
	if err := child.ReadFrame(p, &w, most); err != nil || w.Say != "back" {
		t.Errorf("echo: %q, %v", w.Say, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if <-ended {
		t.Error("a child that was killed counts as a crash")
	}
}

func TestHowAProcessEnds(t *testing.T) {
	for _, c := range []struct {
		name, script string
		stop         bool
		crashed      bool
	}{
		{"stopped", "cat <&3", true, false},
		{"stopped, and fails", "cat <&3; exit 1", true, true},
		{"does not stop", "echo >&4; while :; do sleep 60; done", true, false},
		{"by itself", "exit 0", false, true},
		{"by a signal", "kill -SEGV $$", false, true},
		{"killed by somebody else", "kill -KILL $$", false, true},
	} {
		p, ended := shell(t, c.script)
		if c.stop {
			if err := p.Stop(300 * time.Millisecond); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		} else if _, err := io.ReadAll(p); err != nil { // until it is gone
			t.Errorf("%s: %v", c.name, err)
		}
		if got := <-ended; got != c.crashed {
			t.Errorf("%s: crashed %v", c.name, got)
		}
	}
}

func TestWhatIsSaidBeforeTheEndIsRead(t *testing.T) {
	p, ended := shell(t, `printf '\013\000\000\000{"say":"x"}' >&4; kill -KILL $$`)
	<-ended
	var w word
	if err := child.ReadFrame(p, &w, most); err != nil || w.Say != "x" {
		t.Errorf("%q, %v", w.Say, err)
	}
}

func TestNoSuchProgram(t *testing.T) {
	if _, err := child.Start(child.Command{Path: "/no/such/program"}); err == nil {
		t.Error("started")
	}
}
