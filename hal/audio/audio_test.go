package audio_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/audio"
)

// player is a program that writes down what it plays: begin, and end unless it is
// killed. A file with "long" in its name plays for a minute.
const player = `#!/bin/sh
echo "begin $2 $3" >> "$1"
case "$3" in *long*) sleep 60 & wait ;; *broken*) exit 7 ;; esac
echo "end" >> "$1"
`

func setup(t *testing.T) (p *audio.Player, log string, failures chan error) {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "player")
	if err := os.WriteFile(program, []byte(player), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "zh"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"welcome", "long", "broken"} {
		if err := os.WriteFile(filepath.Join(dir, "zh", name+".wav"), []byte("RIFF"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log, failures = filepath.Join(dir, "log"), make(chan error, 8)
	p = audio.NewWith([]string{program, log, "dev"}, dir, func(err error) { failures <- err })
	t.Cleanup(p.Close)
	return p, log, failures
}

// await waits until the log has the text.
func await(t *testing.T, log, text string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if b, err := os.ReadFile(log); err == nil && strings.Contains(string(b), text) {
			return
		}
	}
	t.Fatalf("no %q in the log", text)
}

func TestANewPromptEndsTheOld(t *testing.T) {
	p, log, failures := setup(t)
	if err := p.Play("zh", "long"); err != nil {
		t.Fatal(err)
	}
	await(t, log, "long.wav")
	if err := p.Play("zh", "welcome"); err != nil {
		t.Fatal(err)
	}
	await(t, log, "end")
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(b); strings.Count(got, "end") != 1 || !strings.Contains(got, "begin dev "+filepath.Join(filepath.Dir(log), "zh", "welcome.wav")) {
		t.Errorf("played:\n%s", got)
	}
	if len(failures) != 0 {
		t.Errorf("a prompt that was ended is no failure: %v", <-failures)
	}
}

func TestFailures(t *testing.T) {
	p, _, failures := setup(t)
	for _, c := range [][2]string{{"zh", "missing"}, {"zh", "../zh/welcome"}, {"..", "welcome"}, {"zh", ""}} {
		if err := p.Play(c[0], c[1]); !errors.Is(err, audio.ErrNoPrompt) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := p.Play("zh", "broken"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-failures:
		if !strings.Contains(err.Error(), "zh/broken") {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the failure was not told")
	}
}

func TestClosedIsSilent(t *testing.T) {
	p, log, _ := setup(t)
	p.Close()
	if err := p.Play("zh", "welcome"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(log); err == nil {
		t.Error("played after Close")
	}
}
