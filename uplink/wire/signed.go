package wire

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"

	"wattkiosk/payments/metercard/library"
	"wattkiosk/payments/metercard/script"
)

// ErrSignature says that a signed message is not by the key it was opened with.
var ErrSignature = errors.New("signature does not match")

// sign encodes v and puts it under an Ed25519 key for one purpose (Ed25519ctx, RFC 8032
// section 5.1). The key may be elsewhere, and learns the purpose with the body.
func sign(key crypto.Signer, purpose string, v any) (Signed, error) {
	if own, ok := key.(ed25519.PrivateKey); key == nil || ok && len(own) != ed25519.PrivateKeySize {
		return Signed{}, errors.New("no private key")
	}
	body, err := Encode(v)
	if err != nil {
		return Signed{}, err
	}
	sig, err := key.Sign(nil, body, &ed25519.Options{Hash: crypto.Hash(0), Context: purpose})
	if err != nil {
		return Signed{}, fmt.Errorf("cannot sign: %w", err)
	}
	return Signed{V: Version, Body: body, Sig: sig}, nil
}

// checked is a signed message that can say whether it makes sense in itself.
type checked interface{ Check() error }

// seal checks v and puts it under key for one purpose.
func seal[T checked](key crypto.Signer, purpose string, v T) (Signed, error) {
	if err := v.Check(); err != nil {
		return Signed{}, err
	}

	return sign(key, purpose, v)
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

// CheckBody says whether body is a message of the purpose: what whoever keeps the key for
// another process checks before it signs.
func CheckBody(purpose string, body []byte) error {
	switch purpose {
	case policyContext:
		return checkBody[Policy](body)
	case jobContext:
		return checkBody[Job](body)
	case rosterContext:
		return checkBody[Roster](body)
	case spareContext:
		return checkBody[SpareFor](body)
	case settleContext:
		return checkBody[Settle](body)
	case scriptContext:
		return checkBody[script.Script](body)
	case orderContext:
		return checkBody[library.Order](body)
	}

	return fmt.Errorf("%w: nothing is signed for %.80q", ErrMessage, purpose)
}

func checkBody[T checked](body []byte) error {
	var v T
	if err := Decode(body, &v); err != nil {
		return err
	}
	return v.Check()
}
