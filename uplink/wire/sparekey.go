package wire

import (
	"crypto"
	"crypto/ed25519"
	"fmt"
)

// OpSpareKey leaves a spare of the journal's key with head office, which alone can open it:
// SpareKeyBody -> SpareKeyState. It may be asked again at any time, and changes nothing then.
const OpSpareKey Op = "spare-key"

// Bounds of a spare key.
const (
	SpareKeyID  = 32  // hex digits
	maxSpareKey = 512 // bytes, sealed
)

// SpareKeyBody asks whether head office has a spare of the key, and brings it where Sealed is
// not empty (package sparekey).
type SpareKeyBody struct {
	ID     string `json:"id"` // names the key, and says nothing of it
	Sealed []byte `json:"sealed,omitempty"`
}

// SpareKeyState says whether a spare is kept that head office can open, and if not, for whom
// it is to be sealed: a SpareFor, signed.
type SpareKeyState struct {
	Kept bool    `json:"kept"`
	For  *Signed `json:"for,omitempty"`
}

// SpareFor is whom spares are sealed for. It travels inside Signed.
type SpareFor struct {
	V   int    `json:"v"`
	Key []byte `json:"key"` // head office's public key: an uncompressed point of P-256
}

// spareContext separates it from all else under the same key.
const spareContext = "wattkiosk spare keys v1"

// Check says whether a request for a spare makes sense in itself.
func (b SpareKeyBody) Check() error {
	if len(b.ID) != SpareKeyID || len(b.Sealed) > maxSpareKey {
		return fmt.Errorf("%w: spare key: id of %d digits, %d bytes", ErrMessage, len(b.ID), len(b.Sealed))
	}
	for _, c := range []byte(b.ID) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return fmt.Errorf("%w: spare key: id %.40q", ErrMessage, b.ID)
		}
	}

	return nil
}

// Check says whether it makes sense in itself.
func (s SpareFor) Check() error {
	if s.V != Version || len(s.Key) != OfficeHalf {
		return fmt.Errorf("%w: spare keys: v %d, key of %d bytes", ErrMessage, s.V, len(s.Key))
	}

	return nil
}

// SignSpareFor puts it under head office's key.
func SignSpareFor(key crypto.Signer, s SpareFor) (Signed, error) { return seal(key, spareContext, s) }

// OpenSpareFor opens it; ErrSignature if head office did not sign it.
func OpenSpareFor(pub ed25519.PublicKey, s Signed) (SpareFor, error) {
	return unseal[SpareFor](pub, spareContext, "spare keys", s)
}
