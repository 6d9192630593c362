package form

import (
	"strings"
	"unicode"
)

// formulas are what a program of sheets takes a cell for a formula by, where it begins with one
// of them; the wide ones too, which some programs make narrow.
const formulas = "=+-@＝＋－＠"

// Formula reports whether a program of sheets might carry a text out, as a cell or, where it
// divides lines by other signs than they were written with, as a part of one: a formula behind
// spaces and quotes, at the beginning or after a comma, a semicolon or a control character.
func Formula(text string) bool { return strings.ContainsAny(text, formulas) && Harmless(text) != text }

// Harmless is a text that no program of sheets takes for a formula: each sign that begins one
// has an apostrophe before it, and control characters are spaces. The apostrophe is part of the
// text from then on: who reads the cell back reads it too.
func Harmless(text string) string {
	var b strings.Builder
	begins := true
	for _, r := range text {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			begins, r = true, ' '
		}
		switch {
		case begins && strings.ContainsRune(formulas, r):
			b.WriteByte('\'')
			begins = false
		case strings.ContainsRune(",;", r):
			begins = true
		case !unicode.IsSpace(r) && !strings.ContainsRune("\"“”\uFEFF", r):
			begins = false
		}
		b.WriteRune(r)
	}

	return b.String()
}
