package wire

import (
	"crypto"
	"crypto/ed25519"
	"fmt"
	"strings"

	"wattkiosk/payments/money"
)

// CmdVoid is the name of the command that a Void travels under.
const CmdVoid = "void"

// Void is head office's order that a kiosk have the bank void (撤销) a sale of the open batch,
// as two people want it. It travels inside Signed, retained on cmd/void until the bank has
// answered, or the batch was settled.
//
// ID names it for good: a kiosk sends one void for one ID, however often it comes. It is
// answered by the void alone, which head office carries to the bank.
type Void struct {
	V        int          `json:"v"`
	Kiosk    string       `json:"kiosk"`
	ID       string       `json:"id"`       // the plan of the two people
	Serial   string       `json:"serial"`   // of the payment
	Terminal string       `json:"terminal"` // the bank's number of it
	Batch    uint32       `json:"batch"`
	Trace    uint32       `json:"trace"` // of the sale
	Amount   money.Amount `json:"amount"`
	Issued   int64        `json:"issued"` // Unix ms
}

// voidContext separates these orders from all else under the same key.
const voidContext = "wattkiosk void v1"

// Check says whether an order makes sense in itself. Whether it is for this kiosk, and of a
// sale that stands there, is for the kiosk.
func (v Void) Check() error {
	switch {
	case v.V != Version:
		return fmt.Errorf("%w: void: v %d, want %d", ErrMessage, v.V, Version)
	case !PlainName(v.Kiosk):
		return fmt.Errorf("%w: void: kiosk %.80q", ErrMessage, v.Kiosk)
	case v.ID == "" || len(v.ID) > maxVoidID || !PlainName(v.ID):
		return fmt.Errorf("%w: void: id %.80q", ErrMessage, v.ID)
	case len(v.Serial) != serialDigits || strings.Trim(v.Serial, "0123456789") != "":
		return fmt.Errorf("%w: void: serial %.80q", ErrMessage, v.Serial)
	case len(v.Terminal) != terminalChars || !PlainName(v.Terminal):
		return fmt.Errorf("%w: void: terminal %.20q", ErrMessage, v.Terminal)
	case v.Batch < 1 || v.Batch > maxBatch || v.Trace < 1 || v.Trace > maxBatch:
		return fmt.Errorf("%w: void: batch %d, trace %d", ErrMessage, v.Batch, v.Trace)
	case v.Amount <= 0 || v.Amount > money.Max:
		return fmt.Errorf("%w: void: amount %d", ErrMessage, v.Amount)
	case v.Issued <= 0:
		return fmt.Errorf("%w: void: issued %d", ErrMessage, v.Issued)
	}

	return nil
}

const (
	maxVoidID    = 32
	serialDigits = 20
)

// SignVoid checks v and puts it under head office's key.
func SignVoid(key crypto.Signer, v Void) (Signed, error) { return seal(key, voidContext, v) }

// OpenVoid verifies the signature before it reads a byte of the body, then decodes and checks
// the order. A wrong key or a changed byte is ErrSignature.
func OpenVoid(pub ed25519.PublicKey, signed Signed) (Void, error) {
	return unseal[Void](pub, voidContext, "void", signed)
}
