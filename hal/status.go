package hal

import (
	"errors"
	"fmt"
)

// ErrBusy is returned by Engine.Do when the command queue is full.
var ErrBusy = errors.New("device busy: command queue is full")

// DeviceState is the XFS4IoT common device status.
type DeviceState int

// The states of a device. The zero value is Unknown: nothing was heard yet.
const (
	DeviceUnknown  DeviceState = iota // not yet heard from
	DeviceStarting                    // powering up, initialising or being reset
	DeviceOnline                      // works
	DeviceOffline                     // does not answer
	DeviceFault                       // answers, but cannot work until somebody acts
)

var deviceStateNames = [...]string{"unknown", "starting", "online", "offline", "fault"}

// String returns the lower-case XFS4IoT-like name.
func (s DeviceState) String() string {
	if s < 0 || int(s) >= len(deviceStateNames) {
		return fmt.Sprintf("DeviceState(%d)", int(s))
	}
	return deviceStateNames[s]
}

// MarshalText lets a state stand in JSON and TOML by name.
func (s DeviceState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText parses a name written by MarshalText.
func (s *DeviceState) UnmarshalText(b []byte) error {
	for i, n := range deviceStateNames {
		if n == string(b) {
			*s = DeviceState(i)
			return nil
		}
	}
	return fmt.Errorf("unknown device state %q", b)
}
