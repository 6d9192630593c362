package buypower

import (
	"fmt"

	"wattkiosk/firmware/page"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
	"wattkiosk/uplink/wire"
)

// Contents are what a card says of itself. What it does not say is absent.
type Contents struct {
	Kind       metercard.Kind `json:"kind"`
	KindText   string         `json:"kind_text"`
	Meter      string         `json:"meter,omitempty"`    // masked
	Customer   string         `json:"customer,omitempty"` // masked
	Count      *uint32        `json:"count,omitempty"`    // purchases so far; absent on a card that has no purse yet
	LastText   string         `json:"last_text,omitempty"`
	Last       *int64         `json:"last,omitempty"`   // fen, of the last purchase
	Loaded     *bool          `json:"loaded,omitempty"` // the meter has taken the last purchase
	LoadedText string         `json:"loaded_text,omitempty"`
	Left       *int64         `json:"left,omitempty"` // fen, in the meter when the card was last in it
	LeftText   string         `json:"left_text,omitempty"`
	Overdrawn  bool           `json:"overdrawn,omitempty"`
}

// contents reads the facts of a card for a page.
func contents(f page.Frame, c metercard.Facts) Contents {
	v := Contents{Kind: c.Kind, KindText: f.Say("cardkind." + string(c.Kind)), Meter: receipt.Masked(c.Meter), Customer: receipt.Masked(c.Customer)}
	if c.Kind == metercard.Blank || c.Kind == metercard.Other {
		return v
	}

	v.Count = &c.Count
	if c.Count == 0 {
		v.LastText = f.Say("metercard.none-yet")
		return v
	}
	v.Last, v.LastText = fen(c.Purse), fmt.Sprintf(f.Say("metercard.last"), c.Count, c.Purse)

	loaded := c.Loaded == c.Count
	v.Loaded, v.LoadedText = &loaded, f.Say("metercard.not-loaded")
	if loaded {
		v.LoadedText = f.Say("metercard.loaded")
	}
	if c.Loaded > 0 {
		v.Left, v.LeftText = fen(c.Left), c.Left.String()
		v.Overdrawn = c.Left < 0
	}

	return v
}

// Price is one line of a tariff.
type Price struct {
	Name string `json:"name"`
	Text string `json:"text"` // yuan for one kWh
}

// shownTiers is how many steps of a ladder a page has room for.
const shownTiers = 4

// ladder is the ladder in words: where each step ends, and its price.
func ladder(f page.Frame, tiers []wire.PriceTier) []Price {
	var all []Price
	var from int64
	for i, t := range tiers {
		var name string
		switch {
		case len(tiers) == 1:
			name = f.Say("price.single")
		case i == 0:
			name = fmt.Sprintf(f.Say("price.first"), t.UpTo/100)
		case t.UpTo == 0:
			name = fmt.Sprintf(f.Say("price.last"), i+1, from/100)
		default:
			name = fmt.Sprintf(f.Say("price.tier"), i+1, from/100, t.UpTo/100)
		}
		all, from = append(all, Price{name, perKWh(t.Price)}), t.UpTo
	}

	return all[:min(len(all), shownTiers)]
}

// byTime are the prices of the parts of a day in words.
func byTime(f page.Frame, times []wire.PriceTime) []Price {
	var all []Price
	for _, t := range times {
		name := t.Name
		if key := "price." + t.Name; f.Knows(key) {
			name = f.Say(key)
		}
		all = append(all, Price{name, perKWh(t.Price)})
	}

	return all[:min(len(all), shownTiers)]
}

// perKWh is a price of fen for 100 kWh, in yuan for one.
func perKWh(p money.Amount) string { return fmt.Sprintf("%d.%04d", p/10_000, p%10_000) }

// CardPage shows what is on a meter card, and what it may buy, or why it may buy nothing
// now.
type CardPage struct {
	page.Frame
	Contents
	Known       Known      `json:"known"`
	Waiting     bool       `json:"waiting"`
	WaitingText string     `json:"waiting_text,omitempty"`
	Account     string     `json:"account,omitempty"` // as head office has it
	Name        string     `json:"name,omitempty"`    // masked
	Address     string     `json:"address,omitempty"` // masked
	Ladder      []Price    `json:"ladder,omitempty"`
	ByTime      []Price    `json:"by_time,omitempty"`
	Arrears     *int64     `json:"arrears,omitempty"` // that must be paid first
	ArrearsText string     `json:"arrears_text,omitempty"`
	LimitsText  string     `json:"limits_text,omitempty"`
	Reason      mis.Reason `json:"reason,omitempty"`
	WhyText     string     `json:"why_text,omitempty"` // nothing can be bought now
	TodoText    string     `json:"todo_text,omitempty"`
	Unwritten   *int64     `json:"unwritten,omitempty"` // fen of a sale that is not on the card yet

	UnwrittenText string `json:"unwritten_text,omitempty"`

	looks    bool
	sellable bool
}

