// Package strictjson reads JSON that must be exactly what was agreed: one value, no
// field that the reader does not know, nothing after it, and not beyond a size.
//
// The standard decoder's other habits stay: names match without regard to case, the
// last of two equal names counts, and text that is not UTF-8 is repaired. A reader
// that minds checks for it.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Errors that a caller may want to answer in its own way.
var (
	ErrTooLarge = errors.New("too large")
	ErrTrailing = errors.New("something follows the value")
)

// Decode reads the one value in b, of at most limit bytes, into v. What v holds after
// an error is not defined.
func Decode(b []byte, limit int, v any) error {
	if len(b) > limit {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(b), limit)
	}

	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return ErrTrailing
	}
	return nil
}

// Read is Decode of what r holds. It reads no more than one byte beyond limit; an
// error of r is returned as it is.
func Read(r io.Reader, limit int, v any) error {
	b, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return err
	}
	if len(b) > limit {
		return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	return Decode(b, limit, v)
}
