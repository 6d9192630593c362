package fixedfield

import "fmt"

// Writer writes a body field by field, and keeps its first error.
type Writer struct {
	Row int // of the repeated group from 1; 0 outside it

	frame Frame
	b     []byte
	code  string
	err   error
}

// NewWriter begins the body of a message with room for size bytes.
func NewWriter(f Frame, size int, code string) *Writer {
	return &Writer{frame: f, b: f.begin(size, code), code: code}
}

// Fields writes fields; cell is where the value of a name is.
func (w *Writer) Fields(fields []Field, cell func(string) any) {
	for i := range fields {
		if w.err != nil {
			return
		}
		f := &fields[i]
		var v any
		if f.Kind != Literal {
			v = cell(f.Cell())
		}
		var reason string
		if w.b, reason = f.append(w.b, v); reason != "" {
			w.err = &FieldError{Message: w.code, Field: f.Name, Row: w.Row, Reason: reason}
		}
	}
}

// Seal is the whole frame, or the first error.
func (w *Writer) Seal() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	return w.frame.seal(w.b)
}

// Columns reads a body field by field, and keeps its first error.
type Columns struct {
	Row int // of the repeated group from 1; 0 outside it

	b    []byte
	code string
	err  error
}

// NewColumns reads the body of the message of a code.
func NewColumns(code string, body []byte) *Columns { return &Columns{b: body, code: code} }

// Err is the first error.
func (r *Columns) Err() error { return r.err }

// Fields reads fields; cell is where the value of a name goes.
func (r *Columns) Fields(fields []Field, cell func(string) any) {
	for i := range fields {
		if r.err != nil {
			return
		}
		f := &fields[i]
		if len(r.b) < f.Width {
			r.Fail(f.Name, fmt.Sprintf("message ends: %d bytes left, width %d", len(r.b), f.Width))
			return
		}
		var v any
		if f.Kind != Literal {
			v = cell(f.Cell())
		}
		if reason := f.parse(r.b[:f.Width], v); reason != "" {
			r.Fail(f.Name, reason)
		}
		r.b = r.b[f.Width:]
	}
}

// Fail makes a value that was read the first error.
func (r *Columns) Fail(field, reason string) {
	if r.err != nil {
		return
	}
	r.err = &FieldError{Message: r.code, Field: field, Row: r.Row, Reason: reason}
}

// Close is the first error, or that something follows the last field.
func (r *Columns) Close() error {
	if r.err == nil && len(r.b) > 0 {
		return fmt.Errorf("%w: message %s: %d bytes after the last field", ErrMalformed, r.code, len(r.b))
	}
	return r.err
}
