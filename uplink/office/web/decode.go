package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"

	"wattkiosk/boards/ground/strictjson"
)

// MaxBody is the largest request body in bytes.
const MaxBody = 64 << 10

var (
	errInput      = errors.New("not valid")
	errNotOffered = errors.New("not offered")
)

// decode reads exactly one JSON value into v. It refuses unknown fields, anything
// after the value, and text that is not UTF-8.
func decode(r io.Reader, v any) error {
	b, err := io.ReadAll(io.LimitReader(r, MaxBody+1))
	if err != nil {
		return fmt.Errorf("cannot read body: %w", err)
	}
	if len(b) > MaxBody {
		return &http.MaxBytesError{Limit: MaxBody}
	}
	if !utf8.Valid(b) {
		return fmt.Errorf("body %w: not UTF-8", errInput)
	}
	if err := strictjson.Decode(b, MaxBody, v); err != nil {
		return fmt.Errorf("body %w: %w", errInput, err)
	}
	return nil
}

// body decodes a request's JSON body, or answers the request and returns false.
func (s *hall) body(w http.ResponseWriter, r *http.Request, v any) bool {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		writeError(w, http.StatusUnsupportedMediaType, codeBad, "Content-Type must be application/json")
		return false
	}
	err := decode(r.Body, v)
	var big *http.MaxBytesError
	switch {
	case err == nil:
		return true
	case errors.As(err, &big):
		writeError(w, http.StatusRequestEntityTooLarge, codeTooLarge, fmt.Sprintf("body over %d bytes", MaxBody))
	case errors.Is(err, errInput):
		writeError(w, http.StatusBadRequest, codeBad, err.Error())
	default:
		writeError(w, http.StatusBadRequest, codeBad, "body cannot be read")
	}
	return false
}
