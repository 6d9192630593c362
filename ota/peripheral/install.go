package peripheral

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
)

// MaxAttempts is how often a firmware is flashed before its device is given up.
const MaxAttempts = 5

// Installer brings firmware into the devices of one kiosk.
type Installer struct {
	Dir      string // on the data partition, of this package alone
	Handlers map[Key]Handler
	Lease    Lease
	Progress func(Progress) // may be nil
}

func refuse(c bundle.Code, format string, args ...any) error {
	return &bundle.Error{Code: c, Detail: fmt.Sprintf(format, args...)}
}

// Install flashes every firmware of a checked bundle, in its order. A device that
// has the version already is left alone. On an error the devices before it are done,
// and its own is as it was, or is flashed again by Resume.
func (i *Installer) Install(ctx context.Context, bd *bundle.Bundle) error {
	if err := i.begin(ctx, func(d manifest.Device) bool { return brings(bd, d) }); err != nil {
		return err
	}
	for _, p := range bd.Manifest().Payloads {
		if p.Kind != manifest.Peripheral {
			continue
		}
		if _, err := i.one(ctx, p, func() ([]byte, error) { return Read(ctx, bd, p) }); err != nil {
			return fmt.Errorf("firmware %s: %w", p.Name, err)
		}
	}
	return nil
}

// InstallImage does the same for one firmware that was taken out of a checked bundle
// before, and says what the device was.
func (i *Installer) InstallImage(ctx context.Context, name string, d manifest.Device, image []byte) (was Firmware, err error) {
	if err := i.begin(ctx, func(other manifest.Device) bool { return KeyOf(other) == KeyOf(d) }); err != nil {
		return Firmware{}, err
	}
	p := manifest.Payload{Name: name, Kind: manifest.Peripheral, Device: &d, SHA256: sha256.Sum256(image)}
	was, err = i.one(ctx, p, func() ([]byte, error) { return image, nil })
	if err != nil {
		return was, fmt.Errorf("firmware %s: %w", name, err)
	}
	return was, nil
}

// begin ends what is staged, unless its device gets other firmware now.
func (i *Installer) begin(ctx context.Context, replaced func(manifest.Device) bool) error {
	if err := os.MkdirAll(i.Dir, 0o700); err != nil {
		return fmt.Errorf("cannot make the folder of firmware: %w", err)
	}
	s, err := i.load()
	if err != nil || s == nil || replaced(s.Device) {
		return err
	}
	return i.Resume(ctx)
}

// brings reports whether a bundle has other firmware for a device, which then takes
// the place of what is staged for it.
func brings(bd *bundle.Bundle, d manifest.Device) bool {
	return slices.ContainsFunc(bd.Manifest().Payloads, func(p manifest.Payload) bool { return p.Device != nil && KeyOf(*p.Device) == KeyOf(d) })
}

// Resume ends what a power cut or an error interrupted. Called once after each boot,
// before the devices are put to use; it does nothing if nothing is staged.
func (i *Installer) Resume(ctx context.Context) error {
	s, err := i.load()
	if err != nil || s == nil {
		return err
	}
	h, release, err := i.take(ctx, s.Device)
	if err != nil {
		return fmt.Errorf("firmware %s: %w", s.Payload, err)
	}
	defer release()
	image, err := i.image(s)
	if err != nil {
		return fmt.Errorf("firmware %s: %w", s.Payload, err)
	}
	if now, err := h.Current(ctx); err == nil && has(now, s.Device) {
		return i.clear() // flashed, and cut before it was recorded
	}
	if err := i.flash(ctx, h, s, image); err != nil {
		return fmt.Errorf("firmware %s: %w", s.Payload, err)
	}
	return nil
}

