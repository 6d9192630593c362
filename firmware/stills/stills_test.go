package stills

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/nacl/box"

	"wattkiosk/hal"
	"wattkiosk/hal/camera"
)

// lens is a camera that takes its time.
type lens struct {
	takes time.Duration
	fail  error
	taken int
}

func (l *lens) Take(ctx context.Context) ([]byte, error) {
	l.taken++
	select {
	case <-time.After(l.takes):
		return []byte("\xFF\xD8\xFFface\xFF\xD9"), l.fail
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// album keeps names.
type album struct {
	names  []string
	prunes []time.Duration // since begin
	begin  time.Time
	fail   error
}

func (a *album) Store(name string, _ []byte) error {
	if a.fail == nil {
		a.names = append(a.names, name)
	}
	return a.fail
}

func (a *album) Prune(now time.Time) (int, error) {
	a.prunes = append(a.prunes, now.Sub(a.begin))
	return 0, a.fail
}

func keep(c Camera, a Archive, free int64) *Keeper {
	return New(Config{
		Driver: "v4l2", Device: "/dev/video0", Camera: c, Archive: a,
		Free: func() (int64, error) { return free, nil }, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
}

// start runs k in the bubble until the test ends.
func start(t *testing.T, k *Keeper) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); k.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
}

func TestTwoPicturesOfASale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, a := &lens{takes: 3 * time.Second}, &album{begin: time.Now()}
		k := keep(l, a, Floor)
		start(t, k)
		k.Snap("10000001000000000005-begin")
		time.Sleep(20 * time.Second)
		k.Snap("10000001000000000005-end")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if want := []string{"10000001000000000005-begin", "10000001000000000005-end"}; !slices.Equal(a.names, want) {
			t.Errorf("stored %v, want %v", a.names, want)
		}
		if c := k.Counts(); c != (Counts{Taken: 2}) {
			t.Errorf("%+v", c)
		}
		if h, ok := k.Health(); !ok || h.State != hal.DeviceOnline || h.Detail != "2 taken, 0 failed, 0 missed" || h.Role != "camera" {
			t.Errorf("health %+v", h)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if want := []time.Duration{0, 3 * time.Second, 23 * time.Second, time.Hour}; !slices.Equal(a.prunes, want) {
			t.Errorf("pruned at %v, want %v", a.prunes, want)
		}
	})
}

// TestOrdersAreNeverWaitedFor: a camera that hangs costs pictures, not time; what
// would be late is not taken.
func TestOrdersAreNeverWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, a := &lens{takes: 8 * time.Second}, &album{}
		k := keep(l, a, Floor)
		start(t, k)
		begin := time.Now()
		k.Snap("first")
		synctest.Wait() // it is being taken
		for range queueLength + 3 {
			k.Snap("more")
		}
		if d := time.Since(begin); d != 0 {
			t.Errorf("orders took %v", d)
		}
		if c := k.Counts(); c != (Counts{Missed: 3}) {
			t.Errorf("%+v", c)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		// Taken at 0 s and 8 s; at 16 s the rest is 16 s old.
		if c := k.Counts(); c != (Counts{Taken: 2, Missed: 3 + 3}) || l.taken != 2 {
			t.Errorf("%+v, %d taken", c, l.taken)
		}
	})
}

func TestFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			name string
			l    *lens
			a    *album
			free int64
		}{
			{"camera", &lens{fail: camera.ErrFrame}, &album{}, Floor},
			{"archive", &lens{}, &album{fail: errors.New("no space left on device")}, Floor},
			{"disk low", &lens{}, &album{}, Floor - 1},
		} {
			k := keep(c.l, c.a, c.free)
			start(t, k)
			k.Snap("x")
			time.Sleep(time.Second)
			synctest.Wait()
			h, _ := k.Health()
			if k.Counts() != (Counts{Failed: 1}) || len(c.a.names) != 0 || h.State != hal.DeviceFault || h.Error == "" {
				t.Errorf("%s: %+v, stored %v, health %+v", c.name, k.Counts(), c.a.names, h)
			}
			c.l.fail, c.a.fail = nil, nil
			if c.free < Floor {
				if c.l.taken != 0 {
					t.Errorf("%s: a picture was taken", c.name)
				}
				continue
			}
			k.Snap("y")
			time.Sleep(time.Second)
			synctest.Wait()
			if h, _ := k.Health(); h.State != hal.DeviceOnline || h.Error != "" {
				t.Errorf("%s, mended: health %+v", c.name, h)
			}
		}
	})
}

func TestNoCamera(t *testing.T) {
	k := New(Config{Now: time.Now})
	k.Snap("x")
	k.Run(t.Context()) // returns
	if _, ok := k.Health(); ok {
		t.Error("there is a camera")
	}
}

// TestSealed stores through the real archive: only the private key opens it.
func TestSealed(t *testing.T) {
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "stills")
	k := keep(&lens{}, camera.Archive{Dir: dir, To: public, Retention: time.Hour, MaxBytes: 1 << 20}, Floor)
	if err := k.record(t.Context(), "s-begin"); err != nil {
		t.Fatal(err)
	}
	sealed, err := os.ReadFile(filepath.Join(dir, "s-begin.jpg.sealed"))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := box.OpenAnonymous(nil, sealed, public, private); !ok || string(got) != "\xFF\xD8\xFFface\xFF\xD9" {
		t.Errorf("opens as %q, %v", got, ok)
	}
}
