package updater

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"wattkiosk/firmware/updater/flashapi"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/peripheral"
	"wattkiosk/ota/update"
)

// Bounds of flashing devices.
const (
	flashLook = time.Second      // between looks at how far kioskd is
	flashBusy = 10 * time.Minute // a device may be in use so long before the bundle is let go, to be fetched again
	flashDown = 10 * time.Minute // kioskd may be away so long in mid-flash: it restarts, and goes on
)

// errWindow says that a device is not flashed now. The job is tried again.
var errWindow = errors.New("it waits for its window")

func isFirmware(p manifest.Payload) bool { return p.Kind == manifest.Peripheral }

// flash has kioskd bring the firmware of a bundle into its devices, one after the
// other, within the job's window, and says in words what became of each. A device that
// is in use, and a kioskd that is away, are no refusal: the job is tried again, and
// what is done by then is left alone. Once kioskd has a firmware it goes on with it by
// itself, whatever becomes of the job.
func (a *Agent) flash(ctx context.Context, r record, bd *bundle.Bundle) (what string, err error) {
	var firmware []manifest.Payload
	all, done := int64(0), int64(0)
	for _, p := range bd.Manifest().Payloads {
		if isFirmware(p) {
			firmware = append(firmware, p)
			all += p.Size
		}
	}

	var list []string
	for _, p := range firmware {
		d := *p.Device
		was, err := a.flashOne(ctx, r, bd, p, func(n int) { a.progress(r, done+int64(n), all) })
		if err != nil {
			return "", fmt.Errorf("%s %s %s to %s: %w", d.Class, d.Driver, d.Model, d.Version, err)
		}
		done += p.Size
		a.progress(r, done, all)
		list = append(list, flashed(d, was))
	}

	return strings.Join(list, "; "), nil
}

// flashed says what a device was and is.
func flashed(d manifest.Device, was string) string {
	switch was {
	case "":
		was = "no version"
	case d.Version:
		return fmt.Sprintf("%s %s %s: has %s already", d.Class, d.Driver, d.Model, d.Version)
	}
	return fmt.Sprintf("%s %s %s: %s to %s", d.Class, d.Driver, d.Model, was, d.Version)
}

func (a *Agent) flashOne(ctx context.Context, r record, bd *bundle.Bundle, p manifest.Payload, progress func(done int)) (was string, err error) {
	if a.cfg.Devices == nil {
		return "", &update.Refusal{Code: codeNotSupported, Detail: "this kiosk flashes no devices"}
	}

	image, err := peripheral.Read(ctx, bd, p)
	if err != nil {
		return "", err
	}

	for begun := a.cfg.Clock.Elapsed(); ; a.pause(ctx, lookSoon) {
		if !a.inWindow(r) {
			return "", errWindow
		}
		s, err := a.cfg.Devices.Offer(ctx, flashapi.Firmware{Name: p.Name, Device: *p.Device, Image: image})
		if err == nil {
			s, err = a.followFlash(ctx, p, s, progress)
		}
		busy := errors.Is(err, flashapi.ErrBusy) || err == nil && s.Code == string(peripheral.Busy)
		switch {
		case busy && ctx.Err() == nil && a.cfg.Clock.Elapsed()-begun < flashBusy:
			continue
		case err != nil:
			return "", err
		case s.Phase == flashapi.Done:
			return s.From, nil
		case busy || s.Code == "":
			return "", errors.New(s.Detail)
		}
		return "", &update.Refusal{Code: s.Code, Detail: s.Detail}
	}
}

// followFlash waits for the end of a firmware that kioskd has.
func (a *Agent) followFlash(ctx context.Context, p manifest.Payload, s flashapi.State, progress func(done int)) (flashapi.State, error) {
	heard := a.cfg.Clock.Elapsed()
	for s.Phase.Busy() {
		progress(s.Done)
		a.pause(ctx, flashLook)
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		next, err := a.cfg.Devices.State(ctx)
		switch {
		case err == nil:
			s, heard = next, a.cfg.Clock.Elapsed()
		case a.cfg.Clock.Elapsed()-heard >= flashDown:
			return s, err
		}
	}

	if s.SHA256 != p.SHA256 {
		return s, errors.New("the kiosk program restarted and knows nothing of it")
	}

	return s, nil
}

// inWindow reports whether the job may take a device out of service now.
func (a *Agent) inWindow(r record) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.moments.open(r.Job.Window, a.who.Zone)
}
