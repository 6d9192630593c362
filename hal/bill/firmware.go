package bill

import (
	"context"
	"io"
	"time"
)

// Flashable is an Engine of validators that take firmware over their line. Whoever has
// the line to itself meanwhile makes sure that no note and no report would be lost.
type Flashable interface {
	// Settled reports whether the line may be taken from the driver: no note is in the
	// path, and no report is unconfirmed or unacknowledged.
	Settled() bool
	// Flasher writes firmware over the line that open opens.
	Flasher(open OpenLine) Flasher
}

// OpenLine opens a device's line at a speed in bits per second.
type OpenLine func(ctx context.Context, baud int) (io.ReadWriteCloser, error)

// Flasher writes firmware into one device. Its methods block, and are not safe for
// concurrent use.
type Flasher interface {
	// Check tells, without the device, whether an image is a firmware for a model. What
	// it refuses is a FirmwareError.
	Check(image []byte, model string) error
	// Identify asks the device what it runs.
	Identify(ctx context.Context) (Firmware, error)
	// Program writes an image; progress is called with the bytes written so far. A
	// FirmwareError means that the device is as it was; after any other error it may
	// have no firmware, and wants to be programmed again.
	Program(ctx context.Context, image []byte, progress func(done int)) error
	// Restarted waits for the device to run again after Program, and says what it runs.
	Restarted(ctx context.Context) (Firmware, error)
	// GiveUp is how long a device whose flash was cut must be left alone, until it
	// understands commands again.
	GiveUp() time.Duration
}

// Firmware is what a device runs.
type Firmware struct {
	Model   string // "" in the loader
	Version string
	Loader  bool // a flash was cut: the device takes firmware and does nothing else
}

// FirmwareError says that an image is no firmware, or not one for the device.
type FirmwareError struct{ Err error }

func (e *FirmwareError) Error() string { return e.Err.Error() }

// Unwrap returns the driver's own error.
func (e *FirmwareError) Unwrap() error { return e.Err }
