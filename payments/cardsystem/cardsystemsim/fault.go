package cardsystemsim

import "wattkiosk/payments/outsidesim"

// Fault is something that goes wrong on purpose.
type Fault string

// The faults. If several are on, the first in this order that applies wins, except that
// slow and no-reply also apply to what duplicate and error answer.
const (
	Down        Fault = "down"         // connections are refused or closed; nothing is processed
	LoseRequest Fault = "lose-request" // received, not processed, not answered
	LateSale    Fault = "late-sale"    // a sale is not answered, and is booked later: Slow passes, or a question was answered "none"
	Error       Fault = "error"        // refused for a reason that is not so; nothing is processed
	Busy        Fault = "busy"         // every request is answered "busy"; nothing is processed
	KeysAway    Fault = "keys-away"    // the encryption service does not answer
	Duplicate   Fault = "duplicate"    // processed twice; only the second answer is sent
	NoReply     Fault = "no-reply"     // processed, not answered
	Slow        Fault = "slow"         // processed, answered late

	OtherSerial Fault = "other-serial" // processed; the answer names another serial
	OtherCard   Fault = "other-card"   // processed; the answer is about another card
	OtherCount  Fault = "other-count"  // processed; the answer names another purchase than n + 1
	Garbage     Fault = "garbage"      // processed; the answer cannot be read
	Oversized   Fault = "oversized"    // processed; the answer is longer than any may be

	OtherRequest Fault = "other-request" // processed; the answer repeats another original, round or date than was asked about
	AnswerTwice  Fault = "answer-twice"  // processed once; the answer comes twice
)

// Faults are all faults.
func Faults() []Fault {
	return []Fault{
		Down, LoseRequest, LateSale, Error, Busy, KeysAway, Duplicate, NoReply, Slow,
		OtherSerial, OtherCard, OtherCount, Garbage, Oversized, OtherRequest, AnswerTwice,
	}
}

// Forever as a count keeps a fault on until it is cleared.
const Forever = outsidesim.Forever
