package appliance

import (
	"testing"

	"wattkiosk/firmware/config"
	"wattkiosk/firmware/profile"
)

// TestQRIsOfferedWhereItIsEnabled: a kiosk that is not told of an acquirer shows the
// tender as one that is not to be had here.
func TestQRIsOfferedWhereItIsEnabled(t *testing.T) {
	for _, enabled := range []bool{false, true} {
		cfg := config.Default()
		cfg.QR.Enabled = enabled
		p := profileOf(cfg)
		if got := p.Has(profile.PayBill, profile.QR); got != enabled {
			t.Errorf("enabled %v: QR payment is there: %v", enabled, got)
		}
		if !p.Has(profile.PayBill, profile.Cash) {
			t.Errorf("enabled %v: cash has gone", enabled)
		}
	}
}