func (a Around) meterCard() page.Page {
	c := a.Card
	p := CardPage{Frame: a.Frame, Contents: contents(a.Frame, c.Facts), Known: c.Known, looks: a.Looks, sellable: c.Sellable()}
	switch {
	case a.Looks && (c.Facts.Kind == metercard.Blank || c.Facts.Kind == metercard.Other): // who buys is told the same
		p.WhyText, p.TodoText = p.Say("why."+string(c.Facts.Kind)+"-card"), p.Say("todo."+string(c.Facts.Kind)+"-card")
	case a.Looks:
	case c.Known == Asking:
		p.Waiting, p.WaitingText = true, p.Say("metercard.asking")
	case c.Known == Silent, c.Known == Offline, c.Known == Clock:
		p.WhyText, p.TodoText = p.Say("why."+string(c.Known)), p.Say("todo."+string(c.Known))
	default:
		p.answer(c)
	}

	return p
}

// answer fills in what head office says.
func (p *CardPage) answer(c Card) {
	q := c.Quote
	p.Account = receipt.Masked(q.Account)
	p.Name, p.Address = q.Name, q.Address
	p.Ladder, p.ByTime = ladder(p.Frame, q.Tariff), byTime(p.Frame, q.ByTime)
	if q.Arrears > 0 {
		p.Arrears, p.ArrearsText = fen(q.Arrears), q.Arrears.String()
	}

	switch {
	case c.Waits():
		sold := q.UnwrittenSold
		p.Unwritten = fen(sold.Amount)
		p.UnwrittenText, p.TodoText = fmt.Sprintf(p.Say("metercard.unwritten"), sold.Amount, sold.Count), p.Say("todo.rewrite")
	case p.sellable:
		p.LimitsText = limits(p.Frame, c)
	default:
		p.Reason = q.Reason
		if p.Reason == "" { // it may buy, but no amount that there is
			p.Reason = mis.NotPayable
		}
		p.WhyText, p.TodoText = reasonText(p.Frame, "why.", p.Reason), reasonText(p.Frame, "todo.", p.Reason)
	}
}

// reasonText is what there is to say of a refusal; one without words of its own is "not
// now, here".
func reasonText(f page.Frame, about string, r mis.Reason) string {
	if key := about + string(r); f.Knows(key) {
		return f.Say(key)
	}

	return f.Say(about + string(mis.NotPayable))
}

// limits says which amounts can be bought.
func limits(f page.Frame, c Card) string {
	q := c.Quote
	switch {
	case q.Fixed > 0:
		return fmt.Sprintf(f.Say("limits.fixed"), q.Fixed)
	case q.Step > 0:
		return fmt.Sprintf(f.Say("limits.step"), c.least(), c.highest(), q.Step)
	}

	return fmt.Sprintf(f.Say("limits.range"), c.least(), c.highest())
}

// Nothing reports whether the page says why nothing can be bought now: that comes first.
func (p CardPage) Nothing() bool { return p.WhyText != "" || p.Unwritten != nil }

// again reports whether it helps to ask once more.
func (p CardPage) again() bool {
	return p.Known == Silent || p.Known == Offline || p.Known == Clock || p.Reason == mis.NotNow || p.Reason == mis.KeysAway
}

// Touches implements page.Page.
func (p CardPage) Touches() []page.Touch {
	away := page.Go(page.TakeCard)
	out := []page.Touch{p.Button("take-card", away), page.Also("back", true, nil, away), page.Also("cancel", true, nil, away)}
	errors := p.Button("meter-errors", page.Go(page.MeterErrors))
	busy := &page.Refused{Code: "busy", Message: "the card is being looked up"}
	not := &page.Refused{Code: "not-sellable", Message: "nothing can be bought onto this card now"}

	switch {
	case p.looks:
		return append(out, errors)
	case p.Unwritten != nil:
		return append(out, p.Button("rewrite", page.Go(page.WriteCard, Rewrite)).First(), errors)
	case p.again():
		again := func(page.Intent) (page.Move, error) {
			return page.Move{Waiting: true, Effects: []page.Effect{Ask}}, nil
		}

		return append(out, p.Button("retry", again).First(), errors)
	case p.Waiting:
		not = busy
	}
	if !p.Waiting && !p.sellable {
		return append(out, errors, page.Also("confirm", false, not, nil))
	}

	return append(out, p.Button("confirm", page.Go(page.ChooseAmount)).First().Only(p.sellable, not), errors)
}

// MeterError is what a code in the display of a meter means.
type MeterError struct {
	Code string `json:"code"`
	Text string `json:"text"`
	Todo string `json:"todo"`
}

// ErrorsPage says what the codes in the display of a meter mean.
type ErrorsPage struct {
	page.Frame
	Errors []MeterError `json:"errors"`
}

// shownErrors are the codes that a customer can do something about, or is told to bring
// the card for.
var shownErrors = []string{"31", "32", "33", "34", "35", "36"}

func meterErrors(f page.Frame) []MeterError {
	all := make([]MeterError, 0, len(shownErrors))
	for _, code := range shownErrors {
		all = append(all, MeterError{"Err-" + code, f.Say("meter-error." + code), f.Say("meter-error.todo-" + code)})
	}

	return all
}

// Touches implements page.Page.
func (p ErrorsPage) Touches() []page.Touch {
	back := page.Go(page.MeterCard)

	return []page.Touch{p.Button("back", back).First(), page.Also("cancel", true, nil, back)}
}
