package wire

import (
	"crypto"
	"crypto/ed25519"
	"fmt"
	"time"
)

// CmdCash is the name of the command that a CashStop travels under.
const CmdCash = "cash"

// CashStop is head office's order from when a kiosk takes no notes, because the books of
// a business date are to be signed by then. It travels inside Signed, retained on cmd/cash,
// ahead of time: a kiosk that is cut off stops by it all the same. A later order takes its
// place, and one without From lifts it.
//
// An order is good until it expires. A kiosk that hears nothing more goes by the last one,
// and takes notes again when that is over, as far as its offline policy lets it.
type CashStop struct {
	V       int    `json:"v"`
	Kiosk   string `json:"kiosk"`
	Serial  uint64 `json:"serial"`
	Issued  int64  `json:"issued"`  // Unix ms
	From    int64  `json:"from"`    // Unix ms; 0: nothing stops the notes
	Expires int64  `json:"expires"` // Unix ms; 0 with From
	Date    string `json:"date"`    // the business date that is to be signed, YYYYMMDD; empty with From
}

const dateDigits = 8

// cashContext separates these orders from all else under the same key.
const cashContext = "wattkiosk cash v1"

// Check says whether an order makes sense in itself. Whether it is for this kiosk, and
// newer than the last one, is for the kiosk.
func (s CashStop) Check() error {
	none := s.From == 0 && s.Expires == 0 && s.Date == ""
	switch {
	case s.V != Version:
		return fmt.Errorf("%w: cash: v %d, want %d", ErrMessage, s.V, Version)
	case !PlainName(s.Kiosk):
		return fmt.Errorf("%w: cash: kiosk %.80q", ErrMessage, s.Kiosk)
	case s.Issued <= 0:
		return fmt.Errorf("%w: cash: issued %d", ErrMessage, s.Issued)
	case !none && (s.From <= 0 || s.Expires <= s.From || s.Expires <= s.Issued):
		return fmt.Errorf("%w: cash: from %d to %d", ErrMessage, s.From, s.Expires)
	case !none && (len(s.Date) != dateDigits || !PlainName(s.Date)):
		return fmt.Errorf("%w: cash: date %.20q", ErrMessage, s.Date)
	}

	return nil
}

// Stops reports whether no notes are taken at now. By a clock that is not to be trusted
// nobody can tell: then what was so when the order was issued goes on being so.
func (s CashStop) Stops(now time.Time, trusted bool) bool {
	switch {
	case s.From == 0:
		return false
	case !trusted:
		return s.From <= s.Issued
	}

	return now.UnixMilli() >= s.From && now.UnixMilli() < s.Expires
}

// SignCash checks s and puts it under head office's key.
func SignCash(key crypto.Signer, s CashStop) (Signed, error) {
	return seal(key, cashContext, s)
}

// OpenCash verifies the signature before it reads a byte of the body, then decodes and
// checks the order. A wrong key or a changed byte is ErrSignature.
func OpenCash(pub ed25519.PublicKey, signed Signed) (CashStop, error) {
	return unseal[CashStop](pub, cashContext, "cash", signed)
}
