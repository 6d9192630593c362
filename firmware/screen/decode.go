package screen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"wattkiosk/firmware/page"
)

// Bounds of an intent.
const (
	maxArgs  = 8
	maxName  = 32  // bytes of an intent's or an argument's name
	maxValue = 255 // bytes of an argument's value: the longest name of a file
)

// badIntent is why a body is no intent, as it is answered.
type badIntent struct {
	status  int
	code    string
	message string
}

// Error implements error.
func (b *badIntent) Error() string { return b.code + ": " + b.message }

func bad(code, format string, a ...any) error {
	return &badIntent{http.StatusUnprocessableEntity, code, fmt.Sprintf(format, a...)}
}

// decoderFor picks the decoder for a content type. What curl -d sends is called
// a form even when it is JSON, so a form that begins with a brace is read as
// JSON: no form of ours begins so.
func decoderFor(contentType string) (func([]byte) (page.Intent, error), error) {
	kind, _, err := mime.ParseMediaType(contentType)
	if err == nil {
		switch kind {
		case "application/json":
			return decodeJSON, nil
		case "application/x-www-form-urlencoded":
			return func(b []byte) (page.Intent, error) {
				if bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("{")) {
					return decodeJSON(b)
				}
				return decodeForm(b)
			}, nil
		}
	}

	return nil, &badIntent{http.StatusUnsupportedMediaType, "content-type", "send application/json or application/x-www-form-urlencoded"}
}

// draft is an intent while its fields come in.
type draft struct {
	page.Intent
	seen map[string]bool
}

// decodeJSON reads exactly {"rev":12,"name":"…","args":{…}}: no other field, none
// twice, nothing after it. args may be left out or null.
func decodeJSON(body []byte) (page.Intent, error) {
	if !utf8.Valid(body) {
		return page.Intent{}, bad("bad-json", "the body is not UTF-8")
	}

	d := draft{seen: map[string]bool{}}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	err := members(dec, func(key string) error { return d.member(dec, key) })
	if err == nil {
		if _, end := dec.Token(); !errors.Is(end, io.EOF) {
			err = bad("bad-json", "there is something behind the object")
		}
	}

	if err != nil {
		if _, ok := errors.AsType[*badIntent](err); !ok {
			err = bad("bad-json", "the body is not a JSON object")
		}
		return page.Intent{}, err
	}

	return d.finished()
}

// members reads one object and calls f with each key, f reads the value.
func members(dec *json.Decoder, f func(key string) error) error {
	if t, err := dec.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return bad("bad-json", "an object is expected")
	}

	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		if err := f(t.(string)); err != nil { // a key is always a string
			return err
		}
	}

	_, err := dec.Token()
	return err
}

func (d *draft) member(dec *json.Decoder, key string) error {
	if err := d.once(key); err != nil {
		return err
	}

	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return err
	}

	switch key {
	case "rev":
		return d.setRev(string(raw))
	case "name":
		if err := json.Unmarshal(raw, &d.Name); err != nil || raw[0] != '"' {
			return bad("bad-name", "name must be a string")
		}
		return nil
	}

	return d.setArgs(raw)
}

// once notes a top-level field and refuses unknown and repeated ones.
func (d *draft) once(key string) error {
	switch {
	case key != "rev" && key != "name" && key != "args":
		return bad("unknown-field", "%.40q is no field of an intent", key)
	case d.seen[key]:
		return bad("repeated-field", "%q is given twice", key)
	}
	d.seen[key] = true
	return nil
}

func (d *draft) setRev(text string) (err error) {
	if d.Rev, err = strconv.ParseUint(text, 10, 64); err != nil {
		return bad("bad-rev", "rev must be a whole number")
	}
	return nil
}

func (d *draft) setArgs(raw []byte) error {
	if string(raw) == "null" {
		return nil
	}

	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return members(dec, func(key string) error {
		v, err := dec.Token()
		if err != nil {
			return err
		}
		switch v := v.(type) {
		case string:
			return d.setArg(key, v)
		case json.Number:
			return d.setArg(key, v.String())
		case bool:
			return d.setArg(key, strconv.FormatBool(v))
		}
		return bad("bad-argument", "argument %.40q must be a string, a number or a boolean", key)
	})
}

func (d *draft) setArg(key, value string) error {
	if d.Args == nil {
		d.Args = map[string]string{}
	}

	_, twice := d.Args[key]
	switch {
	case !plain(key):
		return bad("bad-argument", "%.40q is no name of an argument", key)
	case twice:
		return bad("bad-argument", "argument %q is given twice", key)
	case len(value) > maxValue || !utf8.ValidString(value):
		return bad("bad-argument", "argument %q is too long or not text", key)
	case len(d.Args) == maxArgs:
		return bad("bad-argument", "an intent has at most %d arguments", maxArgs)
	}

	d.Args[key] = value
	return nil
}

// decodeForm reads rev=12&name=account&args.number=1000000001; args may also be
// one field that holds the JSON object.
func decodeForm(body []byte) (page.Intent, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return page.Intent{}, bad("bad-form", "the body is not a form")
	}
	d := draft{seen: map[string]bool{}}
	for key, values := range form {
		if len(values) != 1 {
			return page.Intent{}, bad("repeated-field", "%.40q is given twice", key)
		}
		if err := d.formField(key, values[0]); err != nil {
			return page.Intent{}, err
		}
	}
	return d.finished()
}

func (d *draft) formField(key, value string) error {
	if arg, ok := strings.CutPrefix(key, "args."); ok {
		return d.setArg(arg, value)
	}

	if err := d.once(key); err != nil {
		return err
	}

	switch key {
	case "rev":
		return d.setRev(value)
	case "name":
		d.Name = value
		return nil
	}

	if !json.Valid([]byte(value)) {
		return bad("bad-argument", "args must be a JSON object")
	}

	return d.setArgs([]byte(value))
}

// finished checks what the fields are together.
func (d *draft) finished() (page.Intent, error) {
	switch {
	case !d.seen["rev"]:
		return page.Intent{}, bad("missing-rev", "rev, the revision that was touched, is missing")
	case !d.seen["name"]:
		return page.Intent{}, bad("missing-name", "name is missing")
	case !plain(d.Name):
		return page.Intent{}, bad("bad-name", "%.40q is no name of an intent", d.Name)
	}
	return d.Intent, nil
}

// plain reports whether s is a name: small letters, digits and hyphens.
func plain(s string) bool {
	if s == "" || len(s) > maxName {
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
