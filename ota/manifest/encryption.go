package manifest

import (
	"errors"
	"fmt"
	"regexp"
)

// Scheme is the only encryption that exists: each chunk is XChaCha20-Poly1305 under
// a key of this bundle alone, with its place in the bundle as associated data, and
// that key is sealed for the fleet by HPKE (RFC 9180: X25519, HKDF-SHA256,
// ChaCha20-Poly1305).
const Scheme = "hpke-x25519-xchacha20poly1305"

// MaxFleetKeys bounds the keys that one bundle is encrypted to.
const MaxFleetKeys = 8

// maxWrapped bounds a sealed bundle key, in bytes.
const maxWrapped = 256

var fleetID = regexp.MustCompile(`^[0-9a-f]{16}$`)

// Encryption is who can read the chunks of a bundle. The hashes of a chunk cover
// its stored, encrypted bytes, and what they unpack to.
type Encryption struct {
	Scheme string       `json:"scheme"`
	Keys   []WrappedKey `json:"keys"`
}

// WrappedKey is the bundle's key, sealed for one fleet key.
type WrappedKey struct {
	Fleet   string `json:"fleet"`   // 16 hexadecimal digits that name the fleet key
	Wrapped []byte `json:"wrapped"` // base64 in text
}

func (e *Encryption) check() error {
	switch {
	case e == nil:
		return nil
	case e.Scheme != Scheme:
		return fmt.Errorf("unknown encryption %q", e.Scheme)
	case len(e.Keys) == 0 || len(e.Keys) > MaxFleetKeys:
		return fmt.Errorf("encrypted to %d fleet keys", len(e.Keys))
	}
	seen := map[string]bool{}
	for _, k := range e.Keys {
		if !fleetID.MatchString(k.Fleet) || seen[k.Fleet] || len(k.Wrapped) == 0 || len(k.Wrapped) > maxWrapped {
			return errors.New("encryption: a bad or repeated fleet key")
		}
		seen[k.Fleet] = true
	}
	return nil
}
