package buypower

import (
	"fmt"

	desk "wattkiosk/firmware/metercard"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/payments"
	"wattkiosk/payments/leg"
)

// The stages of a write, as the customer sees them.
const (
	Preparing = 1 // the card is read, and the steps are fetched
	Writing   = 2
	Checking  = 3 // it is read back
)

// Stage is one of the stages of a write.
type Stage struct {
	N      int    `json:"n"`
	Text   string `json:"text"`
	Now    bool   `json:"now,omitempty"`
	Passed bool   `json:"passed,omitempty"`
}

// WritePage is shown while a sale is written onto the card. Where the card was pulled out
// it asks for the same card again.
type WritePage struct {
	page.Frame
	Serial      string    `json:"serial"`
	Step        desk.Step `json:"step"`
	Stages      []Stage   `json:"stages,omitempty"`  // none while the card is not inside
	TakingCard  bool      `json:"taking_card"`       // the gate is open
	PutBack     bool      `json:"put_back,omitzero"` // the card is asked for
	StepText    string    `json:"step_text"`
	Hint        string    `json:"hint"`
	Amount      *int64    `json:"amount,omitempty"`
	AmountText  string    `json:"amount_text,omitempty"`
	Count       *uint32   `json:"count,omitempty"`
	CountText   string    `json:"count_text,omitempty"`
	Refused     string    `json:"refused,omitempty"`
	RefusedText string    `json:"refused_text,omitempty"`
}

// stages are the stage of each step of the desk.
var stages = map[desk.Step]int{desk.Reading: Preparing, desk.Ready: Preparing, desk.Writing: Writing, desk.Checking: Checking}

func (a Around) write() page.Page {
	p := WritePage{Frame: a.Frame, Serial: a.Pay.Standing.Txn.Serial, Step: a.Face.Step, TakingCard: a.Face.Ready}
	if s := a.sold(); s.Amount > 0 {
		p.Amount, p.AmountText = fen(s.Amount), s.Amount.String()
		p.Count, p.CountText = &s.Count, fmt.Sprintf(p.Say("write.count"), s.Count)
	}

	at := "going"
	switch a.Face.Step {
	case desk.Waiting, desk.PutBack:
		at, p.PutBack = "put-back", true
	case desk.Away, desk.Stuck, desk.Left:
		at = "away"
	default:
		p.Stages = stagesAt(p.Frame, max(stages[a.Face.Step], Preparing))
	}
	p.StepText, p.Hint = p.Say("write."+at), p.Say("hint.write-"+at)
	if a.Face.Why != "" && p.PutBack {
		p.Refused, p.RefusedText = a.Face.Why, refusedText(p.Frame, a.Face.Why)
	}

	return p
}

func stagesAt(f page.Frame, now int) []Stage {
	all := make([]Stage, 0, Checking)
	for n := Preparing; n <= Checking; n++ {
		all = append(all, Stage{N: n, Text: f.Say(fmt.Sprintf("write.stage-%d", n)), Now: n == now, Passed: n < now})
	}

	return all
}

// Touches implements page.Page: only a card that is not inside can be given up.
func (p WritePage) Touches() []page.Touch {
	inside := &page.Refused{Code: "card-inside", Message: "the card is being written"}
	give := p.Button("give-up-card", page.Go("", GiveUp)).Only(p.PutBack, inside)
	give.Quiet = !p.PutBack

	return []page.Touch{give}
}

// TakePage is shown while the card is on its way out, is waited for at the gate, or is
// kept.
type TakePage struct {
	page.Frame
	Step        desk.Step `json:"step"`
	StepText    string    `json:"step_text"`
	Hint        string    `json:"hint"`
	OutcomeText string    `json:"outcome_text,omitempty"` // what became of the purchase, as far as it is known
	WhyText     string    `json:"why_text,omitempty"`     // why it is not on the card
	NextText    string    `json:"next_text,omitempty"`    // what follows from it
	Warns       bool      `json:"warns"`
	Total       int64     `json:"total"`
	AmountText  string    `json:"amount_text,omitempty"`
	Serial      string    `json:"serial,omitempty"` // where there is something to ask about
	Comes       string    `json:"comes"`            // what comes out: meter-card, for who watches the screen

	care bool
}

func (a Around) takeCard() page.Page {
	p := TakePage{Frame: a.Frame, Step: a.Face.Step, Comes: "meter-card"}
	p.outcome(a)

	at := "take"
	switch p.Step {
	case desk.Forgotten:
		at, p.Warns = "forgotten", true
	case desk.Kept:
		at, p.Warns = "kept", true
	case desk.Stuck:
		at, p.Warns = "stuck", true
	case desk.TakeCard:
		if a.Face.Why == desk.OtherCard && a.Pay.Standing.Txn.Status() == payments.Writing {
			at, p.Warns = "other", true
		}
	}
	p.StepText, p.Hint = p.Say("takecard."+at), p.Say("hint.takecard-"+at)
	switch {
	case at == "forgotten" && a.Face.Stays:
		p.Hint = p.Say("hint.takecard-forgotten-stays")
	case at == "kept" || at == "stuck":
		p.Hint = fmt.Sprintf(p.Hint, p.Hotline)
	case at == "take" && a.Pay.Standing.Txn.Action().Slip != "":
		p.Hint = p.Say("hint.takecard-take-slip")
	}

	return p
}

// outcome says what became of the purchase, and of its money: who has the card may go.
func (p *TakePage) outcome(a Around) {
	t := a.Pay.Standing.Txn
	if t.Serial == "" {
		return
	}
	sold := t.Sold()
	switch t.Write.Fact() {
	case leg.Done:
		p.OutcomeText = fmt.Sprintf(p.Say("takecard.written"), sold.Amount)
		p.Total, p.AmountText = int64(sold.Amount), sold.Amount.String()
		p.Serial = t.Serial

		return
	case leg.NotDone, leg.Unknown:
		p.OutcomeText, p.Warns = sayOf(p.Frame, "takecard.unwritten", a.Face.Why), true
		p.WhyText = whyUnwritten(p.Frame, a.Face.Why)
		p.Total, p.AmountText = int64(sold.Amount), sold.Amount.String()
	case leg.Moving: // the page of the write says it, once the card is back
		return
	default:
		r, ok := a.Pay.Page(page.Done).(paybill.ResultPage)
		if !ok || t.Action().Slip == "" {
			return
		}
		p.OutcomeText = r.ResultText
		if r.Total > 0 {
			p.Total, p.AmountText = r.Total, r.TotalText
		}
	}

	if key := "takecard.next." + paybill.ResultOf(t); p.Knows(key) {
		p.NextText = sayOf(p.Frame, key, a.Face.Why)
	}
	p.Serial, p.care = t.Serial, !paybill.Good(t)
}

// sayOf is the text of a key, or of that key for this reason where that has one of its own.
func sayOf(f page.Frame, key, why string) string {
	if of := key + "." + why; f.Knows(of) {
		key = of
	}

	return f.Say(key)
}

// whyUnwritten says why a write came to nothing, by the desk's code of it or by what head
// office said of the card; empty where there is nothing to say.
func whyUnwritten(f page.Frame, why string) string {
	for _, about := range []string{"unwritten.", "why."} {
		if f.Knows(about + why) {
			return f.Say(about + why)
		}
	}

	return ""
}

// Care reports whether the outcome asks something of the customer.
func (p TakePage) Care() bool { return p.care }

// Touches implements page.Page.
func (TakePage) Touches() []page.Touch { return nil }
