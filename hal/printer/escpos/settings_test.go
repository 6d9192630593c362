package escpos_test

import (
	"testing"

	"wattkiosk/hal/printer/escpos"
)

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		name string
		set  escpos.Settings
		want escpos.Layout
		cut  bool
		err  string
	}{
		{"none", escpos.Settings{}, escpos.Layout{}, true, ""},
		{"58 mm", escpos.Settings{Columns: 32}, escpos.Layout{Columns: 32}, true, ""},
		{"forms", escpos.Settings{FormLines: 66}, escpos.Layout{Columns: 40, FormLines: 66}, false, ""},
		{"a full font", escpos.Settings{Charset: "gb18030"}, escpos.Layout{Charset: escpos.GB18030}, true, ""},
		{"narrow", escpos.Settings{Columns: 8}, escpos.Layout{}, false, "setting columns: 8 is not within 16 to 96"},
		{"a form too long", escpos.Settings{FormLines: 128}, escpos.Layout{}, false, "setting form_lines: 128 is not within 12 to 127"},
		{"another font", escpos.Settings{Charset: "big5"}, escpos.Layout{}, false, `setting charset: "big5" is neither gbk nor gb18030`},
	} {
		cfg, err := c.set.Config()
		if c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%s: %v, want %s", c.name, err, c.err)
			}
			continue
		}
		if err != nil || cfg.Layout != c.want || cfg.CutAtStart != c.cut {
			t.Errorf("%s: %+v, %v", c.name, cfg, err)
		}
	}
}
