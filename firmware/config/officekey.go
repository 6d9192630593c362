package config

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
)

// OfficeKey reads head office's public key from PolicyKey: Ed25519, PEM (PKIX). It
// signs policies, jobs and rosters.
func (c Config) OfficeKey() (ed25519.PublicKey, error) {
	b, err := os.ReadFile(c.PolicyKey)
	if err != nil {
		return nil, fmt.Errorf("policy_key: %w", err)
	}

	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("policy_key: %s holds no PEM block", c.PolicyKey)
	}

	k, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("policy_key: %w", err)
	}

	key, ok := k.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("policy_key: %s is no Ed25519 key", c.PolicyKey)
	}
	return key, nil
}

// IdentityDir is where a renewed certificate and its key are kept: a kiosk may only read the
// folder of its enrolment.
func (c Config) IdentityDir() string { return filepath.Join(c.StateDir, "identity") }
