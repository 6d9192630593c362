package cabinet

import (
	"context"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"

	"wattkiosk/firmware/climate"
	"wattkiosk/firmware/stills"
	"wattkiosk/firmware/vigil"
	"wattkiosk/firmware/voice"
	"wattkiosk/hal/audio"
	"wattkiosk/hal/camera"
	"wattkiosk/hal/sensor"
	"wattkiosk/hal/watchdog"
)

// Parts open the devices of the cabinet. A test puts doubles in their place.
type Parts struct {
	Dog         func(path string, timeout time.Duration) (vigil.Dog, error)
	System      func() (notify func() error, within time.Duration) // nil notify = no system's watchdog
	Player      func(dir, device string, failed func(error)) voice.Player
	Mixer       func(device, control string) func(ctx context.Context, percent int) error
	Camera      func(device string) stills.Camera
	Thermometer func(bus string, address uint16) (climate.Thermometer, error)
	Free        func(dir string) (int64, error)
}

// RealParts are those of a board.
func RealParts() Parts {
	return Parts{
		Dog: func(path string, timeout time.Duration) (vigil.Dog, error) {
			d, err := watchdog.Open(path, timeout)
			if err != nil {
				return nil, err // a nil *Dog is no nil Dog
			}
			return d, nil
		},
		System: systemWatchdog,
		Player: func(dir, device string, failed func(error)) voice.Player { return audio.New(dir, device, failed) },
		Mixer: func(device, control string) func(context.Context, int) error {
			return voice.Mixer{Device: device, Control: control}.Set
		},
		Camera: func(device string) stills.Camera { return camera.V4L2{Device: device} },
		Thermometer: func(bus string, address uint16) (climate.Thermometer, error) {
			t, err := sensor.Open(bus, address)
			if err != nil {
				return nil, err
			}
			return t, nil
		},
		Free: freeBytes,
	}
}

// systemWatchdog is systemd's, where it watches this program.
func systemWatchdog() (func() error, time.Duration) {
	within, err := daemon.SdWatchdogEnabled(false)
	if err != nil || within == 0 {
		return nil, 0
	}
	return func() error {
		_, err := daemon.SdNotify(false, daemon.SdNotifyWatchdog)
		return err
	}, within
}

// freeBytes is what may still be written in the file system of dir.
func freeBytes(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
