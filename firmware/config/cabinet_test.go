package config_test

import (
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/config"
)

func TestCabinetKeys(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"devices.meter.rs485", "rts-low", ""},
		{"devices.meter.rs485", "auto", "key devices.meter.rs485: \"auto\" is neither rts-high nor rts-low"},
		{"devices.meter_card.mode", "library", ""},
		{"devices.meter_card.mode", "steps", ""},
		{"devices.meter_card.mode", "dll", "key devices.meter_card.mode: \"dll\" is neither steps nor library"},
		{"slips.auto_status", "true", ""},
		{"slips.roll_mm", "80000", ""},
		{"slips.roll_mm", "-1", "key slips.roll_mm: -1 is not within 10000 to 1000000, and not 0"},
		{"slips.presenter", "GS e", "key slips.presenter: \"GS e\" is not a name of small letters, digits and dashes"},
		{"slips.take_within", "1s", "key slips.take_within: 1s is not within 5s to 30m0s"},
		{"watchdog.device", "none", ""},
		{"watchdog.device", "/dev/watchdog1", ""},
		{"watchdog.device", "watchdog1", "key watchdog.device: \"watchdog1\" is not an absolute path"},
		{"watchdog.timeout", "9s", "key watchdog.timeout: 9s is not within 10s to 10m0s"},
		{"watchdog.timeout", "11m", "key watchdog.timeout: 11m0s is not within 10s to 10m0s"},
		{"audio.device", "hw:0,0", ""},
		{"audio.device", "plughw:CARD=Device,DEV=0", ""},
		{"audio.device", "-D hw:0", "key audio.device: \"-D hw:0\" is not the name of an ALSA device"},
		{"audio.prompts", "", "key audio.prompts: \"\" is not an absolute path"},
		{"audio.control", "--help", "key audio.control: \"--help\" is not the name of a mixer control"},
		{"audio.control", "Line Out", ""},
		{"audio.volume", "101", "key audio.volume: 101 is not within 0 to 100"},
		{"audio.quiet_volume", "-1", "key audio.quiet_volume: -1 is not within 0 to 100"},
		{"audio.quiet_from", "24:00", "key audio.quiet_from: \"24:00\" is not a time such as 22:00"},
		{"audio.quiet_to", "7:00", "key audio.quiet_to: \"7:00\" is not a time such as 22:00"},
		{"camera.device", "video0", "key camera.device: \"video0\" is not an absolute path"},
		{"camera.key", "stills.pem", "key camera.key: \"stills.pem\" is not an absolute path"},
		{"camera.max_mb", "0", "key camera.max_mb: 0 is not within 1 to 10000"},
		{"camera.retention_days", "366", "key camera.retention_days: 366 is not within 1 to 365"},
		{"sensor.bus", "1", "key sensor.bus: \"1\" is not an absolute path"},
		{"sensor.address", "120", "key sensor.address: 120 is not within 8 to 119"},
		{"sensor.alarm_above", "29", "key sensor.alarm_above: 29 is not within 30 to 100 degrees"},
	} {
		cfg := config.Default()
		cfg.Kiosk = "10000001"
		if err := cfg.Set(c.key, c.value); err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := cfg.Check(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s = %q: %q, want %q", c.key, c.value, got, c.want)
		}
	}
}

func TestQuietHoursAreTimesOfDay(t *testing.T) {
	a := config.Default().Audio
	a.QuietFrom, a.QuietTo = "21:30", "06:05"
	if from, to := a.Quiet(); from != 21*time.Hour+30*time.Minute || to != 6*time.Hour+5*time.Minute {
		t.Errorf("%v to %v", from, to)
	}
}

func TestSwitchesAreTrueOrFalse(t *testing.T) {
	c := config.Default()
	if err := c.Set("slips.auto_status", "on"); err == nil || err.Error() != "key slips.auto_status: is neither true nor false" {
		t.Errorf("error %v", err)
	}
}

// TestTheLabHasNoCabinet: what is not configured is the board's, and a simulated
// board has none; the example says so where each key stands.
func TestTheLabHasNoCabinet(t *testing.T) {
	c := config.Default()
	for key, v := range map[string]string{"watchdog": c.Watchdog.Device, "audio": c.Audio.Device, "camera": c.Camera.Device, "sensor": c.Sensor.Bus, "keys": c.Keys.TPM} {
		if v != "" {
			t.Errorf("%s: default device %q", key, v)
		}
	}
	if n := strings.Count(config.Example(), "(the lab has none)"); n != 5 {
		t.Errorf("the example says %d times that the lab has none", n)
	}
}
