package appliance

import (
	"bytes"
	"testing"
	"time"

	"wattkiosk/firmware/config"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/tender/bankcard"
	"wattkiosk/hal/pinpad"
	"wattkiosk/payments/emv"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
)

// TestTheBanksTerminal is what [card] makes of the station, which takes it.
func TestTheBanksTerminal(t *testing.T) {
	cfg := config.Default()
	cfg.Kiosk, cfg.Card.Enabled, cfg.Card.Terminal, cfg.Card.Merchant = "10000001", true, "12345678", "105290073724601"
	if p := profileOf(cfg); !p.Has(profile.PayBill, profile.BankCard) || p.Has(profile.PayBill, profile.QR) {
		t.Errorf("the profile is %+v", p)
	}

	got, err := bankCardOf(cfg, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bankcard.New(got); err != nil {
		t.Error(err)
	}
	bank := posp.Terminal{
		ID: "12345678", Merchant: "105290073724601", Operator: "001", Machine: "10000001", Scheme: posp.DoubleLength,
		TPDU: iso8583.TPDU{0x60, 0, 3, 0, 0}, Header: iso8583.Header{0x60, 0x31, 0, 0x31, 0x19, 3},
	}
	cfg.Card.Certificates = false
	if without, err := bankCardOf(cfg, time.UTC); err != nil || !without.Bank.NoCertificates {
		t.Errorf("certificates are sent: %+v, %v", without.Bank, err)
	}
	if got.Bank != bank || got.Method != pinpad.UnionPay || got.Master != 0 || got.PINSlot != 1 || got.MACSlot != 2 || got.SettleAt != 23*time.Hour+30*time.Minute {
		t.Errorf("%+v", got)
	}
	if got.Chip.Country != emv.China || got.Chip.Currency != emv.Yuan || got.Chip.Serial != "10000001" || len(got.Chip.Applications) != len(emv.UnionPay()) {
		t.Errorf("%+v", got.Chip)
	}

	cfg.Card.Applications, cfg.Card.MAC, cfg.Card.Keys = "A000000333010106", "x9.9", "double-track"
	got, err = bankCardOf(cfg, time.UTC)
	apps := got.Chip.Applications
	if err != nil || len(apps) != 1 || !bytes.Equal(apps[0].AID, []byte{0xA0, 0, 0, 3, 0x33, 1, 1, 6}) || apps[0].Denial != emv.UnionPay()[0].Denial {
		t.Errorf("%+v, %v", apps, err)
	}
	if got.Method != pinpad.X99 || got.Bank.Scheme != posp.DoubleWithTrack {
		t.Errorf("%+v", got)
	}

	cfg.Card.TPDU = "60"
	if _, err := bankCardOf(cfg, time.UTC); err == nil {
		t.Error("a TPDU of one byte is taken")
	}
}
