package config

import (
	"fmt"
	"regexp"
	"time"
)

// None, in place of a device, says that the board's own is not to be used.
const None = "none"

// Limits of the cabinet's devices.
const (
	MinWatchdog     = 10 * time.Second
	MaxWatchdog     = 10 * time.Minute
	MaxStillsMB     = 10_000
	MaxStillsDays   = 365
	MinAlarmCelsius = 30
	MaxAlarmCelsius = 100
	MinRollMM       = 10_000
	MaxRollMM       = 1_000_000
)

// Slips is how the slip printer is fed and how it gives its slips.
type Slips struct {
	AutoStatus bool          `toml:"auto_status" json:"auto_status"` // the printer reports changes by itself (GS a)
	RollMM     int           `toml:"roll_mm" json:"roll_mm"`         // length of a new roll; 0 = no forecast of what is left
	Presenter  string        `toml:"presenter" json:"presenter"`     // how the slip is held; empty = it falls out
	TakeWithin time.Duration `toml:"take_within" json:"take_within"` // presenter: then the slip is drawn back in
}

// Watchdog is the board's hardware watchdog.
type Watchdog struct {
	Device  string        `toml:"device" json:"device"`   // device file; empty = the board's, "none" = not used
	Timeout time.Duration `toml:"timeout" json:"timeout"` // without progress, before the board resets
}

// Audio is the loudspeaker.
type Audio struct {
	Device      string `toml:"device" json:"device"`             // ALSA device; empty = the board's, "none" = silent
	Prompts     string `toml:"prompts" json:"prompts"`           // folder of <lang>/<name>.wav
	Control     string `toml:"control" json:"control"`           // mixer control of the volume
	Volume      int    `toml:"volume" json:"volume"`             // percent
	QuietVolume int    `toml:"quiet_volume" json:"quiet_volume"` // percent in the quiet hours; 0 = nothing is said
	QuietFrom   string `toml:"quiet_from" json:"quiet_from"`     // hh:mm in the kiosk's time zone
	QuietTo     string `toml:"quiet_to" json:"quiet_to"`         // hh:mm; the same = no quiet hours
}

// Camera takes a picture when cash is paid. Without a key there are none.
type Camera struct {
	Device        string `toml:"device" json:"device"`                 // V4L2 device file; empty = the board's, "none" = not used
	Key           string `toml:"key" json:"key"`                       // file: head office's public key for pictures (X25519, PEM)
	MaxMB         int    `toml:"max_mb" json:"max_mb"`                 // of all pictures together
	RetentionDays int    `toml:"retention_days" json:"retention_days"` // kept, at most
}

// Sensor is the thermometer inside the cabinet.
type Sensor struct {
	Bus        string `toml:"bus" json:"bus"`                 // I2C bus; empty = the board's, "none" = not used
	Address    int    `toml:"address" json:"address"`         // of the sensor on the bus
	AlarmAbove int    `toml:"alarm_above" json:"alarm_above"` // degrees Celsius
}

// Quiet are the quiet hours, each since midnight; Check has made sure of their form.
func (a Audio) Quiet() (from, to time.Duration) {
	from, _ = clockTime(a.QuietFrom)
	to, _ = clockTime(a.QuietTo)
	return from, to
}

var (
	clockForm   = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])$`)
	alsaForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9:,=_.-]{0,63}$`)
	controlForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ,_-]{0,43}$`)
)

// clockTime reads hh:mm.
func clockTime(s string) (time.Duration, error) {
	if !clockForm.MatchString(s) {
		return 0, fmt.Errorf("%.20q is not a time such as 22:00", s)
	}
	d, err := time.ParseDuration(s[:2] + "h" + s[3:] + "m")
	return d, err
}

// optionalDevice checks the path of a device, which may also be none or the board's.
func (p *problems) optionalDevice(key, v string) {
	if v != None {
		p.path(key, v, true)
	}
}

func (p *problems) between(key string, n, least, most int, unit string) {
	if n < least || n > most {
		p.add(key, "%d is not within %d to %d%s", n, least, most, unit)
	}
}

func (p *problems) slips(s Slips) {
	if s.RollMM != 0 {
		p.between("slips.roll_mm", s.RollMM, MinRollMM, MaxRollMM, ", and not 0")
	}
	p.name("slips.presenter", s.Presenter, true)
	p.timeout("slips.take_within", s.TakeWithin)
}

func (p *problems) watchdog(w Watchdog) {
	p.optionalDevice("watchdog.device", w.Device)
	if w.Timeout < MinWatchdog || w.Timeout > MaxWatchdog {
		p.add("watchdog.timeout", "%v is not within %v to %v", w.Timeout, MinWatchdog, MaxWatchdog)
	}
}

func (p *problems) audio(a Audio) {
	if a.Device != "" && !alsaForm.MatchString(a.Device) {
		p.add("audio.device", "%.70q is not the name of an ALSA device", a.Device)
	}

	p.path("audio.prompts", a.Prompts, false)
	if !controlForm.MatchString(a.Control) {
		p.add("audio.control", "%.50q is not the name of a mixer control", a.Control)
	}

	p.between("audio.volume", a.Volume, 0, 100, "")
	p.between("audio.quiet_volume", a.QuietVolume, 0, 100, "")
	for _, c := range []struct{ key, v string }{{"audio.quiet_from", a.QuietFrom}, {"audio.quiet_to", a.QuietTo}} {
		if _, err := clockTime(c.v); err != nil {
			p.add(c.key, "%v", err)
		}
	}
}

func (p *problems) camera(c Camera) {
	p.optionalDevice("camera.device", c.Device)
	p.path("camera.key", c.Key, true)
	p.between("camera.max_mb", c.MaxMB, 1, MaxStillsMB, "")
	p.between("camera.retention_days", c.RetentionDays, 1, MaxStillsDays, "")
}

func (p *problems) sensor(s Sensor) {
	p.optionalDevice("sensor.bus", s.Bus)
	p.between("sensor.address", s.Address, 0x08, 0x77, "")
	p.between("sensor.alarm_above", s.AlarmAbove, MinAlarmCelsius, MaxAlarmCelsius, " degrees")
}
