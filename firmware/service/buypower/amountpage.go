package buypower

import (
	"fmt"
	"slices"
	"strconv"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
)

// Buyer is whose card it is, on the pages from the amount to the tender.
type Buyer struct {
	page.Frame
	Account string `json:"account"` // masked
	Name    string `json:"name"`    // masked
	Meter   string `json:"meter"`   // masked
}

func (a Around) buyer() Buyer {
	c := a.Card

	return Buyer{a.Frame, receipt.Masked(c.Quote.Account), c.Quote.Name, receipt.Masked(c.Facts.Meter)}
}

// AmountPage asks for how much power is bought.
type AmountPage struct {
	Buyer
	Least     int64  `json:"least"` // fen
	LeastText string `json:"least_text"`
	Most      int64  `json:"most"`
	MostText  string `json:"most_text"`
	Step      int64  `json:"step,omitempty"` // multiples only
	Hint      string `json:"hint"`
	About     string `json:"about,omitempty"` // of what the energies are made

	card Card
}

func (a Around) amounts() AmountPage {
	c := a.Card
	least, most := c.least(), c.highest()
	if c.Quote.Fixed > 0 {
		least, most = c.Quote.Fixed, c.Quote.Fixed
	}
	p := AmountPage{
		Buyer: a.buyer(), Least: int64(least), LeastText: least.String(), Most: int64(most), MostText: most.String(),
		Step: int64(c.Quote.Step), Hint: limits(a.Frame, c), card: c,
	}
	if _, _, known := Estimate(c.Quote, c.least()); known {
		p.About = p.Say("estimate.about")
	}

	return p
}

// Verified is always true: what a card may buy was asked.
func (AmountPage) Verified() bool { return true }

// Owes is false: arrears are paid before power is bought.
func (AmountPage) Owes() bool { return false }

// estimate is about how much energy an amount makes, in words; empty where nobody knows.
func estimate(f page.Frame, c Card, a money.Amount) string {
	from, to, known := Estimate(c.Quote, a)
	switch {
	case !known || to == 0:
		return ""
	case from == to:
		return fmt.Sprintf(f.Say("estimate.one"), to)
	}

	return fmt.Sprintf(f.Say("estimate.range"), from, to)
}

// Touches implements page.Page.
func (p AmountPage) Touches() []page.Touch {
	var all []page.Touch
	offered := p.card.offered()
	for _, a := range offered {
		t := p.Button("amount", p.choose).Labelled("¥" + a.String()).With(map[string]string{"fen": strconv.FormatInt(int64(a), 10)})
		t.Note, t.Primary = estimate(p.Frame, p.card, a), len(offered) == 1
		all = append(all, t)
	}
	if p.Least < p.Most {
		all = append(all, p.Button("other-amount", page.Go(page.EnterAmount)))
	}

	return append(all, page.Also("amount", true, nil, p.choose),
		p.Button("back", page.Go(page.MeterCard)), p.Button("cancel", page.Go(page.TakeCard)))
}

// choose takes an amount that comes in fen, or as it is typed in yuan.
func (p AmountPage) choose(i page.Intent) (page.Move, error) {
	fen, err := paybill.FenOf(i.Args)
	switch {
	case err != nil:
		return page.Move{}, &page.Refused{Code: "bad-amount", Message: "an amount is fen, or a number of yuan with at most two decimals"}
	case fen < p.Least || fen > p.Most:
		return page.Move{}, &page.Refused{Code: "amount-out-of-range", Message: fmt.Sprintf("from %s to %s yuan", p.LeastText, p.MostText)}
	case !p.card.Fits(money.Amount(fen)):
		return page.Move{}, &page.Refused{Code: "not-a-multiple", Message: fmt.Sprintf("multiples of %s yuan", money.Amount(p.Step))}
	}

	return page.Move{To: page.ChooseTender, Typed: strconv.FormatInt(fen, 10)}, nil
}

// TypedAmountPage has a keypad for an amount that has no button.
type TypedAmountPage struct{ AmountPage }

// Touches implements page.Page.
func (p TypedAmountPage) Touches() []page.Touch {
	return []page.Touch{
		p.Button("amount", p.choose).First().Only(p.Least <= p.Most, &page.Refused{Code: "amount-out-of-range", Message: "nothing can be bought now"}),
		p.Button("back", page.Go(page.ChooseAmount)),
		p.Button("cancel", page.Go(page.TakeCard)),
	}
}

// Chosen is the purchase as it was chosen.
type Chosen struct {
	Buyer
	Amount     int64  `json:"amount"`
	AmountText string `json:"amount_text"`
	EnergyText string `json:"energy_text,omitempty"` // about how much it makes
	Hint       string `json:"hint"`
}

func (a Around) chosen() Chosen {
	p := Chosen{Buyer: a.buyer(), Amount: int64(a.Pay.Amount), AmountText: a.Pay.Amount.String(), EnergyText: estimate(a.Frame, a.Card, a.Pay.Amount)}
	if !a.Card.Takes(payments.Cash, a.Pay.Amount) {
		p.Hint = p.Say("hint.no-notes")
	} else if slices.ContainsFunc(a.Pay.Tenders, func(c paybill.TenderChoice) bool { return c.Tender == payments.Cash && c.Now }) {
		p.Hint = fmt.Sprintf(p.Say("hint.notes"), a.Card.Most(payments.Cash))
	}
	for _, c := range a.Pay.Tenders {
		if most := a.Card.Most(c.Tender); c.Here && c.Tender != payments.Cash && a.Pay.Amount > most {
			p.Hint += fmt.Sprintf(p.Say("hint.over"), p.Say("tender."+string(c.Tender)), most)
		}
	}

	return p
}

// Verified is always true: what a card may buy was asked.
func (Chosen) Verified() bool { return true }

// TenderPage asks how the customer pays.
type TenderPage struct {
	Chosen

	tenders []paybill.TenderChoice
}

// Touches implements page.Page.
func (p TenderPage) Touches() []page.Touch {
	return append(paybill.Tenders(p.Frame, p.tenders, false),
		p.Button("back", page.Go(page.ChooseAmount)), p.Button("cancel", page.Go(page.TakeCard)))
}
