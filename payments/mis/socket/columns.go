package socket

import "fmt"

// writer and reader walk a body and keep their first error.
type writer struct {
	b    []byte
	code string
	row  int
	err  error
}

func (w *writer) fields(fields []Field, cell func(string) any) {
	for i := range fields {
		if w.err != nil {
			return
		}
		f := &fields[i]
		var v any
		if f.Kind != Literal {
			v = cell(f.cell())
		}
		var reason string
		if w.b, reason = f.append(w.b, v); reason != "" {
			w.err = &FieldError{Message: w.code, Field: f.Name, Row: w.row, Reason: reason}
		}
	}
}

func (w *writer) seal(f Frame) ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	return f.seal(w.b)
}

type reader struct {
	b    []byte
	code string
	row  int
	err  error
}

func (r *reader) fields(fields []Field, cell func(string) any) {
	for i := range fields {
		if r.err != nil {
			return
		}
		f := &fields[i]
		if len(r.b) < f.Width {
			r.fail(f.Name, fmt.Sprintf("message ends: %d bytes left, width %d", len(r.b), f.Width))
			return
		}
		var v any
		if f.Kind != Literal {
			v = cell(f.cell())
		}
		if reason := f.parse(r.b[:f.Width], v); reason != "" {
			r.fail(f.Name, reason)
		}
		r.b = r.b[f.Width:]
	}
}

func (r *reader) fail(field, reason string) {
	r.err = &FieldError{Message: r.code, Field: field, Row: r.row, Reason: reason}
}

func (r *reader) close() error {
	if r.err == nil && len(r.b) > 0 {
		return fmt.Errorf("%w: message %s: %d bytes after the last field", ErrMalformed, r.code, len(r.b))
	}
	return r.err
}
