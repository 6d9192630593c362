package paybill

import (
	"fmt"
	"time"

	"wattkiosk/firmware/page"
)

// CodePage shows the code that the customer's telephone scans, or waits for the
// telephone that was scanned.
type CodePage struct {
	Paid
	Amount      int64      `json:"amount"`
	AmountText  string     `json:"amount_text"`
	Code        string     `json:"code,omitempty"` // what the shown code says
	Until       *time.Time `json:"until,omitempty"`
	LineDown    bool       `json:"line_down,omitempty"` // whether it was paid cannot be learned now: nobody is to scan
	Step        string     `json:"step"`                // placing, waiting, password, …
	StepText    string     `json:"step_text"`
	Scans       bool       `json:"scans"` // a payment code on the telephone is taken too
	ScanText    string     `json:"scan_text,omitempty"`
	Refused     string     `json:"refused,omitempty"`
	RefusedText string     `json:"refused_text,omitempty"`
}

func (a Around) code() page.Page {
	t := a.Standing.Txn
	amount := t.QR.Amount
	if t.Serial == "" { // it opens at this moment
		amount = a.Amount
	}
	p := CodePage{
		Paid: a.paid(), Amount: int64(amount), AmountText: amount.String(), Code: a.Face.Code, Step: a.Face.Step, Scans: a.Face.Scans,
	}
	p.StepText = p.Say("code." + p.Step)
	if p.Code != "" && !a.Face.Until.IsZero() {
		p.Until = &a.Face.Until
	}
	if p.Code != "" && !p.Online {
		p.LineDown, p.StepText = true, p.Say("code.line-down")
	}
	if p.Scans && p.Online {
		p.ScanText = p.Say("code.scan")
	}
	if a.Face.Refused != "" {
		p.Refused, p.RefusedText = a.Face.Refused, p.Say("refused."+a.Face.Refused)
	}

	return p
}

// Touches implements page.Page: a payment that may be paid already can be given up all
// the same, since the acquirer is asked a last time.
func (p CodePage) Touches() []page.Touch {
	end := page.Go(page.Processing, Finish)
	cancel := p.Button("cancel", end)
	cancel.Note = fmt.Sprintf(p.Say("note.cancel-code"), p.AmountText)

	return []page.Touch{cancel, page.Also("back", true, nil, end)}
}
