package sparekey_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"testing"

	"wattkiosk/uplink/sparekey"
)

var key = []byte("a journal's key of 32 bytes.....")

// TestAttackSpareKey: a spare opens for head office's key alone, as that of its kiosk, by its
// name, and whole.
func TestAttackSpareKey(t *testing.T) {
	office, other := newKey(t), newKey(t)
	id := sparekey.ID(key)
	sealed, err := sparekey.Seal(office.PublicKey().Bytes(), "10000001", key)
	if err != nil || bytes.Contains(sealed, key) {
		t.Fatalf("%d bytes, %v", len(sealed), err)
	}
	if opened, err := sparekey.Open(office, "10000001", id, sealed); err != nil || !bytes.Equal(opened, key) {
		t.Errorf("%d bytes, %v", len(opened), err)
	}
	again, err := sparekey.Seal(office.PublicKey().Bytes(), "10000001", key)
	if err != nil || bytes.Equal(again, sealed) {
		t.Errorf("sealed twice it is the same: %v", err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another key":   func() ([]byte, error) { return sparekey.Open(other, "10000001", id, sealed) },
		"another kiosk": func() ([]byte, error) { return sparekey.Open(office, "10000002", id, sealed) },
		"another name":  func() ([]byte, error) { return sparekey.Open(office, "10000001", sparekey.ID([]byte("x")), sealed) },
		"changed": func() ([]byte, error) {
			bad := bytes.Clone(sealed)
			bad[len(bad)-1] ^= 1
			return sparekey.Open(office, "10000001", id, bad)
		},
		"cut":   func() ([]byte, error) { return sparekey.Open(office, "10000001", id, sealed[:40]) },
		"empty": func() ([]byte, error) { return sparekey.Open(office, "10000001", id, nil) },
	} {
		if opened, err := open(); !errors.Is(err, sparekey.ErrSealed) || opened != nil {
			t.Errorf("%s: %d bytes, %v", name, len(opened), err)
		}
	}
	for _, bad := range [][]byte{nil, {4}, bytes.Repeat([]byte{4}, 65)} {
		if _, err := sparekey.Seal(bad, "10000001", key); err == nil {
			t.Errorf("sealed for %x", bad)
		}
	}
}

// TestNames: of the key alone, and not of it to be read. The value is of openssl:
// printf "wattkiosk spare key 1" | openssl dgst -sha256 -hmac "a journal's key of 32 bytes.....".
func TestNames(t *testing.T) {
	const want = "1cbf89be59c90ad262b7bfee9e6b13b9"
	if got := sparekey.ID(key); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func newKey(t *testing.T) *ecdh.PrivateKey {
	t.Helper()
	k, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
