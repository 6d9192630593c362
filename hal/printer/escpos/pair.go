package escpos

// pair sets a label at the left edge and a value at the right edge of lines of
// cols columns. A value too long for the room beside its label goes on in the
// same column below; a label longer than half the line gets lines of its own.
func pair(label, value []glyph, cols int) [][]glyph {
	wl, wv := width(label), width(value)
	switch {
	case wl == 0 || wv == 0 || wl+1+wv <= cols:
		if wl+wv > cols {
			return wrap(append(label, value...), cols)
		}
		line := pad(append([]glyph(nil), label...), cols-wl-wv)
		return [][]glyph{trimRight(append(line, value...))}
	case wl <= cols/2:
		return hang(label, value, cols)
	}

	lines := wrap(label, cols)
	for _, v := range wrap(value, cols) {
		lines = append(lines, append(pad(nil, cols-width(v)), v...))
	}
	return lines
}

// hang sets the value in a column of its own right of the label.
func hang(label, value []glyph, cols int) [][]glyph {
	indent := width(label) + 1
	var lines [][]glyph
	for i, v := range wrap(value, cols-indent) {
		line := pad(nil, indent)
		if i == 0 {
			line = pad(append([]glyph(nil), label...), 1)
		}
		lines = append(lines, append(line, v...))
	}
	return lines
}
