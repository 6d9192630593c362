package paybill

import (
	"fmt"

	"wattkiosk/firmware/page"
	"wattkiosk/payments"
	"wattkiosk/payments/money"
)

// Goal is what notes are put in for, where they buy something: the amount that was
// chosen, and which amounts can be bought at all.
type Goal struct {
	Amount money.Amount
	Step   money.Amount // multiples only; 0 for any
}

// reached reports whether a total can be bought.
func (g Goal) reached(total money.Amount) bool { return g.Step == 0 || total%g.Step == 0 }

// CashPage is shown while notes are taken. What is still to pay, or beyond it, is
// absent where the arrears are not known.
type CashPage struct {
	Paid
	TakingNotes   bool    `json:"taking_notes"`
	NoteMoving    bool    `json:"note_moving"`
	Remaining     *int64  `json:"remaining,omitempty"`
	RemainingText string  `json:"remaining_text,omitempty"`
	Surplus       *int64  `json:"surplus,omitempty"`
	SurplusText   string  `json:"surplus_text,omitempty"`
	Denominations []int64 `json:"denominations"` // yuan
	Refused       string  `json:"refused,omitempty"`
	RefusedText   string  `json:"refused_text,omitempty"`
	Hint          string  `json:"hint"`
	UnknownText   string  `json:"unknown_text,omitempty"` // in place of what is owed, where that is not known
	KeptText      string  `json:"kept_text,omitempty"`    // in place of "cancel", once a note is inside
	Target        *int64  `json:"target,omitempty"`       // of a purchase: the amount that was chosen
	TargetText    string  `json:"target_text,omitempty"`

	held      bool // notes are inside, or nobody knows
	closable  bool // the total may be paid
	remaining money.Optional
	surplus   money.Optional
}

func (a Around) cash() page.Page {
	if a.Standing.Txn.Serial == "" { // it opens at this moment
		q := a.Quote
		a.Standing.Txn = payments.Transaction{Account: q.Account, Name: q.Name, Minimum: q.Minimum, Online: q.Online, Arrears: q.Arrears}
	}
	t := a.Standing.Txn
	p := CashPage{Paid: a.paid(), TakingNotes: a.Face.Ready, NoteMoving: a.Face.Busy, Denominations: []int64{}}
	p.held = Held(t)
	p.closable = t.Total() >= t.Minimum && t.Cash.Pending() < 0 && a.Goal.reached(t.Total())
	short, over := t.Short()
	if g := a.Goal; g.Amount > 0 {
		short, over = money.Known(max(0, g.Amount-t.Total())), money.Known(max(0, t.Total()-g.Amount))
		p.Target, p.TargetText = sum(money.Known(g.Amount))
	}
	p.settle(short, over)
	for _, n := range a.Face.Notes {
		p.Denominations = append(p.Denominations, int64(n)/100)
	}
	if a.Face.Refused != "" {
		p.Refused, p.RefusedText = a.Face.Refused, p.Say("refused."+a.Face.Refused)
	}
	if !p.Verified {
		p.UnknownText = p.Say("hint.unknown-arrears")
	}
	if p.held {
		p.KeptText = p.Say("hint.kept")
	}
	p.Hint = p.hint(t, a.Goal)

	return p
}

// settle shows what is still to pay, or what is beyond it; neither where the
// arrears are not known.
func (p *CashPage) settle(short, over money.Optional) {
	p.remaining, p.surplus = short, over
	if due, _ := short.Get(); due > 0 {
		p.Remaining, p.RemainingText = sum(short)
		return
	}
	p.Surplus, p.SurplusText = sum(over)
}

func (p *CashPage) hint(t payments.Transaction, g Goal) string {
	switch {
	case p.NoteMoving:
		return p.Say("hint.note-moving")
	case !p.TakingNotes:
		return p.Say("hint.opening")
	case p.held && !g.reached(t.Total()) && t.Total() >= t.Minimum:
		return fmt.Sprintf(p.Say("hint.not-a-multiple"), g.Step)
	case p.held && !p.closable:
		return p.Say("hint.below-minimum") + t.Minimum.String()
	}

	return p.Say("hint.insert")
}

// Touches implements page.Page.
func (p CashPage) Touches() []page.Touch {
	finish := page.Go(page.Processing, Finish)
	all := []page.Touch{p.pay(finish)}
	if p.held && !p.closable {
		stop := p.Button("stop-cash", finish).Only(!p.NoteMoving, &page.Refused{Code: "note-moving", Message: "a note is on its way"})
		stop.Note = fmt.Sprintf(p.Say("note.stop-cash"), p.TotalText)
		all = append(all, stop)
	}
	if !p.held {
		return append(all, p.Button("cancel", finish), page.Also("back", true, nil, finish))
	}
	inside := &page.Refused{Code: "notes-inside", Message: "notes are already in the machine: finish the payment"}

	return append(all, page.Also("cancel", false, inside, finish), page.Also("back", false, inside, finish))
}

// pay is the button that carries the sum, and what follows from paying it.
func (p CashPage) pay(finish func(page.Intent) (page.Move, error)) page.Touch {
	why := &page.Refused{Code: "below-minimum", Message: "the notes so far do not reach the least payable amount"}
	switch {
	case !p.held:
		why = &page.Refused{Code: "no-notes", Message: "no note is in the machine: cancel"}
	case p.closable:
		why = &page.Refused{Code: "note-moving", Message: "a note is on its way: wait until it is counted"}
	}

	pay := p.Button("finish-cash", finish).First().Only(p.held && p.closable && !p.NoteMoving, why)
	if p.Total > 0 {
		pay.Label = fmt.Sprintf(p.Say("action.finish-cash-sum"), p.TotalText)
		pay.Note = p.consequence()
	}

	return pay
}

// consequence is what follows from paying the total now: what stays owed, or what
// becomes credit. It says nothing where nobody knows, or where so little is not taken.
func (p CashPage) consequence() string {
	due, known := p.remaining.Get()
	over, _ := p.surplus.Get()
	switch {
	case !known || due == 0 && over == 0 || p.Total < p.Minimum:
		return ""
	case due > 0:
		return fmt.Sprintf(p.Say("note.still-owed"), due)
	}

	return fmt.Sprintf(p.Say("note.surplus"), over)
}
