package escpos

import "fmt"

// Settings are what a configuration can say of a printer.
type Settings struct {
	Columns   int     `toml:"columns" help:"characters of a line: 48 or 42 on paper of 80 mm, 32 on 58 mm, 40 on 76 mm forms; missing = 48, or 40 with form_lines"`
	FormLines int     `toml:"form_lines" help:"length of a form in lines of a sixth of an inch, 12 to 127, for a printer on forms; missing = plain paper, which is cut"`
	Charset   Charset `toml:"charset" help:"gbk, or gb18030 for a printer whose font has its four-byte characters too; missing = gbk"`
}

// Config checks the settings and turns them into a Config, which cuts the paper when the
// printer is first reached.
func (s Settings) Config() (Config, error) {
	cfg := Config{CutAtStart: s.FormLines == 0}
	cfg.Layout = Layout{Columns: s.Columns, FormLines: s.FormLines, Charset: s.Charset}
	if s.FormLines != 0 && s.Columns == 0 {
		cfg.Layout.Columns = Columns76mm
	}

	switch {
	case s.Columns != 0 && (s.Columns < minColumns || s.Columns > maxColumns):
		return cfg, fmt.Errorf("setting columns: %d is not within %d to %d", s.Columns, minColumns, maxColumns)
	case s.FormLines != 0 && (s.FormLines < MinFormLines || s.FormLines > MaxFormLines):
		return cfg, fmt.Errorf("setting form_lines: %d is not within %d to %d", s.FormLines, MinFormLines, MaxFormLines)
	case s.Charset != "" && s.Charset != GBK && s.Charset != GB18030:
		return cfg, fmt.Errorf("setting charset: %.20q is neither %s nor %s", s.Charset, GBK, GB18030)
	}
	return cfg, nil
}
