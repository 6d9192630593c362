package posting

import (
	"fmt"
	"strings"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
)

var reasons = map[call.Why]string{
	call.Refused:     "the MIS refused the posting",
	call.Exhausted:   "the MIS keeps answering the posting without booking it",
	call.Reverted:    "the posting was reversed in the MIS",
	call.Undone:      "the posting was reversed",
	call.NeverDone:   "never posted: the MIS had nothing to reverse",
	call.Unsettled:   "the MIS could neither confirm nor reverse the posting",
	call.UndoRefused: "posted; the MIS did not reverse it",
	call.Vanished:    "posted; later the MIS knew nothing of it",
	call.Recalled:    "the kiosk was told before that it is not posted; these books had lost it",
}

// Whose words they are. Sentences are written of the MIS.
const (
	theMIS        = "the MIS"
	theCardSystem = "the card-meter system"
)

// of is a sentence about the system that books the payment.
func (p Posting) of(sentence string) string {
	if p.System() != mis.CardSystem {
		return sentence
	}
	return strings.ReplaceAll(sentence, theMIS, theCardSystem)
}

// reason says why a posting ended as it did. r is the answer that has just come.
func (p Posting) reason(r mis.PostResult) string {
	switch {
	case !p.State.Final():
		return ""
	case p.Why != call.Misfit:
		return p.of(reasons[p.Why])
	case p.Reason != "": // ended before, by another answer
		return p.Reason
	case r.Amount != p.Amount:
		return p.of(fmt.Sprintf("the MIS booked %s, the order is %s", r.Amount, p.Amount))
	case p.System() == mis.CardSystem && !p.sells(r.Sold):
		return fmt.Sprintf("the card-meter system sold %s as purchase %d onto card %.16s, the order is purchase %d of card %s",
			r.Sold.Amount, r.Sold.Count, r.Sold.Card, p.Card.Count+1, p.Card.Serial)
	}
	return p.of(fmt.Sprintf("the MIS booked it as %s to arrears and %s to advance", r.ToArrears, r.ToAdvance))
}

var testimonies = map[call.Testimony]string{
	call.UndoDenied:  "the MIS refused the reversal; the payment stays posted",
	call.UndoUnclear: "the MIS never answered the reversal usably; the payment stays posted",
	call.Forgotten:   "the MIS booked the payment and now knows nothing of it",
	call.LateDone:    "the MIS reported late that the payment is booked",
	call.LateMisfit:  "the MIS reported late that it booked something else",
	call.LateUndone:  "the MIS reported late that the payment is reversed",
	call.LateRefused: "the MIS reported late that it refused one call",
}

// Testimony is the evidence of a posting in words, with the system's own answer in
// brackets; empty if there is none. It is the text of the case that Raise asks for.
func (p Posting) Testimony() string {
	kind, said := p.Call.Testimony()
	text := p.of(testimonies[kind])
	if text == "" || said == "" {
		return text
	}
	return text + " (" + said + ")"
}

// Told is why the posting ended as it did, in words, where no answer of the system says
// it; empty while it is open.
func (p Posting) Told() string { return p.reason(mis.PostResult{}) }
