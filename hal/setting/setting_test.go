package setting_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/hal/setting"
)

// printer is the settings of a driver that is not there.
type printer struct {
	Columns int     `toml:"columns" help:"characters of a line; 48"`
	Charset string  `toml:"charset" help:"gbk or gb18030; gbk"`
	Notes   []int64 `toml:"notes" help:"values"`
	Cut     bool    `toml:"cut" help:"cut at the start; true"`
}

func TestDecode(t *testing.T) {
	got := printer{Columns: 48, Cut: true}
	err := setting.Decode(setting.Table{"charset": "gb18030", "notes": []any{int64(1), int64(5)}, "cut": false}, &got)
	want := printer{Columns: 48, Charset: "gb18030", Notes: []int64{1, 5}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestDecodeIsStrict(t *testing.T) {
	for _, c := range []struct {
		table setting.Table
		into  any
		want  string
	}{
		{setting.Table{"colums": int64(1)}, &printer{}, `unknown setting "colums": this driver has columns, charset, notes, cut`},
		{setting.Table{"colums": int64(1)}, &struct{}{}, `unknown setting "colums": this driver has none`},
		{setting.Table{"columns": "wide"}, &printer{}, "setting columns: incompatible types: TOML value has type string; destination has type integer"},
		{setting.Table{"notes": int64(1)}, &printer{}, "setting notes: incompatible types: TOML value has type int64; destination has type slice"},
	} {
		if err := setting.Decode(c.table, c.into); err == nil || err.Error() != c.want {
			t.Errorf("%v: %v, want %s", c.table, err, c.want)
		}
	}
}

func TestFields(t *testing.T) {
	want := []setting.Field{{"columns", "characters of a line; 48"}, {"charset", "gbk or gb18030; gbk"}, {"notes", "values"}, {"cut", "cut at the start; true"}}
	if diff := cmp.Diff(want, setting.Fields(printer{})); diff != "" {
		t.Error(diff)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]any{
		"66": int64(66), "true": true, `"66"`: "66", "gbk": "gbk", "/usr/lib/a.toml": "/usr/lib/a.toml", "": "",
		"1, 5,10":      []any{int64(1), int64(5), int64(10)},
		"[1, 5]":       []any{int64(1), int64(5)},
		"a,b":          "a,b",
		"1\n[devices]": nil,
	} {
		got, err := setting.Parse(text)
		if diff := cmp.Diff(want, got); diff != "" || (err != nil) != (want == nil) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("1,5")
	f.Fuzz(func(t *testing.T, text string) {
		v, err := setting.Parse(text)
		if err == nil {
			_ = setting.Decode(setting.Table{"charset": v}, &printer{}) // an error or a value, never a panic
		}
	})
}
