package wire

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
)

// policyContext separates policies from everything else that head office may
// sign with the same key (Ed25519ctx, RFC 8032 section 5.1).
const policyContext = "wattkiosk policy v1"

// ErrSignature says that a signed message is not by the key it was opened with.
var ErrSignature = errors.New("signature does not match")

// Check says whether the limits of a policy make sense in themselves. Whether it
// is for this kiosk, is current and is newer than the last one is for the kiosk.
func (p Policy) Check() error {
	switch {
	case p.V != Version:
		return fmt.Errorf("%w: policy: v %d, want %d", ErrMessage, p.V, Version)
	case p.Kiosk != "*" && !PlainName(p.Kiosk):
		return fmt.Errorf("%w: policy: kiosk %.80q", ErrMessage, p.Kiosk)
	case p.Issued <= 0 || p.Expires <= p.Issued:
		return fmt.Errorf("%w: policy: expires %d, issued %d", ErrMessage, p.Expires, p.Issued)
	case p.PerTxn < 0 || p.PerAccount < 0 || p.Total < 0:
		return fmt.Errorf("%w: policy: negative limit", ErrMessage)
	}
	return nil
}

// Sign checks p and puts it under head office's key.
func Sign(priv ed25519.PrivateKey, p Policy) (Signed, error) {
	if err := p.Check(); err != nil {
		return Signed{}, err
	}
	if len(priv) != ed25519.PrivateKeySize {
		return Signed{}, fmt.Errorf("private key of %d bytes", len(priv))
	}
	body, err := Encode(p)
	if err != nil {
		return Signed{}, err
	}
	sig, err := priv.Sign(nil, body, &ed25519.Options{Hash: crypto.Hash(0), Context: policyContext})
	if err != nil {
		return Signed{}, fmt.Errorf("cannot sign policy: %w", err)
	}
	return Signed{V: Version, Body: body, Sig: sig}, nil
}

// Open verifies the signature before it reads a byte of the body, then decodes
// and checks the policy. A wrong key or a changed byte is ErrSignature.
func Open(pub ed25519.PublicKey, s Signed) (Policy, error) {
	if s.V != Version {
		return Policy{}, fmt.Errorf("%w: signed: v %d, want %d", ErrMessage, s.V, Version)
	}
	if len(pub) != ed25519.PublicKeySize {
		return Policy{}, fmt.Errorf("%w: public key of %d bytes", ErrSignature, len(pub))
	}
	if err := ed25519.VerifyWithOptions(pub, s.Body, s.Sig, &ed25519.Options{Context: policyContext}); err != nil {
		return Policy{}, fmt.Errorf("policy: %w", ErrSignature)
	}
	var p Policy
	if err := Decode(s.Body, &p); err != nil {
		return Policy{}, err
	}
	if err := p.Check(); err != nil {
		return Policy{}, err
	}
	return p, nil
}
