package appliance

import (
	"context"
	"crypto/ed25519"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"

	"wattkiosk/firmware/climate"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/stills"
	"wattkiosk/firmware/vigil"
	"wattkiosk/firmware/voice"
	"wattkiosk/hal/audio"
	"wattkiosk/hal/camera"
	"wattkiosk/hal/sensor"
	"wattkiosk/hal/watchdog"
	"wattkiosk/uplink/mqttlink"
)

// parts open what a kiosk is made of beside the devices that sell. A test puts doubles in their place.
type parts struct {
	dog         func(path string, timeout time.Duration) (vigil.Dog, error)
	system      func() (notify func() error, within time.Duration) // nil notify = no system's watchdog
	player      func(dir, device string, failed func(error)) voice.Player
	mixer       func(device, control string) func(ctx context.Context, percent int) error
	camera      func(device string) stills.Camera
	thermometer func(bus string, address uint16) (climate.Thermometer, error)
	free        func(dir string) (int64, error)
	staff       func(cfg config.Config, line mqttlink.Config, office ed25519.PublicKey) (Staff, error)
}

// realParts are those of a board.
func realParts() parts {
	return parts{
		dog: func(path string, timeout time.Duration) (vigil.Dog, error) {
			d, err := watchdog.Open(path, timeout)
			if err != nil {
				return nil, err // a nil *Dog is no nil Dog
			}
			return d, nil
		},
		system: systemWatchdog,
		player: func(dir, device string, failed func(error)) voice.Player { return audio.New(dir, device, failed) },
		mixer: func(device, control string) func(context.Context, int) error {
			return voice.Mixer{Device: device, Control: control}.Set
		},
		camera: func(device string) stills.Camera { return camera.V4L2{Device: device} },
		thermometer: func(bus string, address uint16) (climate.Thermometer, error) {
			t, err := sensor.Open(bus, address)
			if err != nil {
				return nil, err
			}
			return t, nil
		},
		free:  freeBytes,
		staff: openStaff,
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
