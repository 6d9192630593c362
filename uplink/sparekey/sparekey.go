// Package sparekey seals the key of a kiosk's journal for head office, so that the disk of a
// board that died can be read there. Both ends use it.
//
// A spare is sealed by HPKE (RFC 9180: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM)
// for the key that head office signed as its own (wire.SpareFor). The kiosk and the name of
// the key are part of the seal: a spare of one kiosk does not open as another's. The name is
// an HMAC of the key; it tells keys apart and says nothing of them.
//
// It keeps nothing and asks nobody.
package sparekey

import (
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"wattkiosk/uplink/wire"
)

// ErrSealed says that a spare does not open: it was sealed for another key, for another
// kiosk, or was changed.
var ErrSealed = errors.New("the spare key does not open")

// ID names a key.
func ID(key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("wattkiosk spare key 1"))

	return hex.EncodeToString(mac.Sum(nil))[:wire.SpareKeyID]
}

// Seal seals a kiosk's key for head office, whose public key is an uncompressed point of
// P-256.
func Seal(office []byte, kiosk string, key []byte) ([]byte, error) {
	point, err := ecdh.P256().NewPublicKey(office)
	if err != nil {
		return nil, fmt.Errorf("cannot seal a spare key: %w", err)
	}
	public, err := hpke.NewDHKEMPublicKey(point)
	if err != nil {
		return nil, fmt.Errorf("cannot seal a spare key: %w", err)
	}

	return hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES256GCM(), info(kiosk, ID(key)), key)
}

// Open opens the spare of a kiosk's key. What it opens to has the name, else it is ErrSealed.
func Open(office *ecdh.PrivateKey, kiosk, id string, sealed []byte) ([]byte, error) {
	private, err := hpke.NewDHKEMPrivateKey(office)
	if err != nil {
		return nil, fmt.Errorf("cannot open a spare key: %w", err)
	}
	key, err := hpke.Open(private, hpke.HKDFSHA256(), hpke.AES256GCM(), info(kiosk, id), sealed)
	if err != nil || ID(key) != id {
		return nil, ErrSealed
	}

	return key, nil
}

func info(kiosk, id string) []byte {
	return []byte("wattkiosk spare key 1\x00" + kiosk + "\x00" + id)
}
