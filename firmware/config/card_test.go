package config_test

import (
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/config"
)

// card is a kiosk with card payment as a bank sets it up.
func card() config.Config {
	c := config.Default()
	c.Kiosk, c.BoardDir, c.ControlSocket = "10000001", "/b", "/run/c.sock"
	c.Devices.Card.Driver, c.Devices.Pinpad.Driver = "crt571", "zt588"
	c.Card.Enabled, c.Card.Terminal, c.Card.Merchant = true, "12345678", "105290073724601"

	return c
}

func TestCardIsCheckedWhereItIsOn(t *testing.T) {
	if err := card().Check(); err != nil {
		t.Fatal(err)
	}

	for key, spoil := range map[string]func(*config.Config){
		"card.terminal":      func(c *config.Config) { c.Card.Terminal = "1234567" },
		"card.merchant":      func(c *config.Config) { c.Card.Merchant = "10529007372460" },
		"card.merchant_name": func(c *config.Config) { c.Card.MerchantName = "供电公司" },
		"card.operator":      func(c *config.Config) { c.Card.Operator = "1" },
		"card.tpdu":          func(c *config.Config) { c.Card.TPDU = "60000300" },
		"card.header":        func(c *config.Config) { c.Card.Header = "60310031190g" },
		"card.keys":          func(c *config.Config) { c.Card.Keys = "triple" },
		"card.mac":           func(c *config.Config) { c.Card.MAC = "cmac" },
		"card.posts":         func(c *config.Config) { c.Card.Posts = "kiosk" },
		"card.master_slot":   func(c *config.Config) { c.Card.MasterSlot = 8 },
		"card.mac_slot":      func(c *config.Config) { c.Card.MACSlot = c.Card.PINSlot },
		"card.settle_at":     func(c *config.Config) { c.Card.SettleAt = "24:00" },
		"card.country":       func(c *config.Config) { c.Card.Country = "CN" },
		"card.currency":      func(c *config.Config) { c.Card.Currency = "CNY" },
		"card.fallback":      func(c *config.Config) { c.Card.Fallback = 10 },
		"card.applications":  func(c *config.Config) { c.Card.Applications = "A000000333010101,A0" },
		"card.enabled":       func(c *config.Config) { c.Devices.Pinpad.Driver = "" },
	} {
		c := card()
		spoil(&c)
		if err := c.Check(); err == nil || !strings.HasPrefix(err.Error(), "key "+key+": ") {
			t.Errorf("%s: %v", key, err)
		}
		c.Card.Enabled = false
		if err := c.Check(); err != nil {
			t.Errorf("%s, off: %v", key, err)
		}
	}
}

func TestCardValues(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "nonsense": 0, "00:00": time.Minute, "00:30": 30 * time.Minute, "23:30": 23*time.Hour + 30*time.Minute} {
		if got := (config.Card{SettleAt: text}).SettleAfter(); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}

	aids, err := config.Card{Applications: "a000000333010101, A00000033301010206"}.AIDs()
	if err != nil || len(aids) != 2 || len(aids[0]) != 8 || len(aids[1]) != 9 || aids[1][8] != 6 {
		t.Errorf("%x, %v", aids, err)
	}
	if aids, err = (config.Card{}).AIDs(); aids != nil || err != nil {
		t.Errorf("none: %x, %v", aids, err)
	}
}
