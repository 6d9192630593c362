package escpossim

import (
	"fmt"
	"strings"
	"unicode"
)

// Slip is one piece of printed paper. It does not change any more.
type Slip struct {
	Number  int   // counts from 1
	Partial bool  // paper, power or the host's patience ended in it
	MM      int64 // its length

	dots     int
	elements []element
	fonts    *fontCache
}

// Text is the slip in plain text, one line per printed line, placed by its
// alignment in columns of a normal character. A QR code is [QR:content], a
// barcode [BARCODE:content], a picture [IMAGE:width×height]. It ends with a line
// feed unless it is empty.
func (s Slip) Text() string {
	var b strings.Builder
	for _, e := range s.elements {
		if e.kind == kindFeed && e.height != defaultLine {
			continue // fed by dots, not by lines
		}
		b.WriteString(strings.TrimRight(s.indent(e)+e.plain(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// plain is the element's text without its place.
func (e element) plain() string {
	switch e.kind {
	case kindText:
		var b strings.Builder
		for _, s := range e.spans {
			b.WriteString(s.text)
		}
		return b.String()
	case kindQR:
		return "[QR:" + visible(e.code) + "]"
	case kindBarcode:
		return "[BARCODE:" + visible(e.code) + "]"
	case kindRaster:
		return fmt.Sprintf("[IMAGE:%d×%d]", e.width, e.height/e.scale[1])
	}

	return ""
}

// visible keeps the content of a code on its line.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '.'
		}
		return r
	}, s)
}

// indent is the spaces left of the element.
func (s Slip) indent(e element) string {
	cols := s.dots / cellWidth
	room := cols - e.columns()
	if room <= 0 {
		return ""
	}
	switch e.align {
	case 1:
		return strings.Repeat(" ", room/2)
	case 2:
		return strings.Repeat(" ", room)
	}
	return ""
}

// columns is how wide the element is, in normal characters.
func (e element) columns() int {
	if e.kind != kindText {
		return len(e.plain())
	}
	return e.textDots() / cellWidth
}

// textDots is the width of a line of text.
func (e element) textDots() int {
	n := 0
	for _, s := range e.spans {
		n += s.cols * cellWidth * s.wide
	}
	return n
}
