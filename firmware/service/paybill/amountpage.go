package paybill

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"wattkiosk/firmware/page"
	"wattkiosk/payments/money"
)

// AmountPage asks how much is paid, where the tender does not say it by itself.
type AmountPage struct {
	Quoted
	Least     int64  `json:"least"` // fen
	LeastText string `json:"least_text"`
	Most      int64  `json:"most"`
	MostText  string `json:"most_text"`

	to page.Screen
}

// usual are the amounts that are offered beside what is owed, in fen.
var usual = []money.Amount{20_00, 50_00, 100_00, 200_00, 300_00, 500_00}

// leastAmount is the least that is paid where the utility sets no minimum.
const leastAmount = money.Amount(1_00)

func (a Around) amounts() AmountPage {
	q := a.Quote
	least := max(q.Minimum, leastAmount)
	if owed, known := q.Arrears.Get(); known && owed > 0 && q.Minimum == 0 {
		least = min(least, owed)
	}
	most := q.Most(a.Tender)
	p := AmountPage{
		Quoted: a.quoted(), Least: int64(least), LeastText: least.String(), Most: int64(most), MostText: most.String(),
	}
	switch owed, known := q.Arrears.Get(); {
	case known && owed > most:
		p.Hint = fmt.Sprintf(p.Say("hint.most"), p.Say("tender."+string(a.Tender)), most)
	case p.Owes() && q.Minimum == 0:
		p.Hint = p.Say("hint.beyond")
	}
	if r, ok := rooms[a.Tender]; ok {
		p.to = r.at
	}

	return p
}

// takes reports whether an amount can be paid.
func (p AmountPage) takes(fen int64) bool { return fen >= p.Least && fen <= p.Most }

// offered are the amounts that have a button: what is owed first.
func (p AmountPage) offered() []money.Amount {
	var all []money.Amount
	if p.Owes() {
		all = append(all, money.Amount(*p.Arrears))
	}
	for _, u := range usual {
		if !slices.Contains(all, u) {
			all = append(all, u)
		}
	}

	return slices.DeleteFunc(all, func(a money.Amount) bool { return !p.takes(int64(a)) })
}

// Touches implements page.Page.
func (p AmountPage) Touches() []page.Touch {
	var all []page.Touch
	for i, a := range p.offered() {
		label := "¥" + a.String()
		if i == 0 && p.Owes() && int64(a) == *p.Arrears {
			label = fmt.Sprintf(p.Say("action.pay-arrears"), a)
		}
		t := p.Button("amount", p.pay).Labelled(label).With(map[string]string{"fen": strconv.FormatInt(int64(a), 10)})
		t.Primary = i == 0
		all = append(all, t)
	}

	if p.Least < p.Most {
		all = append(all, p.Button("other-amount", page.Go(page.EnterAmount)))
	}

	return append(all, page.Also("amount", true, nil, p.pay),
		p.Button("back", page.Go(page.ChooseTender)),
		p.Button("cancel", page.Go(page.Idle, page.End)))
}

// pay opens the payment of an amount that comes in fen, or as it is typed in yuan.
func (p AmountPage) pay(i page.Intent) (page.Move, error) {
	fen, err := FenOf(i.Args)
	if err != nil {
		return page.Move{}, &page.Refused{Code: "bad-amount", Message: "an amount is fen, or a number of yuan with at most two decimals"}
	}
	if !p.takes(fen) {
		return page.Move{}, &page.Refused{Code: "amount-out-of-range", Message: fmt.Sprintf("from %s to %s yuan", p.LeastText, p.MostText)}
	}

	return page.Move{To: p.to, Typed: strconv.FormatInt(fen, 10), Effects: []page.Effect{Open}}, nil
}

// TypedAmountPage has a keypad for an amount that has no button.
type TypedAmountPage struct{ AmountPage }

// Touches implements page.Page.
func (p TypedAmountPage) Touches() []page.Touch {
	return []page.Touch{
		p.Button("amount", p.pay).First().Only(p.Least <= p.Most, &page.Refused{Code: "amount-out-of-range", Message: "no amount can be paid here"}),
		p.Button("back", page.Go(page.ChooseAmount)),
		p.Button("cancel", page.Go(page.Idle, page.End)),
	}
}

// FenOf reads an amount out of the arguments of an intent: fen, or a number of yuan as it
// was typed.
func FenOf(args map[string]string) (int64, error) {
	if text, ok := args["fen"]; ok {
		return strconv.ParseInt(text, 10, 64)
	}
	text := args["number"]
	whole, cents, _ := strings.Cut(text, ".")
	if len(whole) > 7 || len(cents) > 2 {
		return 0, strconv.ErrRange
	}
	for len(cents) < 2 {
		cents += "0"
	}
	fen, err := strconv.ParseUint(whole+cents, 10, 63)

	return int64(fen), err
}
