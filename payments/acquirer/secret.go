package acquirer

import (
	"fmt"
	"log/slog"
)

// Secret is a text that must not be seen in a log: a customer's payment code.
type Secret string

// String returns the length only.
func (s Secret) String() string { return fmt.Sprintf("[%d characters]", len(s)) }

// GoString is String, so that %#v shows no more.
func (s Secret) GoString() string { return s.String() }

// MarshalText is String, so that JSON shows no more.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue keeps slog from looking inside; it is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
