package cmdline

import (
	"bytes"
	"io"
	"os"
	"unicode"
	"unicode/utf8"
)

// Screen is where a program writes what people read. On a terminal nothing that it writes moves
// the cursor, colours, or turns the direction of text: what kiosks, files and other people say
// would have a line read otherwise than it is. Into a file or a pipe all goes as it is.
func Screen(f *os.File) io.Writer {
	if st, err := f.Stat(); err != nil || st.Mode()&os.ModeCharDevice == 0 {
		return f
	}

	return &plain{to: f}
}

// plain writes text with each character that a terminal would carry out as U+FFFD. Of a
// character that a write cuts in two the first part waits for the rest.
type plain struct {
	to   io.Writer
	rest []byte
}

// Write implements io.Writer; what it counts is what it was given.
func (p *plain) Write(b []byte) (int, error) {
	text := append(p.rest, b...)
	whole := len(text)
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if c := text[len(text)-n]; utf8.RuneStart(c) {
			if !utf8.FullRune(text[len(text)-n:]) {
				whole = len(text) - n
			}
			break
		}
	}
	p.rest = bytes.Clone(text[whole:])
	if _, err := p.to.Write(bytes.Map(shown, text[:whole])); err != nil {
		return 0, err
	}

	return len(b), nil
}

func shown(r rune) rune {
	if r == '\n' || r == '\t' || !unicode.IsControl(r) && !unicode.Is(unicode.Bidi_Control, r) {
		return r
	}

	return utf8.RuneError
}

// Redraw writes a line over the one before, without an end: text of the program's own, as of
// how far something is.
func Redraw(w io.Writer, text string) {
	if p, ok := w.(*plain); ok {
		_, _ = io.WriteString(p.to, "\r")
	} else {
		_, _ = io.WriteString(w, "\r")
	}
	_, _ = io.WriteString(w, text)
}
