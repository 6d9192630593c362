package handover

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/peripherals"
	"wattkiosk/firmware/updater/flashapi"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/peripheral"
)

// Times of flashing.
const (
	flashHold   = 2 * time.Minute        // of the kiosk, renewed while a device is flashed
	flashRenew  = 30 * time.Second       // between renewals
	flashBorrow = 10 * time.Second       // for a driver to let go of its line
	flashSettle = time.Minute            // for a device to report again after its flash
	busyPause   = 250 * time.Millisecond // between looks whether a device that must be flashed is idle
	failedPause = 5 * time.Second        // between flashes that failed
)

// releaseTTL bounds the end of a hold.
const releaseTTL = 2 * time.Second

// firmwareDir is the folder of firmware below the state folder.
const firmwareDir = "firmware"

// Devices is what flashing needs of the devices: a *peripherals.Set.
type Devices interface {
	RoleOf(d manifest.Device) (role string, ok bool)
	Flashers() map[peripheral.Key]peripheral.Handler
	LeaveAlone(role string)
	Lendable(role string) bool
	Borrow(ctx context.Context, role string) (release func(), err error)
}

var _ Devices = (*peripherals.Set)(nil)

// Holder keeps customers from beginning; see kiosk.Core.Hold.
type Holder interface {
	Hold(ctx context.Context, reason kiosk.HoldReason, d time.Duration) error
	Release(ctx context.Context) error
}

// Flashing brings firmware into devices, one at a time. The update agent hands it
// over, checked, and asks how far it is; package peripheral keeps it on disk until the
// device runs it, so that a start of the program goes on with it by itself. A device
// is flashed under a hold and with its line borrowed from its driver. It is safe for
// concurrent use.
type Flashing struct {
	installer *peripheral.Installer
	devices   Devices
	loop      Holder
	log       *slog.Logger
	orders    chan flashapi.Firmware

	begun bool // an earlier run began what is staged

	mu    sync.Mutex
	state flashapi.State
	taken bool // a device is leased: nobody else gets a hold
}

// NewFlashing makes it over a state folder. It is called before the devices run: a device
// that an earlier run left in mid-flash is left alone by its driver.
func NewFlashing(stateDir string, devices Devices, loop Holder, log *slog.Logger) *Flashing {
	f := &Flashing{devices: devices, loop: loop, log: log, orders: make(chan flashapi.Firmware, 1), state: flashapi.State{Phase: flashapi.None}}
	f.installer = &peripheral.Installer{
		Dir: filepath.Join(stateDir, firmwareDir), Handlers: devices.Flashers(), Lease: f.lease,
		Progress: func(p peripheral.Progress) {
			f.change(func(s *flashapi.State) { s.Phase, s.Done, s.Size = flashapi.Flashing, p.Done, p.Size })
		},
	}
	f.prepare()
	return f
}

// prepare looks for what an earlier run began. Before the devices run.
func (f *Flashing) prepare() {
	s, staged, err := f.installer.Staged()
	if err != nil {
		f.log.Error("cannot tell whether a device is to be flashed", "err", err)
	}
	if !staged {
		return
	}
	f.log.Warn("a device is still to be flashed", "device", s.Device.Class, "model", s.Device.Model, "version", s.Device.Version)
	f.begun = true
	f.state = flashapi.State{Phase: flashapi.Waiting, Name: s.Payload, Device: s.Device, SHA256: s.SHA256, From: s.From}
	if role, ok := f.devices.RoleOf(s.Device); ok && s.Begun {
		f.devices.LeaveAlone(role)
	}
}

// Add adds the routes of package flashapi to the control socket's.
func (f *Flashing) Add(mux *http.ServeMux) { flashapi.Add(mux, f) }

// Offer implements flashapi.Kiosk.
func (f *Flashing) Offer(fw flashapi.Firmware) (flashapi.State, error) {
	sum := manifest.Digest(sha256.Sum256(fw.Image))
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state.Phase.Busy() {
		if f.state.SHA256 == sum && f.state.Device == fw.Device {
			return f.state, nil
		}
		return f.state, flashapi.ErrBusy
	}
	f.state = flashapi.State{Phase: flashapi.Waiting, Name: fw.Name, Device: fw.Device, SHA256: sum, Size: len(fw.Image)}
	f.orders <- fw // there is room: the worker took the last before its phase ended
	return f.state, nil
}

// State implements flashapi.Kiosk.
func (f *Flashing) State() flashapi.State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

func (f *Flashing) change(by func(*flashapi.State)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	by(&f.state)
}

