package posting

import (
	"fmt"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
)

// Event is one thing that happened to a posting, at a time. Reply counts for
// Answered and Late; its Op says which call it answers.
type Event struct {
	Kind  call.Kind
	Now   time.Time
	Reply mis.Reply
}

// Step applies one event. On an error p is returned unchanged.
func Step(p Posting, e Event) (Posting, call.Effect, error) {
	to, answer := p.answer(e.Reply)
	next, effect, err := call.Step(p.Call, call.Event{Kind: e.Kind, Now: e.Now, To: to, Answer: answer})
	if err != nil {
		return p, "", fmt.Errorf("posting %s: %w", p.Serial, err)
	}

	before := p.Call
	p.Call = next
	p.Heard = Heard{answer.Code, answer.Text}
	r := e.Reply.Post
	if r.Outcome == mis.Done && (next.Proven && !before.Proven || next.Why == call.Misfit && before.Why != call.Misfit) {
		p.Reference, p.ToArrears, p.ToAdvance = r.Reference, r.ToArrears, r.ToAdvance
		p.Sold = r.Sold
	}
	if e.Reply.Op == mis.OpPost && r.Outcome == mis.NotDone {
		p.Refusal = r.Reason
	}
	p.Reason = p.reason(r)
	return p, effect, nil
}

// answer is a reply in the machine's words, and the call that it answers.
func (p Posting) answer(r mis.Reply) (call.Effect, call.Answer) {
	switch r.Op {
	case mis.OpPost, mis.OpAsk:
		a := call.Answer{
			Outcome: r.Post.Outcome, Retry: r.Post.Retry, Undone: r.Post.Reversed, Wait: r.Post.Wait,
			Code: string(r.Post.Code), Text: r.Post.Text,
		}
		a.Misfit = a.Outcome == mis.Done && !p.fits(r.Post)
		if r.Op == mis.OpPost {
			return call.Order, a
		}
		return call.Ask, a
	case mis.OpReverse:
		return call.Undo, call.Answer{Outcome: r.Reverse.Outcome, Wait: r.Reverse.Wait, Code: string(r.Reverse.Code), Text: r.Reverse.Text}
	}
	return "", call.Answer{}
}

// fits reports whether the system booked what was ordered, and under the number that it
// gave before.
func (p Posting) fits(r mis.PostResult) bool {
	split, err := r.ToArrears.Add(r.ToAdvance)
	known := p.Reference == "" || r.Reference == "" || r.Reference == p.Reference
	return r.Amount == p.Amount && err == nil && split == p.Amount && known && p.sells(r.Sold)
}

// maxNumber is the length of the longest number that a sale can have.
const maxNumber = 64

// sells reports whether what the card-meter system sold is what the payment buys, and the
// sale that it named before. The MIS sells nothing.
func (p Posting) sells(s metercard.Sold) bool {
	if p.System() != mis.CardSystem {
		return s == metercard.Sold{}
	}
	known := p.Sold == metercard.Sold{} || p.Sold == s
	return known && len(s.Number) <= maxNumber && s.Check(p.Card, p.Amount) == nil
}
