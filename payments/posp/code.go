package posp

import "wattkiosk/payments/leg/call"

// Outcome is what an answer says of money: done, not done or unknown.
type Outcome = call.Outcome

// The three outcomes; the zero value is Unknown.
const (
	Unknown = call.Unknown
	Done    = call.Done
	NotDone = call.NotDone
)

// Code is a response code, field 39. It is information once it has been judged.
type Code string

// OK is the code of success.
const OK Code = "00"

// Verdict is what a code means for an operation.
type Verdict struct {
	Outcome Outcome
	Reason  Reason
	Act     Act
	Capture bool // the bank wants the card kept
}

// ruling is what a code says of an operation with a card.
type ruling struct {
	outcome Outcome
	reason  Reason
	capture bool
}

func refused(r Reason) ruling  { return ruling{outcome: NotDone, reason: r} }
func captured(r Reason) ruling { return ruling{outcome: NotDone, reason: r, capture: true} }

var (
	done    = ruling{outcome: Done, reason: Approved}
	unclear = ruling{outcome: Unknown, reason: Unclear}
)

// rulings are the codes that say something. A code is a refusal only if it says that
// nothing was done. What may also be said half way (system fault, late or missing
// answer of the issuer, being processed), of our own earlier message (duplicate) or of
// something that a kiosk cannot complete (a part of the amount, show an identity card)
// is unknown, and so is a code that is not listed: a reversal costs one message, and a
// wrong "not done" the customer's money.
var rulings = map[Code]ruling{
	"00": done, "11": done, "16": done, "A2": done, "A4": done, "A5": done, "A6": done,

	"06": unclear, "08": unclear, "09": unclear, "10": unclear, "20": unclear, "22": unclear, "25": unclear, "26": unclear,
	"68": unclear, "94": unclear, "95": unclear, "96": unclear, "98": unclear, "A7": unclear,

	"01": refused(CallBank), "02": refused(CallBank), "60": refused(CallBank), "66": refused(CallBank),
	"05": refused(Refused), "17": refused(Refused), "18": refused(Refused), "21": refused(Refused), "23": refused(Refused),
	"28": refused(Refused), "32": refused(Refused), "59": refused(Suspected), "63": refused(Suspected), "93": refused(Suspected),
	"04": captured(CardKept), "07": captured(CardKept), "33": captured(Expired), "34": captured(CardKept), "35": captured(CardKept),
	"36": captured(CardKept), "37": captured(CardKept), "41": captured(Lost), "43": captured(Lost), "67": captured(CardKept),
	"03": refused(NotRegistered), "97": refused(NotRegistered), "58": refused(NotHere), "12": refused(NotHere), "40": refused(NotHere),
	"13": refused(BadAmount), "64": refused(BadAmount), "61": refused(OverLimit), "65": refused(TooOften),
	"14": refused(BadCard), "15": refused(BadCard), "31": refused(BadCard), "39": refused(BadCard), "42": refused(BadCard), "44": refused(BadCard),
	"52": refused(BadCard), "53": refused(BadCard), "56": refused(BadCard), "57": refused(NotAllowed), "62": refused(NotAllowed),
	"38": refused(PINBlocked), "75": refused(PINBlocked), "55": refused(WrongPIN), "51": refused(NoFunds), "54": refused(Expired),
	"19": refused(Later), "90": refused(Later), "91": refused(Later), "92": refused(Later), "29": refused(Later),
	"30": refused(Format), "77": refused(Keys), "99": refused(Keys), "A0": refused(Keys),
}

// Codes are all codes that say something, in no order.
func Codes() []Code {
	all := make([]Code, 0, len(rulings))
	for c := range rulings {
		all = append(all, c)
	}
	return all
}

// Judge says what a code means for an operation.
//
// A reversal is done when the POSP says 00, or that there is nothing to reverse: 25 (no
// such original) and 12 (not a valid transaction, which POSPs say of an original that
// they do not have). All else leaves it unknown. An operation that moves nothing is
// refused by everything that is not success.
func Judge(o Op, c Code) Verdict {
	r, ok := rulings[c]
	if !ok {
		r = unclear
	}
	switch o {
	case Sale:
	case Void, Refund:
		if c == "25" {
			r = refused(NoOriginal)
		}
	case Balance:
		if r.outcome == Unknown { // nothing moves
			r = refused(Later)
		}
	case Reversal:
		r = ofReversal(c, r)
	default:
		r = ofService(c, r)
	}

	return Verdict{Outcome: r.outcome, Reason: r.reason, Act: acts[r.reason], Capture: r.capture}
}

func ofReversal(c Code, r ruling) ruling {
	switch {
	case c == OK:
		return done
	case c == "25" || c == "12":
		return ruling{outcome: Done, reason: NoOriginal}
	}
	return ruling{outcome: Unknown, reason: r.reason}
}

// ofService is for operations without a card: nothing moves, so nothing is unknown.
func ofService(c Code, r ruling) ruling {
	if c == OK {
		return done
	}
	if r.outcome != NotDone {
		r = refused(Later)
	}
	return ruling{outcome: NotDone, reason: r.reason}
}
