package config

import (
	"errors"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"wattkiosk/hal/setting"
)

// Devices are the peripherals.
type Devices struct {
	Validator Device      `toml:"validator" json:"validator"`
	Printer   Device      `toml:"printer" json:"printer"`
	Card      Device      `toml:"card" json:"card"`
	MeterCard MeterReader `toml:"meter_card" json:"meter_card"` // the reader that takes meter cards
	Pinpad    Device      `toml:"pinpad" json:"pinpad"`
	Scanner   Device      `toml:"scanner" json:"scanner"`
	Invoice   Device      `toml:"invoice" json:"invoice"` // the second printer, for invoices
	Meter     Device      `toml:"meter" json:"meter"`     // what a handheld reads meters with
}

// Device is one peripheral. An empty Driver means that there is none; an empty
// Port is the board's port of that role, and a zero Baud the board's.
type Device struct {
	Driver string `toml:"driver" json:"driver"`
	Port   string `toml:"port" json:"port"`
	Baud   int    `toml:"baud" json:"baud"`
	// RS485 has the kernel switch the direction of a half-duplex line by RTS: high
	// or low while sending. Empty is as the board says.
	RS485 string `toml:"rs485" json:"rs485"`
	// Settings are the driver's own: it decodes them, and only it knows their names.
	Settings setting.Table `toml:"settings" json:"settings,omitempty"`
}

// MeterReader is the reader that takes meter cards.
type MeterReader struct {
	Device
	// Mode is who works the cards: ModeSteps, which is also what empty means, or ModeLibrary.
	Mode string `toml:"mode" json:"mode"`
}

// Levels of RTS while an RS-485 line sends, for Device.RS485.
const (
	RTSHigh = "rts-high"
	RTSLow  = "rts-low"
)

// Who works meter cards, for MeterReader.Mode.
const (
	ModeSteps   = "steps"   // head office: the reader carries its steps out (instruction stream)
	ModeLibrary = "library" // the library of the reader's maker
)

// The tables of keys that are devices', and of those that are a driver's.
const (
	devicesTable  = "devices"
	settingsTable = "settings"
)

// formerKeys are the settings of drivers that once were keys of every device. Boards in
// the field are configured by them, so they are still read, as settings of that name; an
// empty value is a setting that is not there.
var formerKeys = []string{"library", "form_lines", "plain_notes"}

// role is a device with the role that it has in the configuration.
type role struct {
	name   string
	device *Device
}

// roles are all devices, in the order of the file.
func (d *Devices) roles() []role {
	var all []role
	v := reflect.ValueOf(d).Elem()
	for i := range v.NumField() {
		device, ok := v.Field(i).Addr().Interface().(*Device)
		if !ok {
			device = &d.MeterCard.Device
		}
		all = append(all, role{v.Type().Field(i).Tag.Get("toml"), device})
	}
	return all
}

// detach gives d tables of its own, so that what is changed in it is not changed in what
// it was copied from.
func (d *Devices) detach() {
	for _, r := range d.roles() {
		r.device.Settings = r.device.Settings.Clone()
	}
}

// set gives a driver's setting a value.
func (d *Device) set(name string, value any) {
	if d.Settings == nil {
		d.Settings = setting.Table{}
	}
	d.Settings[name] = value
}

// setFormer is set for a former key.
func (d *Device) setFormer(name string, value any) {
	if v := reflect.ValueOf(value); v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
		delete(d.Settings, name)
		return
	}
	d.set(name, value)
}

// takeFormer moves the former keys of a text into the settings, and returns the keys of
// unknown that are not former keys. What the same text says in settings goes before.
func (d *Devices) takeFormer(text string, unknown []toml.Key) (rest []toml.Key) {
	var raw struct {
		Devices map[string]map[string]any `toml:"devices"`
	}
	if _, err := toml.Decode(text, &raw); err != nil {
		return unknown // such a text has no devices
	}

	for _, key := range unknown {
		i := slices.IndexFunc(d.roles(), func(r role) bool { return len(key) == 3 && key[0] == devicesTable && key[1] == r.name })
		if i < 0 || !slices.Contains(formerKeys, key[2]) {
			rest = append(rest, key)
			continue
		}
		table := raw.Devices[key[1]]
		if now, ok := table[settingsTable].(map[string]any); ok && now[key[2]] != nil {
			continue
		}
		d.roles()[i].device.setFormer(key[2], table[key[2]])
	}
	return rest
}

// setSetting sets a driver's setting by its key, "devices.ROLE.settings.NAME" or a former
// key; ok is false for another key.
func (d *Devices) setSetting(key, text string) (ok bool, err error) {
	for _, r := range d.roles() {
		name, ours := strings.CutPrefix(key, devicesTable+"."+r.name+".")
		if !ours {
			continue
		}
		own, isSetting := strings.CutPrefix(name, settingsTable+".")
		if !isSetting && !slices.Contains(formerKeys, name) {
			continue
		}
		value, err := setting.Parse(text)
		if err != nil {
			return true, err
		}
		if isSetting {
			r.device.set(own, value)
		} else {
			r.device.setFormer(name, value)
		}
		return true, nil
	}

	return false, nil
}

// settingOfVariable is the key of a variable without EnvPrefix that sets a driver's
// setting; "" for another one.
func (d *Devices) settingOfVariable(name string) string {
	for _, r := range d.roles() {
		prefix := devicesTable + "." + r.name + "."
		rest, ours := strings.CutPrefix(name, variable(prefix))
		if !ours {
			continue
		}
		if own, ok := strings.CutPrefix(rest, variable(settingsTable+".")); ok && own != "" {
			return prefix + settingsTable + "." + strings.ToLower(own)
		}
		if former := strings.ToLower(rest); slices.Contains(formerKeys, former) {
			return prefix + former
		}
	}

	return ""
}

// variable is a key as the name of a variable has it.
func variable(key string) string { return strings.ToUpper(strings.ReplaceAll(key, ".", "_")) }

// settingName is what the name of a driver's setting looks like.
var settingName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// devices checks what is not the drivers' matter.
func (p *problems) devices(d Devices) {
	for _, r := range d.roles() {
		p.device(devicesTable+"."+r.name, *r.device)
	}
	if m := d.MeterCard.Mode; m != "" && m != ModeSteps && m != ModeLibrary {
		p.add(devicesTable+".meter_card.mode", "%.20q is neither %s nor %s", m, ModeSteps, ModeLibrary)
	}
}

func (p *problems) device(key string, d Device) {
	p.name(key+".driver", d.Driver, true)
	p.path(key+".port", d.Port, true)
	if d.Baud != 0 && (d.Baud < 300 || d.Baud > 921_600) {
		p.add(key+".baud", "%d is not within 300 to 921600", d.Baud)
	}
	if d.RS485 != "" && d.RS485 != RTSHigh && d.RS485 != RTSLow {
		p.add(key+".rs485", "%.20q is neither %s nor %s", d.RS485, RTSHigh, RTSLow)
	}
	if n := len(d.Settings); n > setting.MaxSettings {
		p.add(key+".settings", "%d settings, at most %d", n, setting.MaxSettings)
	}

	for _, name := range slices.Sorted(maps.Keys(d.Settings)) {
		if !settingName.MatchString(name) {
			p.add(key+".settings", "%.40q is not the name of a setting", name)
		}
	}
}

// errWhole refuses a text for a whole table of settings.
var errWhole = errors.New("is a table: give each setting by its own key")
