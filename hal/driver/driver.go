package driver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"wattkiosk/hal"
	"wattkiosk/hal/port"
	"wattkiosk/hal/setting"
)

// Opener opens a device's port.
type Opener func(context.Context) (port.Port, error)

// Driver is one way to reach devices of a class: its protocol, how its line is set, and
// the settings that it has for a device.
type Driver[Cmd hal.Command[Ev], Ev any] struct {
	Name     string
	Mode     port.Mode       // of its serial line, as devices of the protocol are delivered
	Settings []setting.Field // what New decodes

	// New prepares a device: path is the device file that the configuration names, "" =
	// none. An error names the setting that is wrong. It may be called again for the same
	// device, to begin as at a start of the program.
	New func(path string, settings setting.Table) (Device[Cmd, Ev], error)
}

// Device is a device that is ready to be run by hal/port.
type Device[Cmd hal.Command[Ev], Ev any] struct {
	Engine hal.Engine[Cmd, Ev]
	Path   string // what Open opens, for display
	Open   Opener // nil = a serial line
}

// ErrUnknown reports the name of a driver that there is not.
var ErrUnknown = errors.New("no such driver")

// Find is the driver of that name; the error, ErrUnknown, names those there are.
func Find[Cmd hal.Command[Ev], Ev any](name string, of []Driver[Cmd, Ev]) (Driver[Cmd, Ev], error) {
	var names []string
	for _, d := range of {
		if d.Name == name {
			return d, nil
		}
		names = append(names, d.Name)
	}
	slices.Sort(names)
	return Driver[Cmd, Ev]{}, fmt.Errorf("%w: %q is none of %s", ErrUnknown, name, strings.Join(names, ", "))
}

// plain is a driver over a serial line without settings.
func plain[Cmd hal.Command[Ev], Ev any](name string, mode port.Mode, make func() hal.Engine[Cmd, Ev]) Driver[Cmd, Ev] {
	return configured(name, mode, func(struct{}) (hal.Engine[Cmd, Ev], error) { return make(), nil })
}

// configured is a driver over a serial line with settings of its own.
func configured[S any, Cmd hal.Command[Ev], Ev any](name string, mode port.Mode, make func(S) (hal.Engine[Cmd, Ev], error)) Driver[Cmd, Ev] {
	return special(name, mode, func(_ string, s S) (Device[Cmd, Ev], error) {
		eng, err := make(s)
		return Device[Cmd, Ev]{Engine: eng}, err
	})
}

// special is a driver that opens its device itself.
func special[S any, Cmd hal.Command[Ev], Ev any](name string, mode port.Mode, make func(path string, s S) (Device[Cmd, Ev], error)) Driver[Cmd, Ev] {
	var none S
	return Driver[Cmd, Ev]{
		Name: name, Mode: mode, Settings: setting.Fields(none),
		New: func(path string, settings setting.Table) (Device[Cmd, Ev], error) {
			var s S
			if err := setting.Decode(settings, &s); err != nil {
				return Device[Cmd, Ev]{}, fmt.Errorf("driver %s: %w", name, err)
			}
			d, err := make(path, s)
			if err != nil {
				return Device[Cmd, Ev]{}, fmt.Errorf("driver %s: %w", name, err)
			}
			return d, nil
		},
	}
}
