package wire

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
)

// ErrSignature says that a signed message is not by the key it was opened with.
var ErrSignature = errors.New("signature does not match")

// sign encodes v and puts it under priv for one purpose (Ed25519ctx, RFC 8032
// section 5.1).
func sign(priv ed25519.PrivateKey, purpose string, v any) (Signed, error) {
	if len(priv) != ed25519.PrivateKeySize {
		return Signed{}, fmt.Errorf("private key of %d bytes", len(priv))
	}
	body, err := Encode(v)
	if err != nil {
		return Signed{}, err
	}
	sig, err := priv.Sign(nil, body, &ed25519.Options{Hash: crypto.Hash(0), Context: purpose})
	if err != nil {
		return Signed{}, fmt.Errorf("cannot sign: %w", err)
	}
	return Signed{V: Version, Body: body, Sig: sig}, nil
}

// checked is a signed message that can say whether it makes sense in itself.
type checked interface{ Check() error }

// seal checks v and puts it under priv for one purpose.
func seal[T checked](priv ed25519.PrivateKey, purpose string, v T) (Signed, error) {
	if err := v.Check(); err != nil {
		return Signed{}, err
	}

	return sign(priv, purpose, v)
}

// unseal verifies the signature before it reads a byte of the body, then decodes and
// checks what is in it. what names it in an error of the signature.
func unseal[T checked](pub ed25519.PublicKey, purpose, what string, s Signed) (T, error) {
	var v, none T
	if err := verify(pub, purpose, s); err != nil {
		return none, fmt.Errorf("%s: %w", what, err)
	}
	if err := Decode(s.Body, &v); err != nil {
		return none, err
	}
	if err := v.Check(); err != nil {
		return none, err
	}

	return v, nil
}

// verify says whether s was signed by pub's owner for this purpose.
func verify(pub ed25519.PublicKey, purpose string, s Signed) error {
	if s.V != Version {
		return fmt.Errorf("%w: signed: v %d, want %d", ErrMessage, s.V, Version)
	}
	if len(pub) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: public key of %d bytes", ErrSignature, len(pub))
	}
	if err := ed25519.VerifyWithOptions(pub, s.Body, s.Sig, &ed25519.Options{Context: purpose}); err != nil {
		return ErrSignature
	}
	return nil
}
