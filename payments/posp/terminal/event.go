package terminal

import (
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
)

// Kind is what happened.
type Kind string

// The kinds of events.
const (
	// Started: the program runs again, and nothing is under way any more.
	Started Kind = "started"
	// Ordered: somebody wants the operation Op. A sale, void or refund has a serial.
	Ordered Kind = "ordered"
	// Answered: an answer that posp.Accept believed.
	Answered Kind = "answered"
	// Lost: the message Op with Trace has no such answer; Cause says why.
	Lost Kind = "lost"
	// Loaded: the pad has the keys of the sign-in, and their check values fit.
	Loaded Kind = "loaded"
	// NotLoaded: the pad has them not.
	NotLoaded Kind = "not-loaded"
	// KeysGone: the pad has no working keys any more.
	KeysGone Kind = "keys-gone"
	// Incomplete: the approved item with Trace was not completed, and is to be reversed.
	Incomplete Kind = "incomplete"
	// Certified: the chip agreed to the approved sale with Trace; Chip is field 55 with its
	// TC. It is for the closing of the batch.
	Certified Kind = "certified"
	// Scripted: the chip of the sale that was concluded last carried out scripts of its
	// issuer, or did not; Chip is field 55 with their results.
	Scripted Kind = "scripted"
	// Due: time has passed.
	Due Kind = "due"
)

// Cause is why a message has no answer.
type Cause string

// The causes.
const (
	TimedOut   Cause = "timed-out"  // or the connection broke
	WrongMAC   Cause = "wrong-mac"  // posp.ErrMAC
	Unreadable Cause = "unreadable" // posp.ErrUndecodable
	OfAnother  Cause = "of-another" // posp.ErrOther
	NotSent    Cause = "not-sent"   // certainly: no byte of it left the terminal
)

// Event is one thing that happened. Its JSON is what is stored.
type Event struct {
	Kind     Kind          `json:"kind"`
	Now      time.Time     `json:"now"`
	Op       posp.Op       `json:"op,omitempty"`       // Ordered, Lost
	Serial   string        `json:"serial,omitempty"`   // Ordered
	Amount   money.Amount  `json:"amount,omitempty"`   // Ordered
	Account  string        `json:"account,omitempty"`  // Ordered: see posp.Request
	Entry    posp.Entry    `json:"entry,omitempty"`    // Ordered
	Fallback bool          `json:"fallback,omitempty"` // Ordered: see posp.Request
	Masked   string        `json:"masked,omitempty"`   // Ordered: card number
	Original posp.Original `json:"original,omitzero"`  // Ordered: void, refund
	Trace    uint32        `json:"trace,omitempty"`    // Lost, Incomplete, Certified, Scripted
	Sequence string        `json:"sequence,omitempty"` // Certified, Scripted: see posp.Request
	Chip     []byte        `json:"chip,omitempty"`     // Certified, Scripted
	Cause    Cause         `json:"cause,omitempty"`    // Lost
	Hint     posp.Code     `json:"hint,omitempty"`     // Lost, WrongMAC: the code of the answer
	Answer   posp.Answer   `json:"answer,omitzero"`    // Answered
}
