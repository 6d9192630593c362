package fixedfield

import (
	"fmt"
	"strings"
)

// Cell is one field of a message without its padding: what an interface carries that has
// named fields and no frame. Numbers are without leading zeros, text is GB18030.
type Cell struct {
	Name  string // the province's
	Row   int    // of the repeated group from 1; 0 outside it
	Value string
}

// Cells takes the frame of a message of this layout apart, in its order. It checks what
// every frame is checked for, and leaves what the values mean to decoding.
func (f Frame) Cells(l Layout, frame []byte) ([]Cell, error) {
	code, body, err := f.Open(frame)
	if err != nil {
		return nil, err
	}
	if code != l.Code {
		return nil, fmt.Errorf("%w: code %q, want %q", ErrMalformed, code, l.Code)
	}

	var cells []Cell
	take := func(fields []Field, row int) error {
		for i := range fields {
			field := &fields[i]
			if len(body) < field.Width {
				return &FieldError{Message: l.Code, Field: field.Name, Row: row, Reason: "message ends"}
			}
			cells = append(cells, Cell{field.Name, row, field.strip(string(body[:field.Width]))})
			body = body[field.Width:]
		}
		return nil
	}
	if err := take(l.Fields, 0); err != nil {
		return nil, err
	}
	for row := 1; len(l.Group) > 0 && len(body) > 0; row++ {
		if err := take(l.Group, row); err != nil {
			return nil, err
		}
	}
	if len(body) > 0 {
		return nil, fmt.Errorf("%w: message %s: %d bytes after the last field", ErrMalformed, l.Code, len(body))
	}

	return cells, nil
}

// Assemble makes the frame of a message of this layout, with up to most rows of its group.
// A cell that is missing is blank; one that the message has no place for, or two for one
// place, is refused. What the values mean is checked by who decodes the frame.
func (f Frame) Assemble(l Layout, most int, cells []Cell) ([]byte, error) {
	type place struct {
		name string
		row  int
	}
	values, rows := map[place]string{}, 0
	for _, cell := range cells {
		at := place{cell.Name, cell.Row}
		if _, twice := values[at]; twice || cell.Row < 0 || cell.Row > most {
			return nil, &FieldError{Message: l.Code, Field: cell.Name, Row: cell.Row, Reason: "twice, or too many rows"}
		}
		values[at], rows = cell.Value, max(rows, cell.Row)
	}

	b := f.begin(512, l.Code)
	put := func(fields []Field, row int) error {
		for i := range fields {
			at := place{fields[i].Name, row}
			raw, reason := fields[i].pad(values[at])
			if reason != "" {
				return &FieldError{Message: l.Code, Field: at.name, Row: row, Reason: reason}
			}
			b = append(b, raw...)
			delete(values, at)
		}
		return nil
	}
	if err := put(l.Fields, 0); err != nil {
		return nil, err
	}
	for row := 1; row <= rows; row++ {
		if err := put(l.Group, row); err != nil {
			return nil, err
		}
	}
	for at := range values {
		return nil, &FieldError{Message: l.Code, Field: at.name, Row: at.row, Reason: "no such field"}
	}

	return f.seal(b)
}

// numeric reports whether the padding is zeros on the left. A signed number keeps its own:
// the sign comes first. It is read without them too, as an interface has it that knows
// numbers.
func (f *Field) numeric() bool { return f.Kind == Amount || f.Kind == Count || f.Kind == Number }

// strip takes the padding off.
func (f *Field) strip(raw string) string {
	if !f.numeric() {
		return strings.TrimRight(raw, " ")
	}
	if s := strings.TrimLeft(raw, "0"); s != "" {
		return s
	}

	return "0"
}

// pad puts it back; "" is success.
func (f *Field) pad(value string) (raw, reason string) {
	if len(value) > f.Width {
		return "", fmt.Sprintf("%d bytes, width %d", len(value), f.Width)
	}
	if value == "" {
		return strings.Repeat(" ", f.Width), ""
	}

	zeros := strings.Repeat("0", f.Width-len(value))
	switch {
	case f.numeric():
		return zeros + value, ""
	case f.Kind == Signed && (value[0] == '+' || value[0] == '-'):
		return value[:1] + zeros + value[1:], ""
	case f.Kind == Signed && zeros != "":
		return "+" + zeros[1:] + value, ""
	}
	return value + strings.Repeat(" ", f.Width-len(value)), ""
}
