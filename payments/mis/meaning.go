package mis

import "fmt"

// Meaning is what a return code says, whatever a province writes for it. It is
// the vocabulary of a dialect's Codes.
type Meaning string

// The meanings that change what we do. What a dialect gives none of them is
// unknown for a call that moves money, and a refusal for one that does not.
const (
	SaysOK              Meaning = "ok"
	SaysFailed          Meaning = "failed"           // something went wrong, perhaps half way
	SaysNone            Meaning = "none"             // no record of what was asked for
	SaysNoUser          Meaning = "no-user"          // no such account
	SaysNoRight         Meaning = "no-right"         // not for us to do
	SaysBadPacket       Meaning = "bad-packet"       // the request could not be read
	SaysDuplicate       Meaning = "duplicate"        // the serial was used before
	SaysReversed        Meaning = "reversed"         // it is reversed already
	SaysInvalidReversal Meaning = "invalid-reversal" // this cannot be reversed, or is not there
	SaysNoNextDay       Meaning = "no-next-day"      // no reversal on a later day
	SaysInvoicePrinted  Meaning = "invoice-printed"  // no reversal after the invoice
	SaysOtherOperator   Meaning = "other-operator"   // another operator's posting
	SaysDebitInTransit  Meaning = "debit-in-transit" // a bank collects it already
	SaysNoPartial       Meaning = "no-partial"       // arrears are paid whole
	SaysNoArrears       Meaning = "no-arrears"       // nothing is owed
	SaysArrearsFirst    Meaning = "arrears-first"    // arrears, so no advance
	SaysMeterCard       Meaning = "meter-card"       // buys power onto a card, pays no bill
	SaysNotCalculated   Meaning = "not-calculated"   // this month's bill is not there yet
	SaysCalculating     Meaning = "calculating"      // bills are being calculated
	SaysAlreadyPaid     Meaning = "already-paid"     // perhaps by our own earlier call
	SaysOverLimit       Meaning = "over-limit"
	SaysCrossArea       Meaning = "cross-area"
)

// Says is one return code of a dialect.
type Says struct {
	Code    Code
	Meaning Meaning
}

// Codes are the return codes of one dialect. Several codes may say the same; the
// first of them is the one to write. It is read-only.
type Codes []Says

// Meaning is what a code says, empty if the dialect gives it no meaning.
func (c Codes) Meaning(code Code) Meaning {
	for _, s := range c {
		if s.Code == code {
			return s.Meaning
		}
	}
	return ""
}

// Code is how the dialect says m, empty if it cannot.
func (c Codes) Code(m Meaning) Code {
	for _, s := range c {
		if s.Meaning == m {
			return s.Code
		}
	}
	return ""
}

// Classify says what a code means for an operation; an empty code is no answer.
func (c Codes) Classify(op Op, code Code) Verdict {
	if code == "" {
		return Verdict{}
	}
	return Judge(op, c.Meaning(code))
}

// needed is what every dialect must be able to say, or nothing about money can
// be told from its answers.
var needed = [...]Meaning{SaysOK, SaysFailed, SaysNone, SaysNoUser, SaysNoRight, SaysDuplicate, SaysReversed}

// Check finds a code that is empty or listed twice, a meaning that is not known
// here, and a meaning without which the dialect cannot be used.
func (c Codes) Check() error {
	seen := map[Code]bool{}
	for _, s := range c {
		if s.Code == "" || seen[s.Code] {
			return fmt.Errorf("code %q is empty or listed twice", s.Code)
		}
		seen[s.Code] = true
		if !s.Meaning.known() {
			return fmt.Errorf("code %s: meaning %q is not known", s.Code, s.Meaning)
		}
	}
	for _, m := range needed {
		if c.Code(m) == "" {
			return fmt.Errorf("no code says %s", m)
		}
	}
	return nil
}
