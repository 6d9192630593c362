package credential

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
)

// Sizes, in digits.
const (
	ChallengeDigits = 6
	CodeDigits      = 8
)

const (
	keyInfo = "wattkiosk staff code v1"
	keySize = 32
	codes   = 100_000_000
)

// ErrKey says that no key can be agreed on with the key of a certificate.
var ErrKey = errors.New("the certificate's key is not ECDSA on P-256: no one-time codes")

// Key makes codes. Keep it in memory only.
type Key struct{ k []byte }

// Agree is the key that private and public have in common. private is an
// *ecdsa.PrivateKey or *ecdh.PrivateKey, public an *ecdsa.PublicKey or
// *ecdh.PublicKey, both on P-256; all else is ErrKey.
func Agree(private crypto.PrivateKey, public crypto.PublicKey) (Key, error) {
	own, err := privateHalf(private)
	if err != nil {
		return Key{}, err
	}
	other, err := publicHalf(public)
	if err != nil {
		return Key{}, err
	}
	secret, err := own.ECDH(other)
	if err != nil {
		return Key{}, ErrKey
	}
	k, err := hkdf.Key(sha256.New, secret, nil, keyInfo, keySize)
	if err != nil {
		return Key{}, fmt.Errorf("cannot derive a key: %w", err)
	}
	return Key{k}, nil
}

// Half is a public key as it stands in a roster: an uncompressed point.
func Half(public crypto.PublicKey) ([]byte, error) {
	h, err := publicHalf(public)
	if err != nil {
		return nil, err
	}
	return h.Bytes(), nil
}

// ParseHalf reads what Half wrote.
func ParseHalf(b []byte) (*ecdh.PublicKey, error) {
	k, err := ecdh.P256().NewPublicKey(b)
	if err != nil {
		return nil, ErrKey
	}
	return k, nil
}

// CheckPrivate says whether Agree can use a certificate's key.
func CheckPrivate(private crypto.PrivateKey) error {
	_, err := privateHalf(private)
	return err
}

// Code answers a challenge for one person at one kiosk.
func (k Key) Code(kiosk, number, challenge string) string {
	mac := hmac.New(sha256.New, k.k)
	mac.Write([]byte(kiosk + "\x00" + number + "\x00" + challenge))
	return fmt.Sprintf("%0*d", CodeDigits, binary.BigEndian.Uint64(mac.Sum(nil))%codes)
}

// Match reports whether code is the one for a challenge, in a time that depends on
// the length of code only.
func (k Key) Match(kiosk, number, challenge, code string) bool {
	return subtle.ConstantTimeCompare([]byte(k.Code(kiosk, number, challenge)), []byte(code)) == 1
}

// NewChallenge is a random challenge.
func NewChallenge() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("cannot make a challenge: %w", err)
	}
	return fmt.Sprintf("%0*d", ChallengeDigits, n), nil
}

// IsChallenge reports whether s can be a challenge.
func IsChallenge(s string) bool { return digits(s, ChallengeDigits, ChallengeDigits) }

func privateHalf(private crypto.PrivateKey) (*ecdh.PrivateKey, error) {
	var own *ecdh.PrivateKey
	switch p := private.(type) {
	case *ecdh.PrivateKey:
		own = p
	case *ecdsa.PrivateKey:
		if p != nil {
			own, _ = p.ECDH() // nil on a curve without ECDH
		}
	}
	if own == nil || own.Curve() != ecdh.P256() {
		return nil, ErrKey
	}
	return own, nil
}

func publicHalf(public crypto.PublicKey) (*ecdh.PublicKey, error) {
	var other *ecdh.PublicKey
	switch p := public.(type) {
	case *ecdh.PublicKey:
		other = p
	case *ecdsa.PublicKey:
		if p != nil {
			other, _ = p.ECDH() // nil on a curve without ECDH
		}
	}
	if other == nil || other.Curve() != ecdh.P256() {
		return nil, ErrKey
	}
	return other, nil
}
