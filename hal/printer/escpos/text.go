package escpos

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Charset is the characters that a printer's font holds.
type Charset string

// The character sets.
const (
	// GBK is the two-byte plane of GB18030, which every Chinese printer has. It is the
	// zero value's meaning too.
	GBK Charset = "gbk"
	// GB18030 has the four-byte characters as well: rare surnames, most accented letters.
	// A printer of GBK alone sets such a character as two wrong ones, digits among them.
	GB18030 Charset = "gb18030"
)

// glyph is one printable character: its GB18030 bytes (1, 2 or 4) and the
// columns it takes. In kanji mode a printer sets every multi-byte character in
// a cell of two columns, whatever the character, so the byte count decides.
type glyph struct {
	code string
	cols int
}

var (
	space    = glyph{" ", 1}
	question = glyph{"?", 1}        // in place of what is no character of a text
	geta     = glyph{"\xA1\xFE", 2} // 〓, in place of an ideograph that the font does not hold
)

// typesetter turns text into glyphs of a character set.
type typesetter struct {
	gb18030 *encoding.Encoder
	gbk     *encoding.Encoder // nil = GB18030 is had in full
}

func newTypesetter(c Charset) typesetter {
	t := typesetter{gb18030: simplifiedchinese.GB18030.NewEncoder()}
	if c != GB18030 {
		t.gbk = simplifiedchinese.GBK.NewEncoder()
	}
	return t
}

// glyphs turns s into what a printer can set. Line breaks and odd spaces become a
// space; other control and format characters and combining marks vanish. Whatever the
// printer cannot set is replaced where it stands, never left out: an ideograph by 〓,
// private, undefined and pictographic characters, other letters and broken UTF-8 by '?'.
// No byte below 20h and no 7Fh comes out of it.
func (t typesetter) glyphs(s string) []glyph {
	out := make([]glyph, 0, len(s))
	for _, r := range s {
		if g, ok := t.glyph(r); ok {
			out = append(out, g)
		}
	}
	return out
}

func (t typesetter) glyph(r rune) (glyph, bool) {
	switch {
	case r >= 0x20 && r < 0x7F:
		return glyph{string(r), 1}, true
	case r == '\t' || r == '\n' || r == '\r':
		return space, true
	case r == 0x3000: // the ideographic space keeps its width
	case unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp):
		return space, true
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Mn, unicode.Me):
		return glyph{}, false
	case r == utf8.RuneError || unicode.Is(unicode.Co, r):
		return question, true
	case r > 0xFFFF && !unicode.Is(unicode.Han, r):
		return question, true
	case r == '¥': // GB18030 has it in four bytes only, which few fonts hold
		r = '￥'
	}

	code, err := t.gb18030.String(string(r))
	switch {
	case err != nil || len(code) < 2:
		return question, true
	case t.has(r, code):
		return glyph{code, 2}, true
	case unicode.Is(unicode.Han, r):
		return geta, true
	}
	return question, true
}

// has reports whether the printer has the character, which is code in GB18030.
func (t typesetter) has(r rune, code string) bool {
	if t.gbk == nil {
		return true
	}
	gbk, err := t.gbk.String(string(r))
	return err == nil && gbk == code
}

// width is the columns of g at normal size.
func width(g []glyph) int {
	n := 0
	for _, c := range g {
		n += c.cols
	}
	return n
}

// wrap breaks g into lines of at most cols columns (at least 2), at a space
// where a Latin word would be torn and a space is at hand.
func wrap(g []glyph, cols int) [][]glyph {
	var lines [][]glyph
	for width(g) > cols {
		n := fitting(g, cols)
		lines = append(lines, trimRight(g[:n]))
		g = g[n:]
		for len(g) > 0 && g[0] == space {
			g = g[1:]
		}
	}
	return append(lines, g)
}

// fitting is how many glyphs of g go on a line of cols columns.
func fitting(g []glyph, cols int) int {
	n, used := 0, 0
	for n < len(g) && used+g[n].cols <= cols {
		used += g[n].cols
		n++
	}

	if n == 0 {
		return 1
	}
	if n < len(g) && g[n] != space && g[n].cols == 1 {
		for i := n; i > 0; i-- {
			if g[i-1] == space {
				return i
			}
			if g[i-1].cols > 1 {
				return i
			}
		}
	}

	return n
}

func trimRight(g []glyph) []glyph {
	for len(g) > 0 && g[len(g)-1] == space {
		g = g[:len(g)-1]
	}
	return g
}

// pad appends n spaces.
func pad(g []glyph, n int) []glyph {
	for range n {
		g = append(g, space)
	}
	return g
}

// qrBytes is s as UTF-8 without control characters and broken sequences.
func qrBytes(s string) []byte {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if !unicode.IsControl(r) && r != utf8.RuneError {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}
