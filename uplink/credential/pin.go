package credential

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"

	"golang.org/x/crypto/argon2"

	"wattkiosk/uplink/wire"
)

// Bounds of a PIN, in digits.
const (
	MinPIN = 6
	MaxPIN = 12
)

// Cost of a hash: OWASP's first choice for argon2id, a fraction of a second on a
// kiosk's board. It belongs to version 1 of a roster.
const (
	pinMemory = 19 << 10 // KiB
	pinTime   = 2
	pinLanes  = 1
	pinSalt   = 16 // bytes
	pinKey    = wire.PINHash - pinSalt
)

// ErrPIN says that a PIN cannot be one.
var ErrPIN = errors.New("PIN must be 6 to 12 digits, not all the same and not in a row")

// HashPIN is the hash of a PIN for a roster: a random salt, and the key.
func HashPIN(pin string) ([]byte, error) {
	if !digits(pin, MinPIN, MaxPIN) || easy(pin) {
		return nil, ErrPIN
	}
	salt := make([]byte, pinSalt, wire.PINHash)
	_, _ = rand.Read(salt) // never fails
	return append(salt, derive(pin, salt)...), nil
}

// MatchPIN reports whether pin has this hash. It takes as long for a malformed
// hash, which matches nothing.
func MatchPIN(hash []byte, pin string) bool {
	known := len(hash) == wire.PINHash && len(pin) <= MaxPIN
	if !known {
		hash, pin = make([]byte, wire.PINHash), ""
	}
	same := subtle.ConstantTimeCompare(derive(pin, hash[:pinSalt]), hash[pinSalt:]) == 1
	return known && same
}

func derive(pin string, salt []byte) []byte {
	return argon2.IDKey([]byte(pin), salt, pinTime, pinMemory, pinLanes, pinKey)
}

// easy reports whether every digit follows the one before by the same step of -1, 0
// or 1: 000000, 123456, 987654.
func easy(pin string) bool {
	step := int(pin[1]) - int(pin[0])
	if step < -1 || step > 1 {
		return false
	}
	for i := 1; i < len(pin); i++ {
		if int(pin[i])-int(pin[i-1]) != step {
			return false
		}
	}
	return true
}

func digits(s string, least, most int) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
