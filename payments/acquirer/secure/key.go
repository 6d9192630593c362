package secure

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"

	"wattkiosk/payments/acquirer"
)

const minBits = 2048

// ErrKey is returned for a key that cannot be used. The message never holds any of
// the key.
var ErrKey = errors.New("cannot use key")

// Key is our private key at one acquirer. Any number of goroutines may sign with
// it. It prints, and encodes to JSON, as its size only.
type Key struct{ rsa *rsa.PrivateKey }

// NewKey wraps a key.
func NewKey(k *rsa.PrivateKey) (Key, error) {
	if k == nil || k.N.BitLen() < minBits {
		return Key{}, fmt.Errorf("%w: want RSA of at least %d bits", ErrKey, minBits)
	}

	return Key{k}, nil
}

// ParseKey reads a private key from PEM: PKCS#8, or PKCS#1.
func ParseKey(text []byte) (Key, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return Key{}, fmt.Errorf("%w: not PEM", ErrKey)
	}
	if k, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return NewKey(k)
	}

	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return Key{}, fmt.Errorf("%w: neither PKCS#8 nor PKCS#1", ErrKey)
	}
	k, _ := parsed.(*rsa.PrivateKey)

	return NewKey(k)
}

// Sign signs a message.
func (k Key) Sign(message []byte) ([]byte, error) {
	if k.rsa == nil {
		return nil, fmt.Errorf("%w: there is none", ErrKey)
	}
	sum := sha256.Sum256(message)

	return rsa.SignPKCS1v15(rand.Reader, k.rsa, crypto.SHA256, sum[:])
}

// String returns the size of the key only.
func (k Key) String() string {
	if k.rsa == nil {
		return "[no key]"
	}

	return fmt.Sprintf("[RSA key of %d bits]", k.rsa.N.BitLen())
}

// Format is String for every verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// MarshalText is String.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Public is the acquirer's public key.
type Public struct{ rsa *rsa.PublicKey }

// NewPublic wraps a public key.
func NewPublic(k *rsa.PublicKey) (Public, error) {
	if k == nil || k.N.BitLen() < minBits {
		return Public{}, fmt.Errorf("%w: want RSA of at least %d bits", ErrKey, minBits)
	}

	return Public{k}, nil
}

// ParsePublic reads a public key from PEM (PKIX).
func ParsePublic(text []byte) (Public, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return Public{}, fmt.Errorf("%w: not PEM", ErrKey)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return Public{}, fmt.Errorf("%w: not PKIX", ErrKey)
	}
	k, _ := parsed.(*rsa.PublicKey)

	return NewPublic(k)
}

// Verify checks a signature over a message. Its error is acquirer.ErrSignature.
func (p Public) Verify(message, signature []byte) error {
	sum := sha256.Sum256(message)
	if p.rsa == nil || rsa.VerifyPKCS1v15(p.rsa, crypto.SHA256, sum[:], signature) != nil {
		return acquirer.ErrSignature
	}

	return nil
}
