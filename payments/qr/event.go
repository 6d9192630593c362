package qr

import "wattkiosk/payments/money"

// Ordered is the order at the acquirer, durable before head office is asked to place
// it.
type Ordered struct {
	Mode   Mode         `json:"mode"`
	Amount money.Amount `json:"amount"`
	At     int64        `json:"at"` // Unix ms
}

// Mode is who scans.
type Mode string

// The modes.
const (
	Shown   Mode = "shown"   // the customer's telephone scans the kiosk's screen
	Scanned Mode = "scanned" // the kiosk scans the customer's telephone
)

// Closing says that nobody waits for the payment any more.
type Closing struct {
	Why string `json:"why"` // customer, expired, power-cut, device
	At  int64  `json:"at"`  // Unix ms
}

// Paid is the acquirer's word that the customer has paid.
type Paid struct {
	Amount    money.Amount `json:"amount"`
	Acquirer  string       `json:"acquirer"`
	Reference string       `json:"reference"` // the acquirer's own number
	PaidAt    int64        `json:"paid_at"`   // Unix ms, by the acquirer
}

// NotPaid is the acquirer's word that nothing was paid, and that nothing can be any
// more.
type NotPaid struct {
	Reason string `json:"reason"`
}

// Unknown says that the acquirer could not be brought to a word. It opens a case.
type Unknown struct {
	Text string `json:"text"`
}

// RefundOrdered is the decision to give the payment back, durable before head office
// is asked for it.
type RefundOrdered struct {
	Why string `json:"why"` // posting-refused, paid-late
	At  int64  `json:"at"`  // Unix ms
}

// RefundAnswered is the end of a refund.
type RefundAnswered struct {
	Done bool   `json:"done"`
	Text string `json:"text"`
}

// Returned is a person's word that the customer has the money back.
type Returned struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// EventType is the record type "qr-ordered".
func (Ordered) EventType() string { return "qr-ordered" }

// EventType is the record type "qr-closing".
func (Closing) EventType() string { return "qr-closing" }

// EventType is the record type "qr-paid".
func (Paid) EventType() string { return "qr-paid" }

// EventType is the record type "qr-not-paid".
func (NotPaid) EventType() string { return "qr-not-paid" }

// EventType is the record type "qr-unknown".
func (Unknown) EventType() string { return "qr-unknown" }

// EventType is the record type "qr-refund-ordered".
func (RefundOrdered) EventType() string { return "qr-refund-ordered" }

// EventType is the record type "qr-refund-answered".
func (RefundAnswered) EventType() string { return "qr-refund-answered" }

// EventType is the record type "qr-returned".
func (Returned) EventType() string { return "qr-returned" }
