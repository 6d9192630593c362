package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"wattkiosk/boards/ground/strictjson"
)

// maxBody bounds the body of a call, in bytes.
const maxBody = 64 << 10

// refusal is an answer other than 200.
type refusal struct {
	status  int
	code    string
	message string
}

// Error implements error.
func (r *refusal) Error() string { return r.code + ": " + r.message }

// no makes a refusal. Codes are bad-body, too-large, unknown, refused,
// not-built and unavailable.
func no(status int, code, format string, args ...any) error {
	return &refusal{status, code, fmt.Sprintf(format, args...)}
}

// unknown is a value that the call does not have.
func unknown(format string, args ...any) error {
	return no(http.StatusUnprocessableEntity, "unknown", format, args...)
}

// call is a handler that returns what to answer as JSON.
type call func(r *http.Request) (any, error)

// ServeHTTP implements http.Handler.
func (c call) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	v, err := c(r)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

func writeError(w http.ResponseWriter, err error) {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		r = &refusal{http.StatusInternalServerError, "failed", err.Error()}
	}
	writeJSON(w, r.status, map[string]any{"error": map[string]string{"code": r.code, "message": r.message}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a client that has gone needs no answer
}

// body reads exactly one JSON object with no field that v does not have.
func body(r *http.Request, v any) error {
	b, err := io.ReadAll(r.Body)
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return no(http.StatusRequestEntityTooLarge, "too-large", "a body is at most %d bytes", maxBody)
	}
	if err != nil {
		return no(http.StatusBadRequest, "bad-body", "the body could not be read")
	}
	if !bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("{")) {
		return no(http.StatusBadRequest, "bad-body", "a JSON object is expected")
	}
	if err := strictjson.Decode(b, maxBody, v); err != nil {
		return no(http.StatusBadRequest, "bad-body", "%s", err)
	}
	return nil
}

// required says that a field of a body is missing.
func required(field string) error {
	return no(http.StatusBadRequest, "bad-body", "%s is missing", field)
}
