package flash_test

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"wattkiosk/ota/flash"
)

func TestParseSite(t *testing.T) {
	for _, tt := range []struct{ text, words string }{ // words "": it is taken
		{"profile = \"query\"\n", ""},
		{"\ufeff# 网点\r\n[devices.printer]\r\ndriver = \"escpos\"\r\n", ""},
		{"", "sets nothing"},
		{"# profile = \"query\"\n", "sets nothing"},
		{"profile = query\n", "is not TOML"},
		{"[devices.validator\ndriver = \"ccnet\"\n", "is not TOML"},
		{"profile = \"query\"\nprofile = \"lobby\"\n", "is not TOML"},
		{"p\x00r\x00=\x001\x00", "is not TOML"},
		{"OFFICE=https://office.example\nKIOSK=10000001\n", "is not TOML"},
		{"profile = \"query\"\n#" + strings.Repeat("x", 64<<10), "more than 65536 bytes"},
	} {
		_, err := flash.ParseSite([]byte(tt.text))
		switch {
		case tt.words == "" && err != nil:
			t.Errorf("%.60q: %v", tt.text, err)
		case tt.words != "" && (code(err) != flash.BadSite || !strings.Contains(err.Error(), tt.words)):
			t.Errorf("%.60q: %v, want %q", tt.text, err, tt.words)
		}
	}
}

// FuzzSite: what is taken is something that the board's parser reads too.
func FuzzSite(f *testing.F) {
	f.Add("profile = \"query\"\n[devices.validator]\r\ndriver = 'ccnet'\r\n")
	f.Add("\ufeffa.b = [1, 2]\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := flash.ParseSite([]byte(text))
		if err != nil {
			if code(err) != flash.BadSite {
				t.Errorf("%v has no code", err)
			}
			return
		}
		set := map[string]toml.Primitive{}
		if _, err := toml.Decode(text, &set); err != nil || len(set) == 0 || len(text) > 64<<10 {
			t.Errorf("%q was taken: %v", text, err)
		}
	})
}
