package wire

import (
	"crypto"
	"crypto/ed25519"
	"fmt"
)

// CmdSettle is the name of the command that a Settle travels under.
const CmdSettle = "settle"

// Settle is head office's order that a kiosk settle a batch with the bank now, and not at
// its time of day. It travels inside Signed, retained on cmd/settle until the batch was
// settled.
//
// It names the batch, so that it may come twice, late or out of an old recording: a kiosk
// whose terminal has another batch open leaves it. It is answered by the settlement alone,
// which head office carries to the bank.
type Settle struct {
	V        int    `json:"v"`
	Kiosk    string `json:"kiosk"`
	Terminal string `json:"terminal"` // the bank's number of it
	Batch    uint32 `json:"batch"`
	Issued   int64  `json:"issued"` // Unix ms
}

const (
	terminalChars = 8
	maxBatch      = 999_999
)

// settleContext separates these orders from all else under the same key.
const settleContext = "wattkiosk settle v1"

// Check says whether an order makes sense in itself. Whether it is for this kiosk and its
// batch is for the kiosk.
func (s Settle) Check() error {
	switch {
	case s.V != Version:
		return fmt.Errorf("%w: settle: v %d, want %d", ErrMessage, s.V, Version)
	case !PlainName(s.Kiosk):
		return fmt.Errorf("%w: settle: kiosk %.80q", ErrMessage, s.Kiosk)
	case len(s.Terminal) != terminalChars || !PlainName(s.Terminal):
		return fmt.Errorf("%w: settle: terminal %.20q", ErrMessage, s.Terminal)
	case s.Batch < 1 || s.Batch > maxBatch:
		return fmt.Errorf("%w: settle: batch %d", ErrMessage, s.Batch)
	case s.Issued <= 0:
		return fmt.Errorf("%w: settle: issued %d", ErrMessage, s.Issued)
	}

	return nil
}

// SignSettle checks s and puts it under head office's key.
func SignSettle(key crypto.Signer, s Settle) (Signed, error) {
	return seal(key, settleContext, s)
}

// OpenSettle verifies the signature before it reads a byte of the body, then decodes and
// checks the order. A wrong key or a changed byte is ErrSignature.
func OpenSettle(pub ed25519.PublicKey, signed Signed) (Settle, error) {
	return unseal[Settle](pub, settleContext, "settle", signed)
}
