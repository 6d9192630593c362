package fleetkey

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Marks of the two kinds of key file: one line, the mark and then base64.
const (
	publicMark = "wattkiosk-fleet-public:"
	secretMark = "wattkiosk-fleet-secret:"
)

// maxFile bounds a key file, in bytes.
const maxFile = 1 << 10

// Public is the half that bundles are encrypted to.
type Public struct{ key hpke.PublicKey }

// Secret is the half that a board has. It never prints itself.
type Secret struct{ key hpke.PrivateKey }

func kem() hpke.KEM { return hpke.DHKEM(ecdh.X25519()) }

// Generate makes a pair.
func Generate() (Secret, error) {
	key, err := kem().GenerateKey()
	if err != nil {
		return Secret{}, fmt.Errorf("cannot make a fleet key: %w", err)
	}
	return Secret{key}, nil
}

// Public is the other half.
func (s Secret) Public() Public { return Public{s.key.PublicKey()} }

// String keeps the key out of logs.
func (s Secret) String() string { return "fleet key (secret)" }

// GoString keeps the key out of logs.
func (s Secret) GoString() string { return s.String() }

// ID names a fleet key: the first 16 hexadecimal digits of the public half's
// SHA-256.
func (p Public) ID() string {
	sum := sha256.Sum256(p.key.Bytes())
	return hex.EncodeToString(sum[:8])
}

// MarshalText is the line of a key file.
func (p Public) MarshalText() ([]byte, error) {
	return []byte(publicMark + base64.StdEncoding.EncodeToString(p.key.Bytes()) + "\n"), nil
}

// MarshalText is the line of a key file; it is secret.
func (s Secret) MarshalText() ([]byte, error) {
	raw, err := s.key.Bytes()
	if err != nil {
		return nil, fmt.Errorf("cannot write a fleet key: %w", err)
	}
	return []byte(secretMark + base64.StdEncoding.EncodeToString(raw) + "\n"), nil
}

// ParsePublic reads a key file.
func ParsePublic(text []byte) (Public, error) {
	raw, err := parse(text, publicMark)
	if err != nil {
		return Public{}, err
	}
	key, err := kem().NewPublicKey(raw)
	if err != nil {
		return Public{}, fmt.Errorf("cannot read fleet key: %w", err)
	}
	return Public{key}, nil
}

// ParseSecret reads a key file.
func ParseSecret(text []byte) (Secret, error) {
	raw, err := parse(text, secretMark)
	if err != nil {
		return Secret{}, err
	}
	key, err := kem().NewPrivateKey(raw)
	if err != nil {
		return Secret{}, errors.New("cannot read fleet key: no X25519 key")
	}
	return Secret{key}, nil
}

// ReadSecret reads a board's key file.
func ReadSecret(path string) (Secret, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Secret{}, fmt.Errorf("cannot read fleet key: %w", err)
	}
	return ParseSecret(text)
}

func parse(text []byte, mark string) ([]byte, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("cannot read fleet key: %d bytes are too many", len(text))
	}
	line, ok := strings.CutPrefix(strings.TrimSpace(string(text)), mark)
	if !ok {
		return nil, fmt.Errorf("cannot read fleet key: it does not begin with %q", mark)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(line)
	if err != nil {
		return nil, errors.New("cannot read fleet key: it is no base64")
	}
	return raw, nil
}
