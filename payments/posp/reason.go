package posp

// Reason is why a POSP answered as it did. The list is closed.
type Reason string

// The reasons.
const (
	Approved      Reason = "approved"
	Refused       Reason = "refused"   // by the bank, without more
	CallBank      Reason = "call-bank" // the cardholder is to speak to the bank
	WrongPIN      Reason = "wrong-pin"
	PINBlocked    Reason = "pin-blocked" // too many wrong ones
	NoFunds       Reason = "no-funds"
	OverLimit     Reason = "over-limit"
	TooOften      Reason = "too-often"
	Expired       Reason = "expired"
	BadCard       Reason = "bad-card" // no such card, issuer or account
	Lost          Reason = "lost"     // reported as lost or stolen
	CardKept      Reason = "card-kept"
	Suspected     Reason = "suspected"
	NotAllowed    Reason = "not-allowed" // to this card
	NotHere       Reason = "not-here"    // on this terminal
	NotRegistered Reason = "not-registered"
	BadAmount     Reason = "bad-amount"
	NoOriginal    Reason = "no-original"
	Later         Reason = "later"  // the bank cannot be reached, or closes its day
	Format        Reason = "format" // our message was not understood
	Keys          Reason = "keys"   // MAC or PIN could not be checked: sign in again
	Unclear       Reason = "unclear"
)

// Act is what a terminal does about an answer.
type Act string

// The acts.
const (
	Complete Act = "complete"   // go on
	Tell     Act = "tell"       // tell the customer, give the card back unless it is to be kept
	AskPIN   Act = "ask-pin"    // the PIN may be entered again
	TryLater Act = "try-later"  // the same may succeed later
	SignOn   Act = "sign-in"    // fetch new keys first
	CallSite Act = "call-site"  // a technician or the operator must mend it
	Reverse  Act = "reverse"    // find out by undoing
	Nothing  Act = "do-nothing" // there is nothing to do
)

// acts say what to do for each reason.
var acts = map[Reason]Act{
	Approved: Complete, Refused: Tell, CallBank: Tell, WrongPIN: AskPIN, PINBlocked: Tell, NoFunds: Tell, OverLimit: Tell, TooOften: Tell,
	Expired: Tell, BadCard: Tell, Lost: Tell, CardKept: Tell, Suspected: Tell, NotAllowed: Tell, NotHere: Tell, NotRegistered: CallSite,
	BadAmount: CallSite, NoOriginal: Nothing, Later: TryLater, Format: CallSite, Keys: SignOn, Unclear: Reverse,
}

// Reasons are all reasons.
func Reasons() []Reason {
	return []Reason{
		Approved, Refused, CallBank, WrongPIN, PINBlocked, NoFunds, OverLimit, TooOften, Expired, BadCard, Lost, CardKept, Suspected,
		NotAllowed, NotHere, NotRegistered, BadAmount, NoOriginal, Later, Format, Keys, Unclear,
	}
}

// Valid reports whether r is in the list.
func (r Reason) Valid() bool { return acts[r] != "" }
