// Package setting is what a driver knows of its device beyond the port: a table of
// names and values as it stands in a configuration file, which the driver itself decodes
// into a struct of its own. Who passes a table on (the firmware's configuration,
// halsmoke) knows neither names nor meanings, so that a new setting costs the driver's
// folder alone.
//
// A driver's struct has a toml tag for each setting and a help tag that says what it
// means and what it is when it is missing.
package setting

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Bounds of a table.
const (
	MaxSettings = 64
	maxText     = 4096 // bytes of a value given as text
)

// Table is settings by name. Values are those of TOML: string, int64, float64, bool,
// []any, and tables of them. Nil is no settings.
type Table map[string]any

// Clone is a copy whose names can be changed without changing t.
func (t Table) Clone() Table { return maps.Clone(t) }

// Decode sets the fields of into, a pointer to a driver's struct, which holds the
// defaults. It is strict: a name that the struct does not have, or a value of another
// type, is an error that names it.
func Decode(t Table, into any) error {
	if len(t) == 0 {
		return nil
	}
	if len(t) > MaxSettings {
		return fmt.Errorf("%d settings, at most %d", len(t), MaxSettings)
	}

	var known []string
	for _, f := range Fields(into) {
		known = append(known, f.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(t)) {
		switch {
		case slices.Contains(known, name):
		case len(known) == 0:
			return fmt.Errorf("unknown setting %.40q: this driver has none", name)
		default:
			return fmt.Errorf("unknown setting %.40q: this driver has %s", name, strings.Join(known, ", "))
		}
	}

	for _, name := range slices.Sorted(maps.Keys(t)) { // one by one, so that an error names its setting
		var text bytes.Buffer
		if err := toml.NewEncoder(&text).Encode(map[string]any{name: t[name]}); err != nil {
			return fmt.Errorf("setting %s: %w", name, err)
		}
		meta, err := toml.Decode(text.String(), into)
		if err != nil {
			return fmt.Errorf("setting %s: %w", name, kindOf(err))
		}
		if u := meta.Undecoded(); len(u) > 0 {
			return fmt.Errorf("setting %s: unknown key %s", name, u[0])
		}
	}
	return nil
}

// kindOf is a decoder's error without the place in a text that nobody wrote
// ("toml: line 1 (last key …): ").
func kindOf(err error) error {
	if _, what, ok := strings.Cut(err.Error(), "): "); ok {
		return errors.New(what)
	}
	return err
}

// Field is one setting of a driver.
type Field struct {
	Name string
	Help string
}

// Fields lists the settings that a driver's struct, or a pointer to it, has.
func Fields(of any) (all []Field) {
	t := reflect.TypeOf(of)
	if t == nil {
		return nil
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for i := range t.NumField() {
		f := t.Field(i)
		all = append(all, Field{Name: f.Tag.Get("toml"), Help: f.Tag.Get("help")})
	}
	return all
}

// Parse reads a value from an environment variable or a flag: a value of TOML, a list of
// such with commas, or else a text as it stands.
func Parse(text string) (any, error) {
	if len(text) > maxText || strings.ContainsAny(text, "\n\r") {
		return nil, fmt.Errorf("a setting's text is longer than %d bytes, or has several lines", maxText)
	}
	if v, ok := value(text); ok {
		return v, nil
	}
	if v, ok := value("[" + text + "]"); ok && strings.Contains(text, ",") {
		return v, nil
	}
	return text, nil
}

// value reads a value of TOML.
func value(text string) (v any, ok bool) {
	var doc map[string]any
	if _, err := toml.Decode("v = "+text, &doc); err != nil || len(doc) != 1 {
		return nil, false
	}
	return doc["v"], true
}
