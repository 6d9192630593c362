package wire

import (
	"crypto"
	"crypto/ed25519"
	"fmt"
)

// policyContext separates policies from everything else that head office may
// sign with the same key (Ed25519ctx, RFC 8032 section 5.1).
const policyContext = "wattkiosk policy v1"

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
func Sign(key crypto.Signer, p Policy) (Signed, error) {
	return seal(key, policyContext, p)
}

// Open verifies the signature before it reads a byte of the body, then decodes
// and checks the policy. A wrong key or a changed byte is ErrSignature.
func Open(pub ed25519.PublicKey, s Signed) (Policy, error) {
	return unseal[Policy](pub, policyContext, "policy", s)
}
