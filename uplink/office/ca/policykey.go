package ca

import (
	"crypto"
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
func PolicyKey(dir string, opts ...Option) (key ed25519.PrivateKey, publicPEM string, err error) {
	key, err = openPolicyKey(folder(dir, opts))
	if err != nil {
		return nil, "", fmt.Errorf("cannot open policy key: %w", err)
	}
	publicPEM, err = PublicPEM(key.Public())

	return key, publicPEM, err
}

// PublicPEM is a public key (PKIX, "PUBLIC KEY"), as kiosks are given the policy key.
func PublicPEM(public crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("cannot encode a public key: %w", err)
	}
	return string(encode(typePublic, der)), nil
}

func openPolicyKey(a *Authority) (ed25519.PrivateKey, error) {
	if err := durable.MakeFolder(a.dir); err != nil {
		return nil, err
	}
	path := filepath.Join(a.dir, policyKey)
	data, err := a.secretOr(path, freshPolicyKey)
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
