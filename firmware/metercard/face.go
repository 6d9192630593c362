package metercard

import "wattkiosk/payments/metercard"

// Step is how far a card's stay is, as a page says it.
type Step string

// The steps. None is a desk that no visit wants a card of.
const (
	None      Step = ""
	Waiting   Step = "waiting"     // the gate is open
	PutBack   Step = "put-it-back" // the gate is open for the card of the purchase, which is not here
	Reading   Step = "reading"
	Ready     Step = "ready" // Face.Facts are those of the card inside
	Writing   Step = "writing"
	Checking  Step = "checking-card" // it is read back
	TakeCard  Step = "take-card"     // it is at the gate, or on its way there
	Forgotten Step = "card-forgotten"
	Kept      Step = "card-kept" // on its way to the bin
	Left      Step = "card-left" // nobody took it, and the reader cannot keep it: it waits there, and the visit does not
	Stuck     Step = "card-stuck"
	Away      Step = "reader-away"
)

// Why a card came back, or a write came to nothing: short codes for pages, and for
// metercard.WriteEnded and GaveUp.
const (
	Unreadable   = "unreadable"    // no card of ours, or it reads differently each time
	OtherCard    = "other-card"    // not the card of this purchase
	Pulled       = "pulled"        // it was pulled out
	NoReader     = "reader"        // the reader failed or fell silent
	Silent       = "silent"        // head office gave no steps in time
	Refused      = "refused"       // head office gives no steps for this card now
	BadScript    = "script"        // steps that are not for this card, or cannot be meant
	NoKey        = "no-key"        // nothing that head office signs can be checked
	WrongClock   = "clock"         // steps that have expired, or will be good for too long, by this machine's clock
	CardRefused  = "card-refused"  // the card did not answer as it must
	CountDiffers = "count-differs" // the card's count is none onto which this can be written
	NotCleared   = "not-cleared"   // it has what was sold, and still its meter's last word, with which the meter refuses it
	TooLong      = "too-long"      // the session took longer than it may
	PowerCut     = "power-cut"
	NoCard       = "no-card" // nobody put it back
	Attempts     = "attempts"
	ByCustomer   = "customer"
	NoJournal    = "journal" // the journal took no record, so nothing was written
)

// Face is what a page may show of the desk.
type Face struct {
	Step  Step
	Ready bool            // the customer can put a card in now
	Known bool            // Facts are those of the card inside
	Facts metercard.Facts // not secret; numbers are shown masked
	Why   string          // why the last card came back, or the last write came to nothing; empty for none
	Round int             // of the write, from 1; 0 while none runs
	Holds bool            // a card is inside that comes out first: no result, no slip before. Not one that nobody takes
	Stays bool            // the reader cannot keep a card: one that nobody takes stays where it is
	Kept  bool            // the machine has kept the last card: the customer asks the operator for it
}

// Wish is what the visit wants of the desk.
type Wish struct {
	Card   bool   // a card is wanted, or is to stay inside
	Serial string // of the chip that alone will do; empty for any
	Txn    string // the purchase of the customer who stands there; empty for none yet
}
