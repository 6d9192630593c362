package flashapi

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"

	"wattkiosk/ota/manifest"
)

// Path is that of both routes.
const Path = "/devices/firmware"

// Kiosk is what the server needs of kioskd. Its methods do not block.
type Kiosk interface {
	// Offer takes a firmware over; ErrBusy if another one is under way.
	Offer(Firmware) (State, error)
	State() State
}

// Add adds the routes to a mux.
func Add(mux *http.ServeMux, k Kiosk) {
	mux.HandleFunc("PUT "+Path, func(w http.ResponseWriter, r *http.Request) { put(w, r, k) })
	mux.HandleFunc("GET "+Path, func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, k.State()) })
}

// put answers 202, 409 busy, or 422 for a firmware that does not hold together.
func put(w http.ResponseWriter, r *http.Request, k Kiosk) {
	f, sum, err := describe(r.URL.Query())
	if err == nil {
		f.Image, err = io.ReadAll(http.MaxBytesReader(w, r.Body, manifest.MaxPeripheral))
	}

	if err == nil && sha256.Sum256(f.Image) != sum {
		err = errors.New("the image has another hash")
	}

	if err != nil {
		write(w, http.StatusUnprocessableEntity, problem("bad-firmware", err))
		return
	}

	s, err := k.Offer(f)
	if err != nil {
		write(w, http.StatusConflict, problem("busy", err))
		return
	}

	write(w, http.StatusAccepted, s)
}

// describe reads what a firmware is. Whether it makes sense the manifest's rules say.
func describe(q url.Values) (f Firmware, sum manifest.Digest, err error) {
	f = Firmware{Name: q.Get("name"), Device: manifest.Device{Class: q.Get("class"), Driver: q.Get("driver"), Model: q.Get("model"), Version: q.Get("version")}}
	if f.Device.Older, err = strconv.ParseBool(q.Get("older")); err != nil {
		return f, sum, fmt.Errorf("older: %w", err)
	}
	if err := sum.UnmarshalText([]byte(q.Get("sha256"))); err != nil {
		return f, sum, err
	}
	for _, word := range []string{f.Name, f.Device.Class, f.Device.Driver, f.Device.Model, f.Device.Version} {
		if !printed.MatchString(word) {
			return f, sum, fmt.Errorf("%.100q is no name or version", word)
		}
	}
	return f, sum, nil
}

// printed is what a manifest may name things.
var printed = regexp.MustCompile(`^[!-~]([ -~]{0,78}[!-~])?$`)

// Target is the path and query of the PUT that offers a firmware.
func (f Firmware) Target() string {
	return Path + "?" + url.Values{
		"name": {f.Name}, "class": {f.Device.Class}, "driver": {f.Device.Driver}, "model": {f.Device.Model}, "version": {f.Device.Version},
		"older": {strconv.FormatBool(f.Device.Older)}, "sha256": {manifest.Digest(sha256.Sum256(f.Image)).String()},
	}.Encode()
}

// Decode reads what either route answers; ErrBusy is wrapped.
func Decode(status int, body []byte) (State, error) {
	if status == http.StatusOK || status == http.StatusAccepted {
		var s State
		if err := json.Unmarshal(body, &s); err != nil {
			return State{}, fmt.Errorf("cannot read what the kiosk program answers: %w", err)
		}
		return s, nil
	}
	var a answer
	if err := json.Unmarshal(body, &a); err == nil && status == http.StatusConflict {
		return State{}, fmt.Errorf("%w: %.200s", ErrBusy, a.Error.Message)
	}
	return State{}, fmt.Errorf("the kiosk program answers %d: %.200s", status, body)
}

// answer is the JSON of an error.
type answer struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func problem(code string, err error) (a answer) {
	a.Error.Code, a.Error.Message = code, err.Error()
	return a
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has gone: nobody to tell
}
