package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"wattkiosk/firmware/config"
	"wattkiosk/hal/setting"
)

// put writes files into a fresh folder and returns it.
func put(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestExampleIsTheDefault(t *testing.T) {
	dir := put(t, map[string]string{"kiosk.toml": config.Example()})
	got, err := config.Load([]string{dir + "/kiosk.toml", dir + "/kiosk.d"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.Kiosk = "10000001"
	want.BoardDir = "/var/lib/wattkiosk"
	want.ControlSocket = "/run/wattkiosk/control.sock"
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("example is not the default (-want +got):\n%s", diff)
	}
}

func TestExampleNamesEveryKey(t *testing.T) {
	var raw map[string]any
	meta, err := toml.Decode(config.Example(), &raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range config.Keys() {
		if !meta.IsDefined(strings.Split(key, ".")...) {
			t.Errorf("key %s is not in the example", key)
		}
	}
	if n := len(config.Keys()); n != 124 {
		t.Errorf("%d keys, want 124", n)
	}
}

func TestSourcesInOrder(t *testing.T) {
	dir := put(t, map[string]string{
		"kiosk.toml":           "kiosk = \"10000001\"\nlang = \"en\"\nprofile = \"query\"\n[devices.validator]\ndriver = \"id003\"\nport = \"/dev/a\"\n",
		"kiosk.d/20-b.toml":    "[devices.validator]\nport = \"/dev/b\"\n",
		"kiosk.d/10-a.toml":    "[devices.validator]\nport = \"/dev/c\"\n[cash]\ndenominations = [100]\n",
		"kiosk.d/.hidden.toml": "nonsense = 1\n",
		"kiosk.d/README":       "not toml",
	})
	got, err := config.Load(
		[]string{dir + "/kiosk.toml", dir + "/kiosk.d"},
		[]string{
			"HOME=/root", "WATTKIOSK_PROFILE=through-wall", "WATTKIOSK_QR_ENABLED=true", "WATTKIOSK_SCREEN_IDLE_TIMEOUT=90s",
			"WATTKIOSK_UPLINK_BROKER=tcp://127.0.0.1:18883", "WATTKIOSK_STATE_DIR=/tmp/env",
		},
		map[string]string{"state_dir": "/tmp/flag", "cash.max_total": "300", "incarnation": "2", "cash.denominations": "50, 100"},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ key, got, want string }{
		{"lang", got.Lang, "en"},
		{"profile", got.Profile, "through-wall"},
		{"devices.validator.driver", got.Devices.Validator.Driver, "id003"},
		{"devices.validator.port", got.Devices.Validator.Port, "/dev/b"},
		{"state_dir", got.StateDir, "/tmp/flag"},
		{"board_dir", got.BoardDir, "/tmp/flag"},
		{"uplink.broker", got.Uplink.Broker, "tcp://127.0.0.1:18883"},
		{"incarnation", fmt.Sprint(got.Incarnation), "2"},
		{"screen.idle_timeout", got.Screen.IdleTimeout.String(), "1m30s"},
		{"qr.enabled", fmt.Sprint(got.QR.Enabled), "true"},
		{"cash, fen", fmt.Sprint(got.Cash.DenominationsFen(), got.Cash.MaxTotalFen()), "[5000 10000] 30000"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s = %q, want %q", tt.key, tt.got, tt.want)
		}
	}
}

func TestDropInReplacesAListWhole(t *testing.T) {
	dir := put(t, map[string]string{
		"kiosk.toml":      "kiosk = \"10000001\"\n",
		"kiosk.d/10.toml": "[cash]\ndenominations = [100]\n",
	})
	got, err := config.Load([]string{dir + "/kiosk.toml", dir + "/kiosk.d"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{100}, got.Cash.Denominations); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsNameTheirPlace(t *testing.T) {
	dir := put(t, map[string]string{
		"unknown.toml": "kiosk = \"10000001\"\ncolour = 1\n[uplink]\nbrokr = \"x\"\n[devices.valdator]\ndriver = \"x\"\n",
		"type.toml":    "kiosk = 10000001\n",
		"syntax.toml":  "kiosk = \n",
		"good.toml":    "kiosk = \"10000001\"\n",
	})
	tests := []struct {
		file  string
		env   string
		flag  string
		wants []string
	}{
		{"unknown.toml", "", "", []string{dir + "/unknown.toml: unknown key colour", "unknown key uplink.brokr", "unknown key devices.valdator"}},
		{"type.toml", "", "", []string{dir + "/type.toml: ", `"kiosk"`, "key kiosk: \"\" is not"}},
		{"syntax.toml", "", "", []string{dir + "/syntax.toml: ", "line 1"}},
		{"absent.toml", "", "", []string{dir + "/absent.toml: no such file"}},
		{"good.toml", "WATTKIOSK_COLOUR=red", "", []string{"environment: unknown variable WATTKIOSK_COLOUR"}},
		{"good.toml", "WATTKIOSK_INCARNATION=256", "", []string{"environment: WATTKIOSK_INCARNATION: key incarnation: is not a number in range"}},
		{"good.toml", "WATTKIOSK_SCREEN_DONE_TIMEOUT=9", "", []string{"key screen.done_timeout: is not a duration"}},
		{"good.toml", "", "colour", []string{"flags: unknown key colour"}},
		{"good.toml", "", "cash.denominations", []string{"flags: key cash.denominations: is not a list of numbers"}},
	}
	for _, tt := range tests {
		var env []string
		if tt.env != "" {
			env = append(env, tt.env)
		}
		var flags map[string]string
		if tt.flag != "" {
			flags = map[string]string{tt.flag: "x"}
		}
		_, err := config.Load([]string{filepath.Join(dir, tt.file)}, env, flags)
		if err == nil {
			t.Errorf("%+v: no error", tt)
			continue
		}
		for _, want := range tt.wants {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error %q does not say %q", err, want)
			}
		}
	}
}

func TestCheckReportsEverythingAtOnce(t *testing.T) {
	c := config.Config{
		Kiosk: "1234567", Board: "Sim", StateDir: "state", ScreenAddr: "0.0.0.0:8080",
		ControlSocket: "/" + strings.Repeat("x", 107), Profile: "", Lang: "de", Timezone: "Mars/Base", UpdateSocket: "agent.sock", BillCode: "^[0-9]{10}$",
		Uplink:   config.Uplink{Broker: "tls://user:hunter2@host:1", ServerName: "mq example", Cert: "/c", Ports: []int64{443, 65536}},
		Journal:  config.Journal{KeyFile: "k"},
		Devices:  config.Devices{Validator: config.Device{Driver: "ccnet", Port: "ttyS0", Baud: 1}},
		Cash:     config.Cash{Denominations: []int64{100, 3, 100}, MaxTotal: 50},
		Screen:   config.Screen{IdleTimeout: 60, CashTimeout: time.Minute, DoneTimeout: time.Hour, StaffTimeout: time.Minute},
		Slips:    config.Slips{RollMM: 80, TakeWithin: time.Minute},
		Watchdog: config.Watchdog{Timeout: time.Second},
		Audio:    config.Audio{Prompts: "/p", Control: "-", QuietFrom: "22:00", QuietTo: "7"},
		Camera:   config.Camera{Device: "none", MaxMB: 1},
		Sensor:   config.Sensor{Bus: "i2c-1", Address: 0x48, AlarmAbove: 60},
	}
	c.Screen.CashTimeout = 30 * time.Minute
	const want = `key kiosk: "1234567" is not a terminal number of 8 digits
key board: "Sim" is not a name of small letters, digits and dashes
key state_dir: "state" is not an absolute path
key run_dir: "" is not an absolute path
key screen_addr: host "0.0.0.0" is not loopback: the screen is for this box only
key control_socket: path is longer than 107 bytes
key profile: "" is not a name of small letters, digits and dashes
key lang: "de" is neither zh nor en
key timezone: "Mars/Base" is not the name of a time zone
key update_socket: "agent.sock" is not an absolute path
key bill_code: "^[0-9]{10}$" has no group that holds the account
key uplink.broker: holds a user name: a kiosk is known by its certificate
key uplink.server_name: is neither a name nor an address
key uplink.cert: certificate and key are given together or not at all
key uplink.ports: 65536 is not within 1 to 65535
key journal.key_file: "k" is not an absolute path
key journal.apart_for: 0s is not within 1m to 168h
key journal.apart_cash: 0 is not within 1 to 50000 yuan
key journal.retention_days: 0 is not within 1 to 3650
key devices.validator.port: "ttyS0" is not an absolute path
key devices.validator.baud: 1 is not within 300 to 921600
key cash.denominations: there is no note of 3 yuan
key cash.denominations: 100 is there twice
key card.max_total: 0 is not within 1 to 50000 yuan
key qr.max_total: 0 is not within 1 to 50000 yuan
key screen.idle_timeout: 60ns is not within 5s to 30m0s
key screen.done_timeout: 1h0m0s is not within 5s to 30m0s
key slips.roll_mm: 80 is not within 10000 to 1000000, and not 0
key watchdog.timeout: 1s is not within 10s to 10m0s
key audio.control: "-" is not the name of a mixer control
key audio.quiet_to: "7" is not a time such as 22:00
key camera.retention_days: 0 is not within 1 to 365
key sensor.bus: "i2c-1" is not an absolute path`
	if err := c.Check(); err == nil || err.Error() != want {
		t.Errorf("Check():\n%v\nwant\n%s", err, want)
	}
}

func TestCheckBroker(t *testing.T) {
	tests := []struct{ broker, ca, want string }{
		{"", "", ""},
		{"tls://mq.example:8883", "/ca.pem", ""},
		{"tls://mq.example:8883", "", "key uplink.ca: is needed for a broker over tls"},
		{"tcp://127.0.0.1:1883", "", ""},
		{"tcp://[::1]:1883", "", ""},
		{"tcp://mq.example:1883", "", "key uplink.broker: tcp is for loopback only; use tls"},
		{"mqtt://mq.example:1883", "", `key uplink.broker: scheme "mqtt" is neither tls nor tcp`},
		{"mq.example:1883", "", "key uplink.broker: is not tls://host:port"},
		{"tls://mq.example", "/ca.pem", "key uplink.broker: is not tls://host:port"},
	}
	for _, tt := range tests {
		c := config.Default()
		c.Kiosk, c.Uplink.Broker, c.Uplink.CA = "10000001", tt.broker, tt.ca
		got := ""
		if err := c.Check(); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%q: %q, want %q", tt.broker, got, tt.want)
		}
	}
}

func TestCheckBillCode(t *testing.T) {
	for pattern, want := range map[string]string{
		"":                         "",
		"^([0-9]{10})[0-9]{14}$":   "",
		"^([0-9]{10}":              "key bill_code: error parsing regexp: missing closing ): `^([0-9]{10}`",
		"^[0-9]{10}$":              `key bill_code: "^[0-9]{10}$" has no group that holds the account`,
		strings.Repeat("(x)", 200): "key bill_code: is longer than 500 bytes",
	} {
		c := config.Default()
		c.Kiosk, c.BillCode = "10000001", pattern
		got := ""
		if err := c.Check(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%.40q: %q, want %q", pattern, got, want)
		}
	}
}

// TestSettingsOfDrivers: a driver's settings come through every source, and a later
// source takes the place of an earlier one setting by setting.
func TestSettingsOfDrivers(t *testing.T) {
	dir := put(t, map[string]string{
		"kiosk.toml": "kiosk = \"10000001\"\n[devices.validator]\ndriver = \"ebds\"\n[devices.validator.settings]\nplain_notes = [1, 5]\nother = \"a\"\n" +
			"[devices.printer.settings]\ncolumns = 48\n",
		"kiosk.d/10.toml": "[devices.validator.settings]\nplain_notes = [5, 10]\n",
	})
	got, err := config.Load([]string{dir + "/kiosk.toml", dir + "/kiosk.d"},
		[]string{"WATTKIOSK_DEVICES_PRINTER_SETTINGS_COLUMNS=32", "WATTKIOSK_DEVICES_PRINTER_SETTINGS_CHARSET=gb18030"},
		map[string]string{"devices.invoice.settings.form_lines": "66", "devices.card.settings.library": "/usr/lib/a.toml"})
	if err != nil {
		t.Fatal(err)
	}
	for role, want := range map[string]struct {
		got  setting.Table
		want setting.Table
	}{
		"validator": {got.Devices.Validator.Settings, setting.Table{"plain_notes": []any{int64(5), int64(10)}, "other": "a"}},
		"printer":   {got.Devices.Printer.Settings, setting.Table{"columns": int64(32), "charset": "gb18030"}},
		"invoice":   {got.Devices.Invoice.Settings, setting.Table{"form_lines": int64(66)}},
		"card":      {got.Devices.Card.Settings, setting.Table{"library": "/usr/lib/a.toml"}},
	} {
		if diff := cmp.Diff(want.want, want.got); diff != "" {
			t.Errorf("%s: %s", role, diff)
		}
	}
}

// TestFormerKeysAreSettings: boards in the field have them, most of them empty, in every
// device, as the example had them.
func TestFormerKeysAreSettings(t *testing.T) {
	const empty = "library = \"\"\nform_lines = 0\nplain_notes = []\n"
	dir := put(t, map[string]string{
		"kiosk.toml": "kiosk = \"10000001\"\n[devices.validator]\ndriver = \"ebds\"\nplain_notes = [1, 5, 10, 20, 50, 100, 0]\nlibrary = \"\"\nform_lines = 0\n" +
			"[devices.printer]\n" + empty + "[devices.card]\nlibrary = \"/usr/lib/a.toml\"\nform_lines = 0\nplain_notes = []\n[devices.invoice]\nform_lines = 66\n",
		"kiosk.d/10.toml": "[devices.validator]\nplain_notes = [5, 10, 20, 50, 100, 100, 1]\n[devices.card]\n" + empty,
		"both.toml":       "[devices.invoice]\nform_lines = 30\n[devices.invoice.settings]\nform_lines = 40\n",
		"unknown.toml":    "[devices.invoice]\nform_line = 30\n[devices.abacus]\nlibrary = \"/a\"\n",
	})
	load := []string{dir + "/kiosk.toml", dir + "/kiosk.d"}
	got, err := config.Load(load, []string{"WATTKIOSK_DEVICES_PRINTER_FORM_LINES=66"}, map[string]string{"devices.invoice.form_lines": "72"})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Devices{
		Validator: config.Device{Driver: "ebds", Settings: setting.Table{"plain_notes": []any{int64(5), int64(10), int64(20), int64(50), int64(100), int64(100), int64(1)}}},
		Printer:   config.Device{Driver: "escpos", Settings: setting.Table{"form_lines": int64(66)}},
		Invoice:   config.Device{Settings: setting.Table{"form_lines": int64(72)}},
	}
	if diff := cmp.Diff(want, got.Devices, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}

	got, err = config.Load(append(load, dir+"/both.toml"), nil, nil)
	if n := got.Devices.Invoice.Settings["form_lines"]; err != nil || n != int64(40) {
		t.Errorf("form_lines %v, %v", n, err)
	}

	_, err = config.Load(append(load, dir+"/unknown.toml"), nil, nil)
	for _, key := range []string{"unknown key devices.invoice.form_line", "unknown key devices.abacus"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%v does not say %s", err, key)
		}
	}
}

func TestNamesOfSettings(t *testing.T) {
	dir := put(t, map[string]string{"kiosk.toml": "kiosk = \"10000001\"\n[devices.validator.settings]\n\"Plain Notes\" = 1\n"})
	_, err := config.Load([]string{dir + "/kiosk.toml"}, nil, nil)
	if want := `key devices.validator.settings: "Plain Notes" is not the name of a setting`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	cfg := config.Default()
	if err := cfg.Set("devices.validator.settings", "1"); err == nil || !strings.Contains(err.Error(), "is a table") {
		t.Error(err)
	}
}

func TestSecretsNeverPrint(t *testing.T) {
	const secret = "hunter2"
	c := config.Default()
	if err := c.Set("uplink.enrol_token", secret); err != nil {
		t.Fatal(err)
	}
	if c.Uplink.EnrolToken.Reveal() != secret {
		t.Errorf("Reveal() = %q", c.Uplink.EnrolToken.Reveal())
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", c.Uplink.EnrolToken)
	}
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	if err := toml.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "config", c, "token", c.Uplink.EnrolToken)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "config", c, "token", c.Uplink.EnrolToken)
	for _, form := range []string{secret, "68756e74657232"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("secret printed as %s in:\n%s", form, out.String())
		}
	}
	if n := strings.Count(out.String(), "[redacted]"); n < 10 {
		t.Errorf("[redacted] printed %d times", n)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(config.Example())
	f.Add("kiosk = \"10000001\"\n[cash]\ndenominations = [100]\nmax_total = 100\n")
	f.Add("[screen]\nidle_timeout = 60")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "kiosk.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load([]string{path}, nil, nil)
		if err == nil && (len(c.Kiosk) != 8 || c.Cash.MaxTotalFen() < 100 || len(c.Cash.Denominations) == 0) {
			t.Errorf("accepted %+v", c)
		}
	})
}
