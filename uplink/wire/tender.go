package wire

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"

	"wattkiosk/payments/money"
	"wattkiosk/payments/qr"
)

// Requests of the tenders.
const (
	OpFrame    Op = "posp"      // FrameBody -> FrameResult: carry one frame to the bank's POSP, once, and its answer back
	OpQROrder  Op = "qr-order"  // QROrderBody -> QRState: place an order at the acquirer (idempotent by serial)
	OpQRWait   Op = "qr-wait"   // QRBody -> QRState: as soon as it differs from QRBody.Known, or when the request ends
	OpQRClose  Op = "qr-close"  // QRBody -> QRState: nobody waits any more; answered with the end
	OpQRRefund Op = "qr-refund" // QRBody -> QRState: give a payment back; answered with the end
)

// Error codes of replies to the tenders' requests.
const (
	ErrCodeUnsent   = "unsent"    // nothing left for the other end: it knows of nothing
	ErrCodeNoAnswer = "no-answer" // it left, and what became of it is not known
)

// MaxFrame is the longest POSP frame in bytes, without its two bytes of length.
const MaxFrame = 2048

// Frame is a POSP frame. It may carry an account number and a PIN block, so it is
// seen on the wire only: it prints as its length.
type Frame []byte

// String returns the length only.
func (f Frame) String() string { return fmt.Sprintf("[%d bytes]", len(f)) }

// GoString is String.
func (f Frame) GoString() string { return f.String() }

// LogValue is String.
func (f Frame) LogValue() slog.Value { return slog.StringValue(f.String()) }

// MarshalJSON is base64, as of any bytes; no frame is an empty one, as it is read.
func (f Frame) MarshalJSON() ([]byte, error) {
	return json.Marshal(base64.StdEncoding.EncodeToString(f))
}

// UnmarshalJSON reads base64. What is not base64 is not repeated in the error.
func (f *Frame) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("%w: frame is no text", ErrMessage)
	}
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(raw) > MaxFrame {
		return fmt.Errorf("%w: frame of %d characters", ErrMessage, len(s))
	}
	*f = raw

	return nil
}

// FrameBody is one frame for the POSP. Head office carries it once and keeps nothing
// of it but masked account number, trace, batch, amount and answer.
type FrameBody struct {
	Serial   string `json:"serial"`   // of the transaction; empty for sign-in, settlement and the like
	Terminal string `json:"terminal"` // the bank's number of this terminal, as in field 41
	Frame    Frame  `json:"frame"`    // from the TPDU on
}

// FrameResult is the POSP's answer to the frame.
type FrameResult struct {
	Frame Frame `json:"frame"`
}

// PayCode is what a customer's telephone shows to be scanned. Who has it can take
// money, once and for a minute: it prints as its length.
type PayCode string

// String returns the length only.
func (c PayCode) String() string { return fmt.Sprintf("[%d characters]", len(c)) }

// GoString is String.
func (c PayCode) GoString() string { return c.String() }

// LogValue is String.
func (c PayCode) LogValue() slog.Value { return slog.StringValue(c.String()) }

// QROrderBody orders a payment by QR code. The serial is the merchant's order number.
type QROrderBody struct {
	Serial  string       `json:"serial"`
	Account string       `json:"account"`
	Amount  money.Amount `json:"amount"`
	Mode    qr.Mode      `json:"mode"`
	PayCode PayCode      `json:"pay_code,omitempty"` // scanned only
	LifeMS  int64        `json:"life_ms"`            // how long it may be paid
}

// QRBody names an order that was placed before. It says all of it, so that a head
// office whose books came out of a backup can take it up again.
type QRBody struct {
	Serial  string       `json:"serial"`
	Account string       `json:"account"`
	Amount  money.Amount `json:"amount"`
	Mode    qr.Mode      `json:"mode"`
	Known   QRStatus     `json:"known,omitempty"` // qr-wait, qr-close: what the kiosk knows already; placing if it never had a code to show
	Why     string       `json:"why,omitempty"`   // qr-close and qr-refund
}

// QRStatus is how far an order is.
type QRStatus string

// The states of an order as a kiosk sees them. Paid, not-paid, unknown, refunded and
// kept are ends, unless a person or the acquirer changes them.
const (
	QRPlacing   QRStatus = "placing"   // head office has the order and works on it
	QRWaiting   QRStatus = "waiting"   // the customer may pay
	QRPassword  QRStatus = "password"  // the customer is asked for a password on the telephone
	QRClosing   QRStatus = "closing"   // nobody waits any more, and the acquirer has not said whether it was paid
	QRPaid      QRStatus = "paid"      //
	QRNotPaid   QRStatus = "not-paid"  // and cannot be any more
	QRUnknown   QRStatus = "unknown"   // nobody will find out: the serial stands for another order; a case is open
	QRRefunding QRStatus = "refunding" //
	QRRefunded  QRStatus = "refunded"  //
	QRKept      QRStatus = "kept"      // the refund was refused, or the payment is booked after all; a case is open
)

// QRState is the state of one order.
type QRState struct {
	Serial    string       `json:"serial"`
	Status    QRStatus     `json:"status"`
	Code      string       `json:"code,omitempty"`    // for the screen, while waiting
	Expires   int64        `json:"expires,omitempty"` // Unix ms by head office's clock
	LeftMS    int64        `json:"left_ms,omitempty"` // until then, for a kiosk whose clock is wrong
	Amount    money.Amount `json:"amount"`            // as the acquirer has it
	Acquirer  string       `json:"acquirer"`
	Reference string       `json:"reference"` // the acquirer's own number
	PaidAt    int64        `json:"paid_at,omitempty"`
	Reason    string       `json:"reason"` // why it is not paid, or kept
}

// DecodeQR reads the state of order serial. A state of another order, of no known
// status, or paid with another sum is ErrMessage.
func DecodeQR(body []byte, serial string, amount money.Amount) (QRState, error) {
	var s QRState
	if err := json.Unmarshal(body, &s); err != nil {
		return QRState{}, fmt.Errorf("%w: order state: %w", ErrMessage, err)
	}
	if s.Serial != serial {
		return QRState{}, fmt.Errorf("%w: order state of %.32q, asked for %.32q", ErrMessage, s.Serial, serial)
	}

	s.Acquirer, s.Reference = clip(s.Acquirer, maxNumber), clip(s.Reference, maxNumber)
	s.Reason = clip(s.Reason, maxSaid)
	switch s.Status {
	case QRPaid, QRRefunding, QRRefunded, QRKept:
		if s.Amount != amount {
			return QRState{}, fmt.Errorf("%w: order %s is %s with %s of %s", ErrMessage, serial, s.Status, s.Amount, amount)
		}
	case QRPlacing, QRWaiting, QRPassword, QRClosing, QRNotPaid, QRUnknown:
	default:
		return QRState{}, fmt.Errorf("%w: order state %.32q", ErrMessage, s.Status)
	}

	return s, nil
}
