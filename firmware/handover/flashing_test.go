package handover

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/peripherals"
	"wattkiosk/firmware/updater/flashapi"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/peripheral"
)

// workshop is a loop and the devices, with one validator whose firmware is its
// version. It notes what it is told, in order.
type workshop struct {
	mu      sync.Mutex
	told    []string
	holdErr error
	inUse   bool // as the driver said last
	refuse  bool // once: it is in use when it comes to the point
	version string
	fails   int // flashes that fail
	takes   time.Duration
}

func (w *workshop) say(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, what)
}

func (w *workshop) heard() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.told, " ")
}

func (w *workshop) set(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func (w *workshop) Hold(_ context.Context, reason kiosk.HoldReason, d time.Duration) error {
	w.say(fmt.Sprint("hold-", reason, "-", d))
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.holdErr
}

func (w *workshop) Release(context.Context) error { w.say("release"); return nil }

func (w *workshop) RoleOf(d manifest.Device) (string, bool) {
	return "validator", d.Class == "bill" && d.Driver == "ssp"
}

func (w *workshop) Flashers() map[peripheral.Key]peripheral.Handler {
	return map[peripheral.Key]peripheral.Handler{{Class: "bill", Driver: "ssp"}: w}
}

func (w *workshop) LeaveAlone(role string) { w.say("leave-" + role) }

func (w *workshop) Lendable(string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.inUse
}

func (w *workshop) Borrow(context.Context, string) (func(), error) {
	w.say("borrow")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse {
		w.refuse = false
		return nil, peripherals.ErrInUse
	}
	return func() { w.say("back") }, nil
}

func (w *workshop) Check([]byte, manifest.Device) error { return nil }

func (w *workshop) Current(context.Context) (peripheral.Firmware, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return peripheral.Firmware{Model: "NV0200", Version: w.version}, nil
}

func (w *workshop) Verify(ctx context.Context) (peripheral.Firmware, error) { return w.Current(ctx) }

func (w *workshop) Flash(ctx context.Context, image []byte, progress func(int)) error {
	w.say("flash")
	_ = backoff.Pause(ctx, w.takes)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fails > 0 {
		w.fails--
		return errors.New("no power")
	}
	w.version = string(image)
	progress(len(image))
	return ctx.Err()
}

func firmware(version string) flashapi.Firmware {
	return flashapi.Firmware{Name: "nv200", Image: []byte(version), Device: manifest.Device{Class: "bill", Driver: "ssp", Model: "NV0200", Version: version}}
}

// works starts flashing over a workshop in virtual time.
func works(t *testing.T, w *workshop, dir string) (f *Flashing, stop func()) {
	t.Helper()
	f = NewFlashing(dir, w, w, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); f.Run(ctx) }()
	synctest.Wait()
	return f, func() { cancel(); <-done }
}

func offer(t *testing.T, f *Flashing, version string) {
	t.Helper()
	if _, err := f.Offer(firmware(version)); err != nil {
		t.Fatal(err)
	}
}

func TestADeviceIsFlashedUnderAHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &workshop{version: "1", takes: 70 * time.Second}
		f, stop := works(t, w, t.TempDir())
		defer stop()
		offer(t, f, "2")
		offer(t, f, "2") // the same again
		synctest.Wait()
		if _, err := f.Offer(firmware("3")); !errors.Is(err, flashapi.ErrBusy) || !f.Busy() {
			t.Errorf("another firmware: %v", err)
		}
		time.Sleep(71 * time.Second)
		want := "hold-update-2m0s borrow flash hold-update-2m0s hold-update-2m0s back release"
		if s := f.State(); s.Phase != flashapi.Done || s.From != "1" || s.Device.Version != "2" || w.heard() != want || f.Busy() {
			t.Errorf("%+v, %s", s, w.heard())
		}
	})
}

func TestNoFlashWhileSomethingIsOpen(t *testing.T) {
	for name, c := range map[string]struct {
		w    *workshop
		want string
	}{
		"a note, or a report that is not confirmed": {&workshop{inUse: true}, ""},
		"a customer":                          {&workshop{holdErr: fmt.Errorf("%w: a customer", kiosk.ErrBusy)}, "hold-update-2m0s"},
		"a note that came at the last moment": {&workshop{refuse: true}, "hold-update-2m0s borrow release"},
	} {
		synctest.Test(t, func(t *testing.T) {
			f, stop := works(t, c.w, t.TempDir())
			defer stop()
			offer(t, f, "2")
			synctest.Wait()
			if s := f.State(); s.Phase != flashapi.Failed || s.Code != string(peripheral.Busy) || c.w.heard() != c.want {
				t.Errorf("%s: %+v, %s", name, s, c.w.heard())
			}
		})
	}
}

// TestAFlashThatFailsIsTriedAgain, at once and after a restart, but not for ever.
func TestAFlashThatFailsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, dir := &workshop{version: "1", fails: 2}, t.TempDir()
		f, stop := works(t, w, dir)
		offer(t, f, "2")
		synctest.Wait()
		if s := f.State(); s.Phase != flashapi.Waiting || !strings.Contains(s.Detail, "no power") {
			t.Errorf("%+v", s)
		}
		time.Sleep(time.Minute)
		if s := f.State(); s.Phase != flashapi.Done || w.version != "2" {
			t.Errorf("%+v", s)
		}
		w.set(func() { w.fails = 1 })
		offer(t, f, "3")
		synctest.Wait()
		stop()
		w.set(func() { w.inUse, w.told = true, nil })
		f, stop = works(t, w, dir)
		time.Sleep(time.Hour)
		if s := f.State(); s.Phase != flashapi.Waiting || s.From != "2" || s.Device.Version != "3" {
			t.Errorf("after the restart: %+v", s)
		}
		if w.heard() != "leave-validator" {
			t.Errorf("told %s", w.heard())
		}
		w.set(func() { w.inUse = false })
		time.Sleep(time.Second)
		if s := f.State(); s.Phase != flashapi.Done || s.From != "2" || w.version != "3" {
			t.Errorf("%+v", s)
		}
		w.set(func() { w.fails = 100 })
		offer(t, f, "4")
		time.Sleep(time.Hour)
		if s := f.State(); s.Phase != flashapi.Failed || s.Code != string(peripheral.GaveUp) || w.fails != 100-peripheral.MaxAttempts {
			t.Errorf("%+v, %d attempts", s, 100-w.fails)
		}
		stop()
	})
}
