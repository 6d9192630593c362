package peripherals

import (
	"context"
	"errors"

	"wattkiosk/boards"
	"wattkiosk/hal/bill"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/peripheral"
)

// BillClass is the class of note validators in a manifest.
const BillClass = "bill"

// RoleOf is the role of a device that takes firmware; false if there is no such device here.
func (s *Set) RoleOf(d manifest.Device) (role string, ok bool) {
	line := s.lendable[boards.Validator]
	return boards.Validator, line != nil && line.flasher != nil && d.Class == BillClass && d.Driver == line.driver
}

// LeaveAlone has the driver of a device, whose flash was cut by the end of an earlier
// run, begin late: a device that still waits for bytes would take the driver's for
// them. Before Run.
func (s *Set) LeaveAlone(role string) {
	if line := s.lendable[role]; line != nil && line.flasher != nil {
		line.later = line.flasher.GiveUp()
	}
}

// Flashers are the handlers of the devices here that take firmware. They work while
// the line of their device is borrowed.
func (s *Set) Flashers() map[peripheral.Key]peripheral.Handler {
	all := map[peripheral.Key]peripheral.Handler{}
	if line := s.lendable[boards.Validator]; line != nil && line.flasher != nil {
		all[peripheral.Key{Class: BillClass, Driver: line.driver}] = billFlasher{line.flasher}
	}
	return all
}

// billFlasher writes firmware into a note validator, in the words of ota/peripheral.
type billFlasher struct{ of bill.Flasher }

var _ peripheral.Handler = billFlasher{}

// Check implements peripheral.Handler.
func (f billFlasher) Check(image []byte, d manifest.Device) error {
	return f.of.Check(image, d.Model)
}

// Current implements peripheral.Handler.
func (f billFlasher) Current(ctx context.Context) (peripheral.Firmware, error) {
	now, err := f.of.Identify(ctx)
	return peripheral.Firmware(now), err
}

// Flash implements peripheral.Handler.
func (f billFlasher) Flash(ctx context.Context, image []byte, progress func(done int)) error {
	err := f.of.Program(ctx, image, progress)
	var wrong *bill.FirmwareError
	if errors.As(err, &wrong) {
		return &bundle.Error{Code: peripheral.WrongFile, Detail: err.Error()}
	}
	return err
}

// Verify implements peripheral.Handler.
func (f billFlasher) Verify(ctx context.Context) (peripheral.Firmware, error) {
	now, err := f.of.Restarted(ctx)
	return peripheral.Firmware(now), err
}
