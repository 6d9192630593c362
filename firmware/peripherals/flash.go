package peripherals

import (
	"context"
	"errors"

	"wattkiosk/boards"
	"wattkiosk/hal/bill/ssp"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/peripheral"
)

// BillClass is the class of note validators in a manifest.
const BillClass = "bill"

// RoleOf is the role of a device that takes firmware; false if there is none here.
func (s *Set) RoleOf(d manifest.Device) (role string, ok bool) {
	b := s.lendable[boards.Validator]
	return boards.Validator, b != nil && d.Class == BillClass && d.Driver == b.driver
}

// LeaveAlone has the driver of a device, whose flash was cut by the end of an earlier
// run, begin late: a device that still waits for bytes would take the driver's for
// them. Before Run.
func (s *Set) LeaveAlone(role string) {
	if b := s.lendable[role]; b != nil {
		b.later = ssp.GiveUp
	}
}

// Flashers are the handlers of the devices here that take firmware. They work while
// the line of their device is borrowed.
func (s *Set) Flashers() map[peripheral.Key]peripheral.Handler {
	all := map[peripheral.Key]peripheral.Handler{}
	if b := s.lendable[boards.Validator]; b != nil && b.driver == sspDriver {
		all[peripheral.Key{Class: BillClass, Driver: sspDriver}] = itl{&ssp.Flasher{Open: b.open, Times: s.flashTimes}}
	}
	return all
}

// sspDriver is the driver of ITL's validators.
const sspDriver = "ssp"

// itl writes firmware into ITL's validators.
type itl struct{ flasher *ssp.Flasher }

var _ peripheral.Handler = itl{}

// Check implements peripheral.Handler.
func (itl) Check(image []byte, d manifest.Device) error {
	f, err := ssp.ParseFile(image)
	if err != nil {
		return err
	}
	return f.Fits(d.Model)
}

// Current implements peripheral.Handler.
func (v itl) Current(ctx context.Context) (peripheral.Firmware, error) {
	return firmwareOf(v.flasher.Identify(ctx))
}

// Flash implements peripheral.Handler.
func (v itl) Flash(ctx context.Context, image []byte, progress func(done int)) error {
	f, err := ssp.ParseFile(image)
	if err == nil {
		err = v.flasher.Program(ctx, f, progress)
	}
	if errors.Is(err, ssp.ErrFile) || errors.Is(err, ssp.ErrRefused) {
		return &bundle.Error{Code: peripheral.WrongFile, Detail: err.Error()}
	}
	return err
}

// Verify implements peripheral.Handler.
func (v itl) Verify(ctx context.Context) (peripheral.Firmware, error) {
	return firmwareOf(v.flasher.Restarted(ctx))
}

func firmwareOf(i ssp.Identity, err error) (peripheral.Firmware, error) {
	return peripheral.Firmware{Model: i.Model, Version: i.Version, Loader: i.Loader}, err
}
