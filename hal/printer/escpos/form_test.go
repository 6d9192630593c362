package escpos_test

import (
	"errors"
	"testing"

	"wattkiosk/hal/printer"
	"wattkiosk/hal/printer/escpos"
)

func lines(n int) printer.Page {
	var p printer.Page
	for range n {
		p.Lines = append(p.Lines, printer.Line{Text: "x"})
	}
	return p
}

func TestForm(t *testing.T) {
	l := escpos.Layout{Columns: escpos.Columns76mm, FormLines: 30}
	j, err := l.Encode(lines(2))
	if err != nil {
		t.Fatal(err)
	}
	const want = "\x1b@\x1da\x00\x1c&" + "\x1b2\x1bC\x1e" + "x\nx\n" + "\x0c"
	if got := string(j.Bytes()); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if j.MM != 127 { // 30 lines of a sixth of an inch are five inches
		t.Errorf("%d mm of paper, want 127", j.MM)
	}
	if _, err := l.Encode(lines(28)); err != nil {
		t.Errorf("28 of 30 lines: %v", err)
	}
	if _, err := l.Encode(lines(29)); !errors.Is(err, escpos.ErrPage) {
		t.Errorf("29 of 30 lines: %v", err)
	}
	large := lines(26)
	large.Lines = append(large.Lines, printer.Line{Text: "x", Large: true}, printer.Line{FeedLines: 1})
	if _, err := l.Encode(large); !errors.Is(err, escpos.ErrPage) {
		t.Errorf("26 lines, a large one and a feed: %v", err)
	}
	// A QR code of 21 modules of 6 dots and a line: 156 dots, 6 lines.
	code := lines(23)
	code.Lines = append(code.Lines, printer.Line{QR: "x"})
	if _, err := l.Encode(code); !errors.Is(err, escpos.ErrPage) {
		t.Errorf("23 lines and a QR code: %v", err)
	}
}
