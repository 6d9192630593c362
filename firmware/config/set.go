package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"wattkiosk/hal/setting"
)

// Keys are all keys ("uplink.broker"), in the order of the file.
func Keys() []string {
	var keys []string
	cfg := Default()
	cfg.walk(func(key string, _ reflect.Value) { keys = append(keys, key) })
	return keys
}

// walk visits every field that is not a table.
func (c *Config) walk(visit func(key string, field reflect.Value)) {
	var table func(prefix string, v reflect.Value)
	table = func(prefix string, v reflect.Value) {
		for i := range v.NumField() {
			key := prefix + v.Type().Field(i).Tag.Get("toml")
			if v.Type().Field(i).Anonymous {
				table(prefix, v.Field(i))
				continue
			}
			if v.Field(i).Kind() == reflect.Struct {
				table(key+".", v.Field(i))
				continue
			}
			visit(key, v.Field(i))
		}
	}
	table("", reflect.ValueOf(c).Elem())
}

// Set gives one key its value as text: a number, a duration such as 90s, or a list with
// commas. A driver's setting is "devices.ROLE.settings.NAME". Errors name the key, not the
// value (it may be a secret).
func (c *Config) Set(key, value string) error {
	ok, err := c.Devices.setSetting(key, value)
	if err != nil {
		return fmt.Errorf("key %s: %w", key, err)
	}
	if ok {
		return nil
	}

	err = fmt.Errorf("unknown key %s", key)
	c.walk(func(k string, field reflect.Value) {
		if k == key {
			if err = setField(field, value); err != nil {
				err = fmt.Errorf("key %s: %w", key, err)
			}
		}
	})
	return err
}

func setField(field reflect.Value, value string) error {
	switch field.Interface().(type) {
	case setting.Table:
		return errWhole
	case time.Duration:
		d, err := time.ParseDuration(value)
		if err != nil {
			return fmt.Errorf("is not a duration such as 90s")
		}
		field.SetInt(int64(d))
		return nil
	case []int64:
		var list []int64
		for part := range strings.SplitSeq(value, ",") {
			n, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64)
			if err != nil {
				return fmt.Errorf("is not a list of numbers such as 10,20")
			}
			list = append(list, n)
		}
		field.Set(reflect.ValueOf(list))
		return nil
	}

	switch {
	case field.Kind() == reflect.String:
		field.SetString(value)
	case field.Kind() == reflect.Bool:
		on, err := strconv.ParseBool(value)
		if err != nil {
			return fmt.Errorf("is neither true nor false")
		}
		field.SetBool(on)
	case field.CanInt():
		n, err := strconv.ParseInt(value, 10, field.Type().Bits())
		if err != nil {
			return fmt.Errorf("is not a number in range")
		}
		field.SetInt(n)
	case field.CanUint():
		n, err := strconv.ParseUint(value, 10, field.Type().Bits())
		if err != nil {
			return fmt.Errorf("is not a number in range")
		}
		field.SetUint(n)
	default:
		return fmt.Errorf("cannot be set by text")
	}

	return nil
}

// setEnv takes the variables that begin with EnvPrefix.
func (c *Config) setEnv(env []string) (errs []error) {
	byName := map[string]string{}
	for _, key := range Keys() {
		byName[EnvPrefix+variable(key)] = key
	}

	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, EnvPrefix) {
			continue
		}
		key := byName[name]
		if key == "" {
			key = c.Devices.settingOfVariable(strings.TrimPrefix(name, EnvPrefix))
		}
		if key == "" {
			errs = append(errs, fmt.Errorf("environment: unknown variable %s", name))
			continue
		}
		if err := c.Set(key, value); err != nil {
			errs = append(errs, fmt.Errorf("environment: %s: %w", name, err))
		}
	}

	return errs
}

func (c *Config) setOverrides(overrides map[string]string) (errs []error) {
	for _, key := range slices.Sorted(maps.Keys(overrides)) {
		if err := c.Set(key, overrides[key]); err != nil {
			errs = append(errs, fmt.Errorf("flags: %w", err))
		}
	}
	return errs
}
