package vigil

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"wattkiosk/firmware/peripherals"
	"wattkiosk/hal"
)

// Times of the keeper.
const (
	// maxGap bounds the time between two feedings.
	maxGap = 10 * time.Second
	// reopenGap is how long the keeper waits before it tries again to arm a watchdog.
	reopenGap = time.Minute
)

// Role is what the watchdog is called among the devices.
const Role = "watchdog"

// Dog is an armed hardware watchdog: hal/watchdog's.
type Dog interface {
	Feed() error
	Timeout() time.Duration
	Close(disarm bool) error
}

// Config says what is fed. What is nil is not there.
type Config struct {
	Device string              // path of the hardware watchdog, for people
	Open   func() (Dog, error) // arms the hardware watchdog

	Notify       func() error  // feeds the system's own watchdog
	NotifyWithin time.Duration // its time-out

	Now func() time.Time
	Log *slog.Logger
}

// Keeper feeds. Run is called once; the other methods are safe for concurrent
// use.
type Keeper struct {
	cfg      Config
	progress *Progress

	mu      sync.Mutex // guards what follows
	dog     Dog        // nil while not armed
	retryAt time.Time  // when to try to arm it again
	late    []string   // who starves the dogs
	health  peripherals.Health
	fed     uint64
	starved uint64
}

// Keep makes the keeper of a Progress. It arms nothing yet.
func Keep(p *Progress, cfg Config) *Keeper {
	k := &Keeper{cfg: cfg, progress: p}
	k.health = peripherals.Health{Role: Role, Since: cfg.Now()}
	switch {
	case cfg.Open != nil:
		k.health.Driver, k.health.Port = "linux", cfg.Device
	case cfg.Notify != nil:
		k.health.Driver = "systemd"
	}
	return k
}

// Run arms the watchdog and feeds until ctx ends. It leaves the watchdog armed:
// Close decides. Without a watchdog it returns at once.
func (k *Keeper) Run(ctx context.Context) {
	if k.cfg.Open == nil && k.cfg.Notify == nil {
		return
	}
	for {
		k.turn()
		t := time.NewTimer(k.gap())
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

// gap is a quarter of the shortest time-out.
func (k *Keeper) gap() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	gap := maxGap
	if k.cfg.Notify != nil && k.cfg.NotifyWithin > 0 {
		gap = min(gap, k.cfg.NotifyWithin/4)
	}
	if k.dog != nil {
		gap = min(gap, k.dog.Timeout()/4)
	}
	return max(gap, 100*time.Millisecond)
}

// turn feeds once, if everybody made progress.
func (k *Keeper) turn() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.arm()
	late := k.progress.Late()
	k.tell(late)
	if len(late) > 0 {
		k.starved++
		return
	}
	var errs []error
	if k.cfg.Notify != nil {
		errs = append(errs, k.cfg.Notify())
	}
	if k.dog != nil {
		errs = append(errs, k.dog.Feed())
	}
	if err := errors.Join(errs...); err != nil {
		k.cfg.Log.Error("cannot feed the watchdog", "err", err)
		k.health.Error = err.Error()
		return
	}
	k.fed++
}

// arm opens the hardware watchdog, now and then until it works: the system may
// hold it, and the kiosk serves without. It needs k.mu.
func (k *Keeper) arm() {
	now := k.cfg.Now()
	if k.cfg.Open == nil || k.dog != nil || now.Before(k.retryAt) {
		return
	}
	k.retryAt = now.Add(reopenGap)
	d, err := k.cfg.Open()
	if err != nil {
		if k.health.Error != err.Error() {
			k.cfg.Log.Warn("the watchdog is not armed", "err", err)
		}
		k.health.Error = err.Error()
		k.state(hal.DeviceOffline)
		return
	}
	k.dog, k.health.Error = d, ""
	k.cfg.Log.Info("the watchdog is armed", "device", k.cfg.Device, "timeout", d.Timeout())
}

// tell reports who became late, or that all is well again. It needs k.mu.
func (k *Keeper) tell(late []string) {
	if who := strings.Join(late, ", "); who != strings.Join(k.late, ", ") {
		if len(late) > 0 {
			k.cfg.Log.Error("no progress: the watchdog is not fed", "late", who)
		} else {
			k.cfg.Log.Info("progress again: the watchdog is fed", "late", k.late)
		}
		k.late = late
	}
	switch {
	case len(late) > 0:
		k.state(hal.DeviceFault)
	case k.dog != nil || k.cfg.Open == nil:
		k.state(hal.DeviceOnline)
	}
}

func (k *Keeper) state(s hal.DeviceState) {
	if k.health.State != s {
		k.health.State, k.health.Since = s, k.cfg.Now()
	}
}

// Health is the watchdog among the devices; false where there is none.
func (k *Keeper) Health() (peripherals.Health, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.health
	switch {
	case h.State == hal.DeviceFault:
		h.Detail = "not fed: " + strings.Join(k.late, ", ")
	case k.dog != nil && k.cfg.Notify != nil:
		h.Detail = fmt.Sprintf("armed, %v; systemd's is fed too", k.dog.Timeout())
	case k.dog != nil:
		h.Detail = fmt.Sprintf("armed, %v", k.dog.Timeout())
	case k.cfg.Notify != nil && k.cfg.Open != nil:
		h.Detail = "not armed; systemd's is fed"
	case k.cfg.Notify != nil:
		h.Detail = fmt.Sprintf("systemd's, %v", k.cfg.NotifyWithin)
	}
	return h, h.Driver != ""
}

// Counts are how often the watchdogs were fed, and not fed for want of progress.
func (k *Keeper) Counts() (fed, starved uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.fed, k.starved
}

// Close lets go of the hardware watchdog once Run has returned and everything else
// has stopped. With stayUp it is disarmed; else it is fed once more and left armed,
// so that the board resets unless it goes down, or a new process takes over, in
// time.
func (k *Keeper) Close(stayUp bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dog == nil {
		return nil
	}
	d := k.dog
	k.dog = nil
	var err error
	if !stayUp {
		err = d.Feed()
	}
	return errors.Join(err, d.Close(stayUp))
}
