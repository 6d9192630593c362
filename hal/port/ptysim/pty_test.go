package ptysim_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wattkiosk/hal/port/ptysim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLinkIsReplacedAndRemoved(t *testing.T) {
	link := filepath.Join(t.TempDir(), "printer")
	if err := os.Symlink("/dev/pts/stale", link); err != nil {
		t.Fatal(err)
	}
	m, err := ptysim.Open(link)
	if err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != m.Path() {
		t.Errorf("link leads to %q, %v; want %q", to, err, m.Path())
	}
	if err := m.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := os.Lstat(link); !os.IsNotExist(err) {
		t.Errorf("link after Close: %v, want it gone", err)
	}
}

func TestLinkSparesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "printer")
	if err := os.WriteFile(path, []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := ptysim.Open(path); err == nil {
		m.Close()
		t.Error("Open replaced a file")
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "keep" {
		t.Errorf("file is %q, %v", b, err)
	}
}

func TestLineIsRawAndSurvivesAHost(t *testing.T) {
	m, err := ptysim.Open("")
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	const all = "\x00\x03\x04\r\n\x11\x13\x1a\x7f\xff"
	for range 2 { // the second host finds the line as the first did
		host, err := os.OpenFile(m.Path(), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := host.WriteString(all); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 64)
		n, err := m.Read(buf)
		if err != nil || string(buf[:n]) != all {
			t.Errorf("master read %q, %v", buf[:n], err)
		}
		if _, err := m.Write([]byte(all)); err != nil {
			t.Fatal(err)
		}
		n, err = host.Read(buf)
		if err != nil || string(buf[:n]) != all {
			t.Errorf("host read %q, %v", buf[:n], err)
		}
		host.Close()
	}
}

func TestCloseHangsUp(t *testing.T) {
	m, err := ptysim.Open("")
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.OpenFile(m.Path(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	reading := make(chan error, 2)
	go func() { _, err := m.Read(make([]byte, 1)); reading <- err }()
	go func() { _, err := host.Read(make([]byte, 1)); reading <- err }()
	if err := m.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	for range 2 {
		if err := <-reading; err == nil {
			t.Error("a Read lived on after Close")
		}
	}
}

// mute floods a line that nobody reads.
type mute struct{ wake time.Time }

func (p *mute) Receive(time.Time, []byte) {}
func (p *mute) Advance(now time.Time) []byte {
	p.wake = now
	return make([]byte, 65536)
}
func (p *mute) Wake() time.Time { return p.wake }

func TestServerClosesWhileNobodyReads(t *testing.T) {
	m, err := ptysim.Open("")
	if err != nil {
		t.Fatal(err)
	}
	srv := ptysim.Serve(t.Context(), m, &mute{wake: time.Now()}, time.Now)
	ran := false
	srv.Do(func(now time.Time) { ran = !now.IsZero() })
	if !ran {
		t.Error("Do did not run")
	}
	if err := srv.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}
