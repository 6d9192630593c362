package buypower

import (
	desk "wattkiosk/firmware/metercard"
	"wattkiosk/firmware/page"
)

// InsertPage asks for the meter card, and is shown while it is read.
type InsertPage struct {
	page.Frame
	Step        desk.Step `json:"step"`
	TakingCard  bool      `json:"taking_card"` // the gate is open
	StepText    string    `json:"step_text"`
	Hint        string    `json:"hint"`
	WhichText   string    `json:"which_text"` // which cards are taken
	Refused     string    `json:"refused,omitempty"`
	RefusedText string    `json:"refused_text,omitempty"`
}

func (a Around) insert() page.Page {
	p := InsertPage{Frame: a.Frame, Step: a.Face.Step, TakingCard: a.Face.Ready}
	at := "opening"
	switch {
	case p.Step == desk.Reading || p.Step == desk.Ready:
		at = "reading"
	case Leaving(a.Face):
		at = "out"
	case p.TakingCard:
		at = "insert"
	}
	p.StepText, p.Hint = p.Say("metercard."+at), p.Say("hint.metercard-"+at)
	p.WhichText = p.Say("metercard.which")
	if a.Face.Why != "" && at != "reading" {
		p.Refused, p.RefusedText = a.Face.Why, refusedText(p.Frame, a.Face.Why)
	}

	return p
}

// refusedText says why the last card, or the last try, came to nothing.
func refusedText(f page.Frame, code string) string {
	if key := "refused.metercard." + code; f.Knows(key) {
		return f.Say(key)
	}

	return f.Say("refused.metercard")
}

// Touches implements page.Page.
func (p InsertPage) Touches() []page.Touch {
	return []page.Touch{
		p.Button("back", page.Go(page.ChooseService)),
		p.Button("cancel", page.Go(page.Idle, page.End)),
	}
}
