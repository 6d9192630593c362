package manifest

import (
	"encoding/hex"
	"fmt"
)

// Digest is a SHA-256. In text it is 64 lower-case hexadecimal digits.
type Digest [32]byte

// String is the 64 digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText gives the 64 digits.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText takes the 64 digits and nothing else.
func (d *Digest) UnmarshalText(b []byte) error {
	if len(b) != hex.EncodedLen(len(d)) {
		return fmt.Errorf("a SHA-256 has 64 digits, not %d", len(b))
	}
	if _, err := hex.Decode(d[:], b); err != nil {
		return fmt.Errorf("cannot read SHA-256: %w", err)
	}
	return nil
}
