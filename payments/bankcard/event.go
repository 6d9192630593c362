package bankcard

import "wattkiosk/payments/money"

// SaleOrdered is a sale that is about to leave for the bank. It is durable before
// that, so that every sale that may have been carried out can be reversed.
type SaleOrdered struct {
	N        int          `json:"n"` // counts the sales of the transaction from 1
	Terminal string       `json:"terminal"`
	Merchant string       `json:"merchant"`
	Batch    string       `json:"batch"` // 6 digits
	Trace    string       `json:"trace"` // 6 digits
	Amount   money.Amount `json:"amount"`
	Card     string       `json:"card"`  // first six and last four digits, stars between
	Entry    Entry        `json:"entry"` // how the card was read
	// Application is the chip's own name of what pays, such as "PBOC DEBIT"; at most 16
	// printable ASCII characters, empty for a stripe.
	Application string `json:"application,omitempty"`
	AID         string `json:"aid,omitempty"` // of that application, in hexadecimal; empty for a stripe
	At          int64  `json:"at"`            // Unix ms
}

// Entry is how a card was read.
type Entry string

// The ways. Fallback is the stripe of a card whose chip failed.
const (
	Chip     Entry = "chip"
	Stripe   Entry = "stripe"
	Fallback Entry = "fallback"
)

// SaleAnswered is the bank's word on a sale, with a good MAC.
type SaleAnswered struct {
	N          int    `json:"n"`
	Approved   bool   `json:"approved"`
	Response   string `json:"response"`    // field 39
	Reference  string `json:"reference"`   // field 37
	Auth       string `json:"auth"`        // field 38
	SettleDate string `json:"settle_date"` // field 15, MMDD
}

// ReversalOrdered is the decision to take a sale back. It is resent until it is
// answered, and no sale of this terminal leaves before that.
type ReversalOrdered struct {
	N   int   `json:"n"` // the sale
	Why Why   `json:"why"`
	At  int64 `json:"at"` // Unix ms
}

// Why is why a sale is taken back.
type Why string

// The reasons.
const (
	NoAnswer       Why = "no-answer"       // in time
	BadAnswer      Why = "bad-answer"      // a wrong MAC, another trace, or not to be read
	CardDeclined   Why = "card-declined"   // the chip refused after the bank had approved
	CardGone       Why = "card-gone"       // it was pulled out before the chip had agreed
	PowerCut       Why = "power-cut"       // nobody knows whether the answer came
	PostingRefused Why = "posting-refused" // the MIS does not book the payment
)

// valid reports whether w is one of the list.
func (w Why) valid() bool {
	switch w {
	case NoAnswer, BadAnswer, CardDeclined, CardGone, PowerCut, PostingRefused:
		return true
	}

	return false
}

// ReversalAnswered is the bank's word on a reversal, with a good MAC. Done also where
// the bank has no such sale.
type ReversalAnswered struct {
	N        int    `json:"n"`
	Done     bool   `json:"done"`
	Response string `json:"response"`
}

// Returned is a person's word that the bank gave back what it had kept.
type Returned struct {
	N      int    `json:"n"`
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// What Evidence says of a void (撤销) that two people at head office ordered of a sale of the
// open batch. It moves the customer's money, and is no part of what the payment was.
const (
	VoidOrdered = "void-ordered" // and is about to leave
	Voided      = "voided"       // the bank gave the amount back
	VoidRefused = "void-refused" // the bank did not
	VoidUnknown = "void-unknown" // nothing that can be believed was answered: it is taken back
	VoidUndone  = "void-undone"  // the bank says that the void does not stand: the sale does
)

// Contradicts is what an approval is that comes after the bank has said otherwise.
const Contradicts = "contradicts"

// Evidence is what was heard of a sale too late, or against what is known, or what became of
// its void. It changes no state; what contradicts is a case.
type Evidence struct {
	N        int    `json:"n"`
	What     string `json:"what"` // approved-late, answered-twice, voided, …
	Response string `json:"response"`
	Order    string `json:"order,omitempty"` // of a void: head office's number of it
}

// Closed ends the payment for its customer. With a total it is the order to post.
type Closed struct {
	Total    money.Amount `json:"total"`
	Account  string       `json:"account"`
	ClosedAt int64        `json:"closed_at"` // Unix ms
	Reason   string       `json:"reason"`    // paid, declined, customer, timeout, device, power-cut, …
	// Certificate is the TC of the chip that paid, in hexadecimal; empty where none did.
	Certificate string `json:"certificate,omitempty"`
}

// Captured is a card that the reader keeps. It belongs to no transaction's state,
// even where its record names one.
type Captured struct {
	Card string `json:"card"` // masked; empty if it was never read
	Why  string `json:"why"`  // forgotten, bank, fault
	At   int64  `json:"at"`   // Unix ms
}

// EventType is the record type "card-sale-ordered".
func (SaleOrdered) EventType() string { return "card-sale-ordered" }

// EventType is the record type "card-sale-answered".
func (SaleAnswered) EventType() string { return "card-sale-answered" }

// EventType is the record type "card-reversal-ordered".
func (ReversalOrdered) EventType() string { return "card-reversal-ordered" }

// EventType is the record type "card-reversal-answered".
func (ReversalAnswered) EventType() string { return "card-reversal-answered" }

// EventType is the record type "card-returned".
func (Returned) EventType() string { return "card-returned" }

// EventType is the record type "card-evidence".
func (Evidence) EventType() string { return "card-evidence" }

// EventType is the record type "card-closed".
func (Closed) EventType() string { return "card-closed" }

// EventType is the record type "card-captured".
func (Captured) EventType() string { return "card-captured" }