// Run ends what an earlier run began, then flashes what it is given, until ctx ends.
func (f *Flashing) Run(ctx context.Context) {
	if f.begun {
		f.end(ctx, f.installer.Resume(ctx))
	}
	for {
		select {
		case <-ctx.Done():
			return
		case fw := <-f.orders:
			was, err := f.installer.InstallImage(ctx, fw.Name, fw.Device, fw.Image)
			f.change(func(s *flashapi.State) { s.From = was.Version })
			f.end(ctx, err)
		}
	}
}

// end settles a firmware: what is staged is tried again until its device runs it or is
// given up, whatever else was wrong is reported.
func (f *Flashing) end(ctx context.Context, err error) {
	for err != nil && ctx.Err() == nil {
		code := codeOf(err)
		_, staged, serr := f.installer.Staged()
		if code != "" && code != peripheral.Busy || !staged || serr != nil {
			break
		}
		wait := failedPause
		if code == peripheral.Busy {
			wait = busyPause
		} else {
			f.log.Warn("a device was not flashed; it is tried again", "err", err)
			f.change(func(s *flashapi.State) { s.Phase, s.Detail = flashapi.Waiting, err.Error() })
		}
		_ = backoff.Pause(ctx, wait)
		err = f.installer.Resume(ctx)
	}

	f.change(func(s *flashapi.State) {
		s.Phase, s.Code, s.Detail = flashapi.Done, "", ""
		if err != nil {
			s.Phase, s.Code, s.Detail = flashapi.Failed, string(codeOf(err)), err.Error()
		}
		f.log.Info("firmware", "device", s.Device.Class, "model", s.Device.Model, "from", s.From, "to", s.Device.Version, "phase", string(s.Phase), "err", err)
	})
}

func codeOf(err error) bundle.Code {
	if e, ok := errors.AsType[*bundle.Error](err); ok {
		return e.Code
	}
	return ""
}

// lease implements peripheral.Lease: no customer can begin, no note and no report is
// open, and the line is not the driver's.
func (f *Flashing) lease(ctx context.Context, d manifest.Device) (release func(), err error) {
	role, ok := f.devices.RoleOf(d)
	if !ok {
		return nil, fmt.Errorf("no device here is a %s %s", d.Class, d.Driver)
	}

	if !f.devices.Lendable(role) {
		return nil, peripheral.ErrBusy
	}

	err = f.loop.Hold(ctx, kiosk.HoldUpdate, flashHold)
	if errors.Is(err, kiosk.ErrBusy) {
		return nil, peripheral.ErrBusy
	}

	if err != nil {
		return nil, err
	}

	within, cancel := context.WithTimeout(ctx, flashBorrow)
	back, err := f.devices.Borrow(within, role)
	cancel()
	if err != nil {
		f.letGo(ctx)
		if errors.Is(err, peripherals.ErrInUse) {
			return nil, peripheral.ErrBusy
		}
		return nil, err
	}

	f.setTaken(true)
	renewing, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { f.renew(renewing) })
	return func() {
		back()
		f.awaitDriver(ctx, role)
		stop()
		wg.Wait()
		f.setTaken(false)
		f.letGo(ctx)
	}, nil
}

// awaitDriver keeps customers waiting until the device is heard at rest again: its
// start would end their payment.
func (f *Flashing) awaitDriver(ctx context.Context, role string) {
	ctx, cancel := context.WithTimeout(ctx, flashSettle)
	defer cancel()
	for ctx.Err() == nil && !f.devices.Lendable(role) {
		_ = backoff.Pause(ctx, busyPause)
	}
}

// renew keeps the hold. If it cannot, the device is no worse off: the line is not the
// driver's, so that nobody can pay with it.
func (f *Flashing) renew(ctx context.Context) {
	for {
		_ = backoff.Pause(ctx, flashRenew)
		if ctx.Err() != nil {
			return
		}
		if err := f.loop.Hold(ctx, kiosk.HoldUpdate, flashHold); err != nil && ctx.Err() == nil {
			f.log.Warn("cannot renew the hold of a device that is flashed", "err", err)
		}
	}
}

// letGo ends the hold.
func (f *Flashing) letGo(ctx context.Context) {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTTL)
	defer cancel()
	if err := f.loop.Release(within); err != nil && ctx.Err() == nil {
		f.log.Warn("cannot give the hold back", "err", err)
	}
}

func (f *Flashing) setTaken(taken bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.taken = taken
}

// Busy reports whether a device is being flashed.
func (f *Flashing) Busy() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.taken
}
