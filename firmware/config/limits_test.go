package config_test

import (
	"strings"
	"testing"

	"wattkiosk/firmware/config"
)

// TestAnIncarnationHasTwoDigits: the hundredth would have the serials of the first.
func TestAnIncarnationHasTwoDigits(t *testing.T) {
	for incarnation, bad := range map[uint8]bool{0: false, 99: false, 100: true, 255: true} {
		c := config.Default()
		c.Kiosk, c.Incarnation = "10000001", incarnation
		err := c.Check()
		if got := err != nil && strings.Contains(err.Error(), "key incarnation: "); got != bad {
			t.Errorf("%d: %v", incarnation, err)
		}
	}
}