// take finds the handler of a device and takes the device out of service.
func (i *Installer) take(ctx context.Context, d manifest.Device) (Handler, func(), error) {
	h, ok := i.Handlers[KeyOf(d)]
	if !ok {
		return nil, nil, refuse(NoHandler, "this kiosk has no %s that speaks %s", d.Class, d.Driver)
	}
	release, err := i.Lease(ctx, d)
	if errors.Is(err, ErrBusy) {
		return nil, nil, refuse(Busy, "the %s is in use", d.Class)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("cannot take the %s out of service: %w", d.Class, err)
	}
	return h, release, nil
}

// one flashes a payload, whose image it reads only if the device is to have it.
func (i *Installer) one(ctx context.Context, p manifest.Payload, read func() ([]byte, error)) (was Firmware, err error) {
	h, release, err := i.take(ctx, *p.Device)
	if err != nil {
		return Firmware{}, err
	}
	defer release()
	now, err := h.Current(ctx)
	if err != nil {
		return Firmware{}, fmt.Errorf("cannot ask the %s for its version: %w", p.Device.Class, err)
	}
	if has(now, *p.Device) {
		return now, nil
	}
	if err := fits(now, *p.Device); err != nil {
		return now, err
	}
	image, err := read()
	if err != nil {
		return now, err
	}
	if err := h.Check(image, *p.Device); err != nil {
		return now, refuse(WrongFile, "%v", err)
	}
	s := &stage{Payload: p.Name, Device: *p.Device, SHA256: p.SHA256, From: now.Version}
	if err := i.stage(s, image); err != nil {
		return now, err
	}
	return now, i.flash(ctx, h, s, image)
}

// has reports whether a device runs what a manifest names.
func has(now Firmware, want manifest.Device) bool {
	return !now.Loader && now.Model == want.Model && now.Version == want.Version
}

// fits checks that a firmware may go onto a device.
func fits(now Firmware, want manifest.Device) error {
	switch {
	case now.Loader && now.Model == "": // its model cannot be told; it does nothing until it is flashed
		return nil
	case now.Model != want.Model:
		return refuse(WrongModel, "the firmware is for model %s; the %s is a %s", want.Model, want.Class, now.Model)
	case !now.Loader && !want.Older && compare(want.Version, now.Version) < 0:
		return refuse(Older, "version %s is older than %s, which the %s has", want.Version, now.Version, want.Class)
	}
	return nil
}

// Read reads a whole image out of a bundle, so that nothing is flashed that might end
// in the middle.
func Read(ctx context.Context, bd *bundle.Bundle, p manifest.Payload) ([]byte, error) {
	r, err := bd.Reader(ctx, p)
	if err != nil {
		return nil, err
	}
	image, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if sha256.Sum256(image) != p.SHA256 {
		return nil, refuse(bundle.ChunkDamaged, "the firmware is not what was signed")
	}
	return image, nil
}

// flash counts the attempt before it begins, so that a device that takes the board
// down with it is given up as well.
func (i *Installer) flash(ctx context.Context, h Handler, s *stage, image []byte) error {
	if s.Attempts >= MaxAttempts {
		return errors.Join(refuse(GaveUp, "the %s did not take version %s at %d attempts", s.Device.Class, s.Device.Version, s.Attempts), i.clear())
	}
	s.Attempts++
	if err := i.save(s); err != nil {
		return err
	}
	err := h.Flash(ctx, image, func(done int) {
		if i.Progress != nil {
			i.Progress(Progress{Payload: s.Payload, Device: s.Device, Done: done, Size: len(image)})
		}
	})
	if _, refused := errors.AsType[*bundle.Error](err); refused {
		return errors.Join(err, i.clear())
	}
	if err != nil {
		return fmt.Errorf("cannot flash the %s: %w", s.Device.Class, err)
	}
	now, err := h.Verify(ctx)
	if err != nil {
		return fmt.Errorf("the %s does not answer after it was flashed: %w", s.Device.Class, err)
	}
	if !has(now, s.Device) {
		return fmt.Errorf("the %s says it is %s %s, not %s %s", s.Device.Class, now.Model, now.Version, s.Device.Model, s.Device.Version)
	}
	return i.clear()
}
