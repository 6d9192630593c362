package escpossim

import (
	"golang.org/x/text/encoding/simplifiedchinese"
)

// printable sets one character of the buffer on the line.
func (d *Device) printable(b []byte) bool {
	if len(b) == 1 {
		if b[0] >= 0x80 {
			return d.char("¿", 1) // a code page, not kanji mode: nothing to read
		}
		return d.char(string(rune(b[0])), 1)
	}
	s, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil || len(s) == 0 {
		return d.char("�", 2)
	}
	return d.char(string(s), 2)
}

// char sets s, cols cells wide, breaking the line where it is full.
func (d *Device) char(s string, cols int) bool {
	w := cols * cellWidth * d.mode.wide
	if d.curX > 0 && d.curX+w > d.cfg.Dots && !d.lineFeed() {
		return false
	}

	d.curX += w
	m := d.mode
	if n := len(d.line); n > 0 {
		l := &d.line[n-1]
		if l.bold == m.bold && l.underline == m.underline && l.wide == m.wide && l.high == m.high {
			l.text += s
			l.cols += cols
			return true
		}
	}

	d.line = append(d.line, span{s, m.bold, m.underline, m.wide, m.high, cols})
	return true
}

// lineFeed prints the line, which may be empty.
func (d *Device) lineFeed() bool {
	e := element{kind: kindFeed, align: d.mode.align, height: d.mode.spacing}
	if len(d.line) > 0 {
		e.kind, e.spans = kindText, d.line
		for _, s := range d.line {
			e.height = max(e.height, s.high*cellHeight)
		}
	}
	if !d.put(e) {
		return false
	}
	d.line, d.curX = nil, 0
	return true
}

func (d *Device) feedLines(n int) bool {
	if len(d.line) > 0 {
		if !d.lineFeed() {
			return false
		}
		n--
	}
	for range n {
		if !d.lineFeed() {
			return false
		}
	}
	return true
}

func (d *Device) feedDots(n int) bool {
	if len(d.line) > 0 && !d.lineFeed() {
		return false
	}
	return d.put(element{kind: kindFeed, height: n})
}
