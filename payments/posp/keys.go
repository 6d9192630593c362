package posp

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// WrappedKey is a working key under the terminal's master key. It prints its key
// check value only.
type WrappedKey struct {
	Data []byte  // 8 or 16 bytes
	KCV  [4]byte // of the key itself
}

// WorkingKeys are the keys that a sign-in brings.
type WorkingKeys struct {
	PIN   WrappedKey
	MAC   WrappedKey
	Track WrappedKey // without Data if the scheme has none
}

var errKeys = errors.New("field 62 is not working keys of 24, 40 or 60 bytes")

// ParseKeys reads field 62 of the answer to a sign-in: 24 bytes are two keys of single
// length; 40 are two and 60 are three of double length, the MAC key perhaps single,
// with eight zeros after it. The keys are copies.
func ParseKeys(b []byte) (WorkingKeys, error) {
	var k WorkingKeys
	switch len(b) {
	case 24:
		k.PIN, k.MAC = wrapped(b[:12]), wrapped(b[12:])
	case 40, 60:
		k.PIN, k.MAC = wrapped(b[:20]), wrapped(b[20:40])
		if len(b) == 60 {
			k.Track = wrapped(b[40:])
		}
		if [8]byte(k.MAC.Data[8:]) == [8]byte{} {
			k.MAC.Data = k.MAC.Data[:8]
		}
	default:
		return WorkingKeys{}, errKeys
	}
	return k, nil
}

// wrapped reads a key and the check value after it.
func wrapped(b []byte) WrappedKey {
	n := len(b) - 4
	return WrappedKey{append([]byte(nil), b[:n]...), [4]byte(b[n:])}
}

// Wipe erases the keys.
func (k *WorkingKeys) Wipe() {
	for _, w := range []*WrappedKey{&k.PIN, &k.MAC, &k.Track} {
		clear(w.Data)
		*w = WrappedKey{}
	}
}

// String is the key check value.
func (w WrappedKey) String() string { return fmt.Sprintf("key(%d bytes, KCV %x)", len(w.Data), w.KCV) }

// GoString is String.
func (w WrappedKey) GoString() string { return w.String() }

// Format prints String for every verb.
func (w WrappedKey) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, w.String()) }

// LogValue is String.
func (w WrappedKey) LogValue() slog.Value { return slog.StringValue(w.String()) }

// MarshalJSON is String.
func (w WrappedKey) MarshalJSON() ([]byte, error) { return []byte(`"` + w.String() + `"`), nil }
