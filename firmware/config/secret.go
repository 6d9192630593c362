package config

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a value that never prints: not by fmt, JSON, TOML or slog. Empty
// stays empty, so that one sees whether it is set.
type Secret string

var (
	_ fmt.Formatter  = Secret("")
	_ slog.LogValuer = Secret("")
)

// Reveal gives the value to the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// String is "" or "[redacted]".
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format prints String whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText stands in JSON and TOML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue stands in a log.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
