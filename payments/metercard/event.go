package metercard

import "wattkiosk/payments/money"

// WriteBegun is a write that is about to begin. It is durable before the first step that
// can change the card.
type WriteBegun struct {
	N      int          `json:"n"` // counts the writes of the transaction from 1
	Card   string       `json:"card"`
	Count  uint32       `json:"count"`
	Amount money.Amount `json:"amount"`
	At     int64        `json:"at"` // Unix ms
}

// WriteEnded is what was read back from the card after write N, or that it could not be.
type WriteEnded struct {
	N       int          `json:"n"`
	Outcome Outcome      `json:"outcome"`
	Why     string       `json:"why,omitempty"`   // what ended it, by a short code: pulled, other-card, refused, reader, script, …
	Count   uint32       `json:"count,omitempty"` // as read back
	Purse   money.Amount `json:"purse,omitempty"` // as read back
	// Steps is a digest of the steps that were carried out and of their status words: 64
	// hexadecimal digits, empty for none. What the steps said is nowhere.
	Steps string `json:"steps,omitempty"`
}

// Outcome is what a card says after a write.
type Outcome string

// The outcomes.
const (
	Written   Outcome = "written"   // it holds what was sold
	Unwritten Outcome = "unwritten" // it holds what it held before
	Unsure    Outcome = "unsure"    // it could not be read
)

// GaveUp ends the writing in front of this machine.
type GaveUp struct {
	Why string `json:"why"` // no-card, customer, timeout, reader, attempts, …
	At  int64  `json:"at"`  // Unix ms
}

// Settled is head office's word that the customer has what was sold: a later visit wrote
// the card, or it was sent to the meter another way.
type Settled struct {
	How    Way    `json:"how"`
	By     string `json:"by"` // a serial of the visit, or a person
	Reason string `json:"reason,omitempty"`
}

// Way is how a purchase reached the meter after all.
type Way string

// The ways.
const (
	Rewritten Way = "rewritten" // 补写: the card was written in a later visit
	Remote    Way = "remote"    // 远程充值: the meter was loaded without the card
	ByHand    Way = "by-hand"   // a person saw to it
)

// EventType is the record type "meter-write-begun".
func (WriteBegun) EventType() string { return "meter-write-begun" }

// EventType is the record type "meter-write-ended".
func (WriteEnded) EventType() string { return "meter-write-ended" }

// EventType is the record type "meter-gave-up".
func (GaveUp) EventType() string { return "meter-gave-up" }

// EventType is the record type "meter-settled".
func (Settled) EventType() string { return "meter-settled" }
