package ca

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"path/filepath"

	"wattkiosk/boards/ground/durable"
)

// PolicyKey loads the key that signs offline policies from policy.key in dir, or
// creates it. publicPEM (PKIX, "PUBLIC KEY") is what kiosks are given at
// enrolment.
func PolicyKey(dir string) (key ed25519.PrivateKey, publicPEM string, err error) {
	key, err = openPolicyKey(dir)
	if err != nil {
		return nil, "", fmt.Errorf("cannot open policy key: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, "", fmt.Errorf("cannot encode policy key: %w", err)
	}
	return key, string(encode(typePublic, der)), nil
}

func openPolicyKey(dir string) (ed25519.PrivateKey, error) {
	if err := durable.MakeFolder(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "policy.key")
	data, err := secretOr(path, freshPolicyKey)
	if err != nil {
		return nil, err
	}
	der, err := oneBlock(data, typeKey)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s: not readable", path) // the cause could quote the key
	}
	key, ok := k.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: not an Ed25519 key", path)
	}
	return key, nil
}

func freshPolicyKey() ([]byte, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("cannot make a key: %w", err)
	}
	return encodeKey(key)
}
