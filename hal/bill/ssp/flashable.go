package ssp

import (
	"context"
	"errors"
	"time"

	"wattkiosk/hal/bill"
)

var _ bill.Flashable = (*Driver)(nil)

// Flasher implements bill.Flashable.
func (d *Driver) Flasher(open bill.OpenLine) bill.Flasher { return NewFlasher(open, Times{}) }

// NewFlasher is a bill.Flasher with waits of its own.
func NewFlasher(open bill.OpenLine, times Times) bill.Flasher {
	return programmer{&Flasher{Open: open, Times: times}}
}

// programmer is a Flasher in the words of the class.
type programmer struct{ *Flasher }

// GiveUp implements bill.Flasher.
func (programmer) GiveUp() time.Duration { return GiveUp }

// Check implements bill.Flasher.
func (programmer) Check(image []byte, model string) error {
	f, err := ParseFile(image)
	if err == nil {
		err = f.Fits(model)
	}
	return firmwareError(err)
}

// Identify implements bill.Flasher.
func (p programmer) Identify(ctx context.Context) (bill.Firmware, error) {
	i, err := p.Flasher.Identify(ctx)
	return bill.Firmware(i), err
}

// Program implements bill.Flasher.
func (p programmer) Program(ctx context.Context, image []byte, progress func(done int)) error {
	f, err := ParseFile(image)
	if err == nil {
		err = p.Flasher.Program(ctx, f, progress)
	}
	return firmwareError(err)
}

// Restarted implements bill.Flasher.
func (p programmer) Restarted(ctx context.Context) (bill.Firmware, error) {
	i, err := p.Flasher.Restarted(ctx)
	return bill.Firmware(i), err
}

// firmwareError marks what is wrong with the image, and leaves other errors as they are.
func firmwareError(err error) error {
	if errors.Is(err, ErrFile) || errors.Is(err, ErrRefused) {
		return &bill.FirmwareError{Err: err}
	}
	return err
}
