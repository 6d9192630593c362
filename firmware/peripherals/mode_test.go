package peripherals

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/firmware/config"
	"wattkiosk/hal/card/vendorsim"
	"wattkiosk/hal/setting"
	"wattkiosk/payments/metercard"
)

// TestReaderThatCannotWorkCards shows when the kiosk starts, and not in front of a
// customer.
func TestReaderThatCannotWorkCards(t *testing.T) {
	description := vendorsim.Description("/usr/lib/wattkiosk/libmeter.so", metercard.CPU)
	for name, c := range map[string]struct {
		driver, from, to string
		want             string
	}{
		"a library":             {"vendor", "", "", ""},
		"another driver":        {"crt310", "", "", "devices.meter_card.mode: this driver has no library that works cards"},
		"no reading":            {"vendor", "[[work.read]]", "[[work.look]]", "devices.meter_card.mode: library does not work meter cards: read does not tell serial"},
		"no writing":            {"vendor", "[[work.write]]", "[[work.update]]", "write does not say which card"},
		"a field nobody has":    {"vendor", "in:division", "in:colour", `write needs "colour", which nobody knows`},
		"the purse is not last": {"vendor", `args = ["in:serial", "in:purse"]`, `args = ["in:serial"]`, "the last call of write takes neither purse nor count and amount"},
	} {
		path := filepath.Join(t.TempDir(), "library.toml")
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(description, c.from, c.to)), 0o600); err != nil {
			t.Fatal(err)
		}
		d := config.Default().Devices
		d.MeterCard = config.MeterReader{Device: config.Device{Driver: c.driver}, Mode: config.ModeLibrary}
		if c.driver == "vendor" {
			d.MeterCard.Settings = setting.Table{"library": path}
		}
		if err := Check(d); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
