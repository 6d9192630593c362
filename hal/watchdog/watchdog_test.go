package watchdog

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// fake is a device that notes what it is told; it counts in steps of 10 s.
type fake struct {
	did  []string
	fail string
}

func (f *fake) note(s string) error {
	f.did = append(f.did, s)
	if s == f.fail {
		return errors.New("device says no")
	}
	return nil
}

func (f *fake) setTimeout(s int) (int, error) { return (s + 9) / 10 * 10, f.note("set") }
func (f *fake) keepAlive() error              { return f.note("feed") }
func (f *fake) Write(b []byte) (int, error)   { return len(b), f.note("write " + string(b)) }
func (f *fake) Close() error                  { return f.note("close") }

func TestLife(t *testing.T) {
	f := &fake{}
	d, err := arm(f, 11500*time.Millisecond)
	if err != nil || d.Timeout() != 20*time.Second {
		t.Fatalf("%v, %v", d, err)
	}
	if err := d.Feed(); err != nil {
		t.Error(err)
	}
	if err := errors.Join(d.Close(true), d.Close(true)); err != nil {
		t.Error(err)
	}
	if err := d.Feed(); !errors.Is(err, ErrClosed) {
		t.Errorf("fed after close: %v", err)
	}
	if want := []string{"set", "feed", "feed", "write V", "close"}; !slices.Equal(f.did, want) {
		t.Errorf("did %v, want %v", f.did, want)
	}
}

func TestClosedArmedTheBoardResets(t *testing.T) {
	f := &fake{}
	d, err := arm(f, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(false); err != nil || slices.Contains(f.did, "write V") {
		t.Errorf("did %v, %v", f.did, err)
	}
}

func TestWhatCannotBeSetIsDisarmed(t *testing.T) {
	for _, c := range []struct {
		fail    string
		timeout time.Duration
	}{{"set", time.Minute}, {"feed", time.Minute}, {"", 0}, {"", time.Hour}} {
		f := &fake{fail: c.fail}
		if _, err := arm(f, c.timeout); err == nil {
			t.Errorf("%+v: no error", c)
		}
		if n := len(f.did); n < 2 || f.did[n-2] != "write V" || f.did[n-1] != "close" {
			t.Errorf("%+v: did %v", c, f.did)
		}
	}
}

func TestAPlainFileIsNoWatchdog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchdog")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, time.Minute); err == nil {
		t.Error("a plain file was armed")
	}
}
