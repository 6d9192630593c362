package wire

import (
	"crypto"
	"crypto/ed25519"

	"wattkiosk/payments/metercard/library"
	"wattkiosk/payments/metercard/script"
)

// What separates scripts, and orders to libraries, from everything else that head office
// signs.
const (
	scriptContext = "wattkiosk card script v1"
	orderContext  = "wattkiosk card order v1"
)

// SignScript puts a round of steps under head office's key.
func SignScript(key crypto.Signer, s script.Script) (Signed, error) {
	return sign(key, scriptContext, s)
}

// OpenScript reads a round of steps that pub's owner signed. For which card, transaction
// and session it is, and whether it has expired, is checked by who carries it out.
func OpenScript(pub ed25519.PublicKey, s Signed) (script.Script, error) {
	if err := verify(pub, scriptContext, s); err != nil {
		return script.Script{}, err
	}
	var out script.Script
	if err := Decode(s.Body, &out); err != nil {
		return script.Script{}, err
	}

	return out, nil
}

// SignOrder puts an order to write a card under head office's key.
func SignOrder(key crypto.Signer, o library.Order) (Signed, error) {
	return seal(key, orderContext, o)
}

// OpenOrder reads an order that pub's owner signed. For which card, transaction and
// session it is, and whether it has expired, is checked by who carries it out.
func OpenOrder(pub ed25519.PublicKey, s Signed) (library.Order, error) {
	return unseal[library.Order](pub, orderContext, "card order", s)
}
