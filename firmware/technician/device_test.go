package technician

import (
	"testing"

	"wattkiosk/firmware/peripherals"
	"wattkiosk/hal"
)

// TestWhatIsSaidOfADevice: its trouble first; and why nothing is known of a scanner.
func TestWhatIsSaidOfADevice(t *testing.T) {
	for _, c := range []struct {
		of   peripherals.Health
		want string
	}{
		{peripherals.Health{Role: "card", State: hal.DeviceOnline, Detail: "in-gate"}, "in-gate"},
		{peripherals.Health{Role: "card", Detail: "in-gate", Error: "cannot open"}, "cannot open"},
		{peripherals.Health{Role: "printer"}, ""},
		{peripherals.Health{Role: "scanner"}, "says nothing before its first code"},
		{peripherals.Health{Role: "scanner", Error: "cannot open"}, "cannot open"},
		{peripherals.Health{Role: "scanner", State: hal.DeviceOnline}, ""},
	} {
		if got := detailOf(c.of); got != c.want {
			t.Errorf("%+v: %q, want %q", c.of, got, c.want)
		}
	}
}
