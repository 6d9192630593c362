package peripheral

import (
	"context"
	"errors"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
)

// Codes of refusals, beside those of package bundle. They are codes of a
// *bundle.Error.
const (
	NoHandler  bundle.Code = "peripheral-unknown" // there is no such device here
	WrongModel bundle.Code = "peripheral-model"
	Older      bundle.Code = "peripheral-older" // the device has a newer version
	Busy       bundle.Code = "peripheral-busy"
	WrongFile  bundle.Code = "peripheral-file"   // no firmware of that device, or damaged
	GaveUp     bundle.Code = "peripheral-failed" // it was flashed MaxAttempts times in vain
)

// ErrBusy is what a lease says of a device that is in use.
var ErrBusy = errors.New("the device is in use")

// Key names the devices that a handler is for.
type Key struct{ Class, Driver string }

// KeyOf is the key of a device in a manifest.
func KeyOf(d manifest.Device) Key { return Key{d.Class, d.Driver} }

// Firmware is what a device says of itself.
type Firmware struct {
	Model   string // "": it does not say, because it is in its loader
	Version string
	Loader  bool // a flash was cut: it takes firmware and does nothing else
}

// Handler flashes one device. Its calls come one at a time, all but Check with the
// device taken out of service.
type Handler interface {
	// Check refuses an image that is no firmware for the device, by what the image says
	// of itself. Its error becomes a refusal with WrongFile.
	Check(image []byte, d manifest.Device) error
	// Current asks the device for its model and version.
	Current(ctx context.Context) (Firmware, error)
	// Flash writes the whole image. It may be called again after it was cut at any
	// byte, by an error or by a power cut, and must then begin anew. progress is told
	// the bytes written. A *bundle.Error says that the device does not take this image
	// and is as it was: it is not tried again.
	Flash(ctx context.Context, image []byte, progress func(done int)) error
	// Verify waits until the device runs again and says what it is now.
	Verify(ctx context.Context) (Firmware, error)
}

// Lease takes a device out of service until release is called. It fails with ErrBusy
// if the device is in use.
type Lease func(ctx context.Context, d manifest.Device) (release func(), err error)

// Progress is told while a device is flashed.
type Progress struct {
	Payload string
	Device  manifest.Device
	Done    int // bytes
	Size    int
}
