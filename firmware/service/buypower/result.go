package buypower

import (
	"fmt"

	desk "wattkiosk/firmware/metercard"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/payments"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/receipt"
)

// Bought is what a purchase or a re-write came to. What is not known is absent.
type Bought struct {
	Meter      string  `json:"meter,omitempty"` // masked
	Sale       string  `json:"sale,omitempty"`  // the card-meter system's number of the sale
	Sold       *int64  `json:"sold,omitempty"`  // fen
	SoldText   string  `json:"sold_text,omitempty"`
	Count      *uint32 `json:"count,omitempty"`
	CountText  string  `json:"count_text,omitempty"`
	Energy     *int64  `json:"energy,omitempty"` // 0.01 kWh
	EnergyText string  `json:"energy_text,omitempty"`
	OnCard     *bool   `json:"on_card,omitempty"` // whether it is on the card; absent where nobody knows
}

// waits reports whether the card is still where its customer does not take it.
func waits(f desk.Face) bool {
	return f.Step == desk.TakeCard || f.Step == desk.Forgotten || f.Step == desk.Left
}

// ResultPage says how a purchase or a re-write ended.
type ResultPage struct {
	paybill.ResultPage
	Bought
	Original string `json:"original,omitempty"` // the purchase that a re-write carries on
}

func (a Around) result() page.Page {
	p, ok := a.Pay.Page(page.Done).(paybill.ResultPage)
	if !ok {
		return nil
	}
	t := a.Pay.Standing.Txn
	r := ResultPage{ResultPage: p, Bought: bought(a.Frame, t), Original: t.Original}
	switch {
	case waits(a.Face):
		r.NextText = r.Say("next.metercard-waits") + r.NextText
		r.SlipText = "" // what follows says it
	case a.Face.Kept:
		r.Kept = true
		r.NextText = fmt.Sprintf(r.Say("next.metercard-kept"), r.Hotline) + r.NextText
	}

	return r
}

func bought(f page.Frame, t payments.Transaction) Bought {
	b := Bought{Meter: receipt.Masked(t.MeterCard.Meter)}
	s := t.Sold()
	if s.Count == 0 {
		return b
	}

	b.Sale = s.Number
	b.Sold, b.SoldText = fen(s.Amount), s.Amount.String()
	b.Count, b.CountText = &s.Count, fmt.Sprintf(f.Say("write.no"), s.Count)
	if s.Energy > 0 {
		b.Energy, b.EnergyText = &s.Energy, kWh(s.Energy)
	}
	if fact := t.Write.Fact(); fact == leg.Done || fact == leg.NotDone {
		on := fact == leg.Done
		b.OnCard = &on
	}

	return b
}
