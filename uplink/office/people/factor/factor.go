// Package factor is the second factor of people at head office: six digits from an app on a
// telephone (TOTP, RFC 6238: SHA-1, 30 seconds), and ten recovery codes for the day on which
// the telephone is gone.
//
// A code is of a step of time. Step says of which, one step to either side allowed; who uses
// it keeps the newest step that was used and takes no code of it or before it again, as the
// library keeps no state.
//
// A secret is kept sealed for its person; of recovery codes only hashes are kept. They have
// 80 random bits, so that a plain hash of one tells nothing.
package factor

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

const (
	period  = 30 // seconds of a step
	skew    = 1  // steps
	codes   = 10 // recovery codes
	digits  = 16 // of a recovery code
	grouped = 4  // of its digits stand together
	issuer  = "Wattkiosk"
)

// ErrSealed says that a secret cannot be opened: another key, another person, or changed.
var ErrSealed = errors.New("the second factor cannot be opened with the keys of this head office")

// New is a fresh secret for a person, and the address that an app reads from a QR code.
func New(who string) (secret, url string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: who})
	if err != nil {
		return "", "", fmt.Errorf("cannot make a second factor: %w", err)
	}

	return key.Secret(), key.URL(), nil
}

// URL is the address that an app reads of a secret that is there.
func URL(who, secret string) string {
	return "otpauth://totp/" + issuer + ":" + who + "?issuer=" + issuer + "&secret=" + secret
}

// Step is the step of time that a code is of; false if no step near now has it.
func Step(secret, code string, now time.Time) (int64, bool) {
	at := now.Unix() / period
	for _, step := range []int64{at, at - skew, at + skew} {
		ok, err := hotp.ValidateCustom(code, uint64(step), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && ok {
			return step, true
		}
	}

	return 0, false
}

// Recovery is ten fresh codes, and what is kept of them.
func Recovery() (fresh []string, kept string) {
	var hashes []string
	for range codes {
		code := strings.ToLower(rand.Text()[:digits])
		var parts []string
		for part := range slices.Chunk([]byte(code), grouped) {
			parts = append(parts, string(part))
		}
		fresh = append(fresh, strings.Join(parts, "-"))
		hashes = append(hashes, hash(code))
	}

	return fresh, strings.Join(hashes, " ")
}

// Left is how many recovery codes are left of what is kept.
func Left(kept string) int { return len(strings.Fields(kept)) }

// Spend is what is kept after a recovery code was used; false if there is no such code, or it was
// used before.
func Spend(kept, code string) (left string, ok bool) {
	plain := strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
	hashes := strings.Fields(kept)
	i := slices.Index(hashes, hash(plain))
	if len(plain) != digits || i < 0 {
		return kept, false
	}

	return strings.Join(slices.Delete(hashes, i, i+1), " "), true
}

func hash(code string) string {
	sum := sha256.Sum256([]byte("wattkiosk recovery code 1\n" + code))
	return hex.EncodeToString(sum[:])
}

// Seal encrypts a secret for its person under the key of head office.
func Seal(key []byte, who, secret string) (string, error) {
	box, err := sealer(key)
	if err != nil {
		return "", err
	}

	return string(box.Seal(nil, nil, []byte(secret), []byte(who))), nil
}

// Open is the secret in what Seal made, or ErrSealed.
func Open(key []byte, who, sealed string) (string, error) {
	box, err := sealer(key)
	if err != nil {
		return "", err
	}
	secret, err := box.Open(nil, nil, []byte(sealed), []byte(who))
	if err != nil {
		return "", ErrSealed
	}

	return string(secret), nil
}

// sealer is AES-256-GCM with a random nonce in front.
func sealer(key []byte) (cipher.AEAD, error) {
	own, err := hkdf.Key(sha256.New, key, nil, "wattkiosk second factor 1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("cannot make the key of second factors: %w", err)
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return nil, fmt.Errorf("cannot make the key of second factors: %w", err)
	}

	return cipher.NewGCMWithRandomNonce(block)
}
