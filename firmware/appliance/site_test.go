package appliance

import (
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/firmware/config"
)

// TestTheSiteOfTheFileReachesTheCore, each value in its own place.
func TestTheSiteOfTheFileReachesTheCore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kiosk.toml")
	put(t, file, []byte(`kiosk = "10000001"
[site]
utility = "示范供电公司"
name = "城东营业厅"
address = "示范市人民路1号"
hotline = "95598"
hours = "08:00-20:00"
`))
	cfg, err := config.Load([]string{file}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := terminalOf(cfg, "1.2.3", nil, time.UTC)
	if c.Terminal != "10000001" || c.Utility != "示范供电公司" || c.Site != "城东营业厅" || c.Place != "示范市人民路1号" || c.Hotline != "95598" || c.Hours != "08:00-20:00" {
		t.Errorf("the core is told %+v", c)
	}
}
