package paybill

import (
	"fmt"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/tender"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// Slip is what became of the slip of a result.
type Slip string

// The states of a slip.
const (
	SlipNone     Slip = ""
	SlipPrinting Slip = "printing"
	SlipPrinted  Slip = "printed"
	SlipFailed   Slip = "failed"
)

// Held reports whether a payment has notes inside, or nobody knows.
func Held(t payments.Transaction) bool {
	return t.Total() > 0 || t.Cash.Pending() >= 0 || t.InDoubt() > 0
}

// Good reports whether a result needs nothing of the customer.
func Good(t payments.Transaction) bool {
	switch t.Status() {
	case payments.Posted, payments.Posting:
		return true
	case payments.Cancelled:
		return !refused(t) && t.Purpose != payments.Rewrite // what was bought is still not on the card
	}

	return false
}

// Vanishes reports whether a payment ended without money by the customer's own wish, so
// that there is nothing to explain.
func Vanishes(t payments.Transaction) bool {
	return t.Status() == payments.Cancelled && t.Reason() == string(tender.ByCustomer) && t.InDoubt() == 0
}

// cancelled is the result of a payment for which no money stayed.
const cancelled = "cancelled"

// ResultOf is the result that a payment shows: the kind of its slip, or
// "cancelled" where no money stayed.
func ResultOf(t payments.Transaction) string {
	if s := t.Action().Slip; s != compensation.SlipNone {
		return string(s)
	}

	return cancelled
}

// wordsOf names the words of a result. Of what is being undone they say more: money
// that is on its way back, or a payment of which the acquirer or the bank has not said
// whether it was made.
func wordsOf(t payments.Transaction) string {
	result := ResultOf(t)
	switch {
	case result == string(compensation.SlipUndoing) && t.Total() == 0:
		return "unsure-" + string(t.Tender)
	case result == string(compensation.SlipUndone) && t.Total() == 0 && t.Tender == payments.BankCard:
		return "reversed"
	case result == cancelled && refused(t):
		return "declined"
	case result == string(compensation.SlipUnwritten) && t.Write.Fact() == leg.Unknown:
		return "unsure-card"
	}

	return result
}

// GivenBack is the sum of the notes that a payment gave back after it had accepted
// them.
func GivenBack(t payments.Transaction) money.Amount {
	var back money.Amount
	for _, n := range t.Cash.Notes {
		if n.State == cash.StateReturned {
			back += n.Value
		}
	}

	return back
}

// Weight is how long a result stays on the screen.
type Weight struct {
	For  time.Duration // until the visit ends, or the question is asked
	Asks bool          // it is asked first, and no countdown is shown before
}

// How long results stay.
const (
	Light   = 20 * time.Second // paid, and the slip is printed
	Pending = 45 * time.Second
	Heavy   = 3 * time.Minute // the customer has something to note down, or to take to a counter
)

// WeightOf is how long a result stays: one that the customer must act on, or whose
// slip they do not have, does not go away while they copy twenty digits.
func WeightOf(t payments.Transaction, s Slip, light time.Duration) Weight {
	if light <= 0 {
		light = Light
	}
	kind := ResultOf(t)
	switch {
	case kind == cancelled && (refused(t) || t.Purpose == payments.Rewrite):
		return Weight{For: max(light, Pending)}
	case kind == cancelled:
		return Weight{For: light}
	case s == SlipPrinted && (kind == string(compensation.SlipPaid) || kind == string(compensation.SlipRewritten)):
		return Weight{For: light}
	case s == SlipPrinted && kind == string(compensation.SlipPending):
		return Weight{For: max(light, Pending)}
	}

	return Weight{For: max(light, Heavy), Asks: true}
}

// ResultPage says how a payment ended.
type ResultPage struct {
	Paid
	Status         string `json:"status"`
	Result         string `json:"result"`
	ResultText     string `json:"result_text"`
	NextText       string `json:"next_text"`
	ToArrears      *int64 `json:"to_arrears,omitempty"`
	ToArrearsText  string `json:"to_arrears_text,omitempty"`
	ToAdvance      *int64 `json:"to_advance,omitempty"`
	ToAdvanceText  string `json:"to_advance_text,omitempty"`
	StillOwed      *int64 `json:"still_owed,omitempty"` // of the arrears that were shown before
	StillOwedText  string `json:"still_owed_text,omitempty"`
	Reference      string `json:"reference,omitempty"`
	BankReference  string `json:"bank_reference,omitempty"` // where the bank booked it, and has no other
	Unresolved     int64  `json:"unresolved,omitempty"`
	UnresolvedText string `json:"unresolved_text,omitempty"`
	Slip           Slip   `json:"slip"`
	SlipText       string `json:"slip_text,omitempty"`
	Kept           bool   `json:"kept,omitempty"` // the machine has kept the customer's card
	Held           bool   `json:"held,omitempty"` // head office checks the payment before it posts it
	Another        bool   `json:"another"`        // nothing was paid, and another way is offered
	Keep           bool   `json:"keep"`           // the customer needs the serial: it is shown as a QR code too
}

func (a Around) result() page.Page {
	t := a.Standing.Txn
	p := ResultPage{Paid: a.paid(), Status: string(t.Status()), Result: ResultOf(t), Slip: a.Standing.Slip}
	p.Held = a.Standing.Held && t.Purpose == payments.Bill && wordsOf(t) == string(compensation.SlipPending)
	p.ResultText = p.Say("result." + p.words(t))
	if t.ByBank && t.Status() == payments.Posted {
		p.ResultText = p.Say("result.by-bank")
	}
	p.NextText = p.next(t, a.Standing.Recovered)
	if a.Face.Kept {
		p.Kept, p.NextText = true, p.keptText(t)+p.NextText
	} else if a.Face.Stays {
		p.NextText = p.Say("next.card-waits") + p.NextText
	}
	switch {
	case t.Status() != payments.Posted || t.Purpose != payments.Bill: // what was bought is a page of its own
	case t.ByBank: // how the MIS divided it the bank alone was told
		p.BankReference = t.Card.Answer.Reference
	default:
		r := t.Post.Result
		p.ToArrears, p.ToArrearsText = sum(money.Known(r.ToArrears))
		p.ToAdvance, p.ToAdvanceText = sum(money.Known(r.ToAdvance))
		p.Reference = r.Reference

		if due, known := t.Arrears.Get(); known && due > r.ToArrears {
			p.StillOwed, p.StillOwedText = sum(money.Known(due - r.ToArrears))
		}
	}
	if u := t.InDoubt(); u > 0 {
		p.Unresolved, p.UnresolvedText = int64(u), u.String()
	}
	p.Another = another(t)
	p.Keep = keeps(p.Result, p.Slip)
	if p.Slip != SlipNone {
		p.SlipText = p.Say("slip." + string(p.Slip))
	}

	return p
}

// words names the words of the result.
func (p ResultPage) words(t payments.Transaction) string {
	if p.Held {
		return "held"
	}

	return wordsOf(t)
}

// Title says what the page is about: only what is booked is complete.
func (p ResultPage) Title() string {
	if key := "title.result." + p.Result; p.Knows(key) {
		return p.Say(key)
	}

	return ""
}

// another reports whether a bill was not paid by no wish of its customer's, and nothing of
// the money is left in doubt, so that it may be paid in another way at once.
func another(t payments.Transaction) bool {
	words := wordsOf(t)

	return t.Purpose == payments.Bill && t.Account != "" && (words == "declined" || words == "reversed")
}

// keptText says where the customer asks for a card that the machine has kept.
func (p ResultPage) keptText(t payments.Transaction) string {
	if declinedByBank(t) {
		return p.Say("next.card-kept-bank")
	}

	return fmt.Sprintf(p.Say("next.card-kept"), p.Hotline)
}

// keeps reports whether the customer has to act on a result, or has no slip of it, and
// so takes its serial along.
func keeps(result string, s Slip) bool {
	switch result {
	case cancelled:
		return false
	case string(compensation.SlipOwed), string(compensation.SlipDisputed), string(compensation.SlipUndoing), string(compensation.SlipUnwritten):
		return true
	}

	return s == SlipFailed || s == SlipNone
}

// next is what the customer does now: one text for each result and state of its
// slip, so that no two of them can contradict each other. After a power cut that ended
// the payment it begins with the notes that may lie in front of the slot: the validator
// gives back what it had not stacked, and says so of none that it had not read.
func (p ResultPage) next(t payments.Transaction, recovered bool) string {
	if p.Result == cancelled {
		if back := GivenBack(t); recovered && back > 0 {
			return fmt.Sprintf(p.Say("next.note-returned"), back)
		}
		if why := whyNot(p.Frame, t); why != "" {
			if t.Reason() == string(tender.ByPowerCut) { // nothing is wrong with the way that was chosen
				return why + p.Say("next.power-cut")
			}

			return why + p.Say("next.declined")
		}

		return p.Say("next.cancelled")
	}

	s := p.Slip
	if s == SlipNone {
		s = SlipFailed
	}

	text := p.Say("next." + p.words(t) + "." + string(s))
	if t.Status() == payments.Undoing && t.Tender == payments.BankCard {
		text += fmt.Sprintf(p.Say("next.hotline"), p.Hotline)
	}
	switch back := GivenBack(t); {
	case !recovered || t.Cash.Reason != string(tender.ByPowerCut):
		return text
	case back > 0:
		return fmt.Sprintf(p.Say("next.also-returned"), back) + text
	}

	return p.Say("next.look-for-notes") + text
}

// Touches implements page.Page.
func (p ResultPage) Touches() []page.Touch {
	end := page.Go(page.Idle, page.End)
	due := p.Slip == SlipFailed
	yes, no := map[string]string{"yes": "true"}, map[string]string{"yes": "false"}

	again := p.Button("print", page.Go("", PrintAgain)).First().With(yes)
	if !due { // printing once more what is printed does nothing
		again = quiet(p.Button("print", page.Go("")).With(yes))
	}
	finish := p.Button("finish", end)
	finish.Primary = !due && !p.Another

	all := []page.Touch{
		again, quiet(p.Button("print", end).With(no)), finish,
		page.Also("back", true, nil, end), page.Also("cancel", true, nil, end),
	}
	if p.Another {
		all = append(all, p.Button("another-way", p.payAnotherWay).First())
	}

	return all
}

// payAnotherWay looks the account up once more, as if it had been typed again.
func (p ResultPage) payAnotherWay(page.Intent) (page.Move, error) {
	return page.Move{To: page.EnterAccount, Typed: p.Account, Waiting: true, Effects: []page.Effect{page.End, Verify}}, nil
}

func quiet(t page.Touch) page.Touch {
	t.Quiet = true
	return t
}
