package ca

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// PEM types.
const (
	typeCert    = "CERTIFICATE"
	typeRequest = "CERTIFICATE REQUEST"
	typeKey     = "PRIVATE KEY"
	typePublic  = "PUBLIC KEY"
)

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// oneBlock reads data that is one PEM block of a kind and nothing else but white
// space after it.
func oneBlock(data []byte, kind string) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte("-----BEGIN "+kind+"-----")) {
		return nil, fmt.Errorf("want a PEM block %q", kind)
	}
	b, rest := pem.Decode(data)
	switch {
	case b == nil || b.Type != kind:
		return nil, fmt.Errorf("PEM block %q not readable", kind)
	case len(b.Headers) != 0:
		return nil, fmt.Errorf("PEM block %q has headers", kind)
	case len(bytes.TrimSpace(rest)) != 0:
		return nil, fmt.Errorf("data after the PEM block %q", kind)
	}
	return b.Bytes, nil
}

func newKey() (*ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot make a key: %w", err)
	}
	b, err := encodeKey(key)
	return key, b, err
}

func encodeKey(key crypto.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("cannot encode key: %w", err)
	}
	return encode(typeKey, der), nil
}

func parseKey(data []byte) (*ecdsa.PrivateKey, error) {
	der, err := oneBlock(data, typeKey)
	if err != nil {
		return nil, err
	}
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("key not readable") // the cause could quote the key
	}
	key, ok := k.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("key is not ECDSA P-256")
	}
	return key, nil
}
