package paybill

import (
	"fmt"
	"strconv"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/tender"
	card "wattkiosk/firmware/tender/bankcard"
	"wattkiosk/payments/bankcard"
)

// cardSteps are the screens of a card's stay.
var cardSteps = map[string]page.Screen{
	string(card.Inserting): page.InsertCard,
	string(card.Reading):   page.InsertCard,
	string(card.Choosing):  page.ChooseCard,
	string(card.PIN):       page.EnterPIN,
	string(card.Working):   page.Processing,
	string(card.Selling):   page.Processing,
	string(card.Ending):    page.Processing,
	string(card.Giving):    page.TakeCard,
	string(card.Forgotten): page.TakeCard,
	string(card.Keeping):   page.TakeCard,
}

// atBank names the words of what goes on between the card and the bank.
func (a Around) atBank() string {
	switch a.Face.Step {
	case string(card.Working), string(card.Selling):
		return "processing.bank"
	case string(card.Ending):
		return "processing.chip"
	}

	return "processing.card"
}

// Card is what the pages of a bank card share.
type Card struct {
	Paid
	Amount      int64  `json:"amount"`
	AmountText  string `json:"amount_text"`
	Step        string `json:"step"` // of the card's stay: insert-card, reading, pin, take-card, …
	Refused     string `json:"refused,omitempty"`
	RefusedText string `json:"refused_text,omitempty"`
}

func (a Around) card() Card {
	amount := a.Standing.Txn.Card.Amount
	if a.Standing.Txn.Serial == "" { // it opens at this moment
		amount = a.Amount
	}
	c := Card{Paid: a.paid(), Amount: int64(amount), AmountText: amount.String(), Step: a.Face.Step}
	if a.Face.Refused != "" {
		c.Refused, c.RefusedText = a.Face.Refused, c.Say(cardKey(a.Face.Refused))
	}
	if t := a.Standing.Txn; c.Refused != "" && !t.Taking() && declinedByBank(t) { // the bank's own words
		c.RefusedText = whyNot(c.Frame, t)
	}

	return c
}

// end gives the card back, if nothing was taken yet.
func (c Card) end() page.Touch { return c.Button("cancel", page.Go(page.Processing, Finish)) }

// leave are the touches that end a payment before the bank is asked.
func (c Card) leave() []page.Touch {
	return []page.Touch{c.end(), page.Also("back", true, nil, page.Go(page.Processing, Finish))}
}

// InsertCardPage asks for the card, and is shown while it is read.
type InsertCardPage struct {
	Card
	TakingCard bool   `json:"taking_card"` // the gate is open
	StepText   string `json:"step_text"`
	Hint       string `json:"hint"`
}

func (a Around) insertCard() page.Page {
	p := InsertCardPage{Card: a.card(), TakingCard: a.Face.Ready}
	at := "opening"
	switch {
	case p.Step == string(card.Reading):
		at = "reading"
	case p.TakingCard:
		at = "insert"
	}
	p.StepText, p.Hint = p.Say("card."+at), p.Say("hint.card-"+at)

	return p
}

// Touches implements page.Page.
func (p InsertCardPage) Touches() []page.Touch { return p.leave() }

// ChooseCardPage asks which of the accounts on a card pays.
type ChooseCardPage struct {
	Card
	Choices []string `json:"choices"`
}

func (a Around) chooseCard() page.Page {
	p := ChooseCardPage{Card: a.card(), Choices: []string{}}
	for _, c := range a.Face.Choices {
		p.Choices = append(p.Choices, p.named(c))
	}

	return p
}

// named is an account of a card in the customer's words, with the card's own name of it.
func (c Card) named(choice tender.Choice) string {
	key := "card.kind." + string(choice.Kind)
	switch {
	case choice.Kind == bankcard.Other:
		return choice.Label
	case choice.Label == "":
		return c.Say(key)
	}

	return c.Say(key) + " " + choice.Label
}

// Touches implements page.Page.
func (p ChooseCardPage) Touches() []page.Touch {
	var all []page.Touch
	for i, label := range p.Choices {
		t := p.Button("application", page.Go("", Choose)).Labelled(label).With(map[string]string{"n": strconv.Itoa(i)})
		t.Primary = true
		all = append(all, t)
	}

	return append(all, p.leave()...)
}

// EnterPINPage shows how many digits of the PIN the pad has.
type EnterPINPage struct {
	Card
	Digits int    `json:"digits"`
	Hint   string `json:"hint"`
}

func (a Around) enterPIN() page.Page {
	p := EnterPINPage{Card: a.card(), Digits: a.Face.Digits}
	p.Hint = p.Say("hint.pin")

	return p
}

// Touches implements page.Page.
func (p EnterPINPage) Touches() []page.Touch { return p.leave() }

// TakeCardPage is shown while the card is on its way out, is waited for at the gate, or
// is kept.
type TakeCardPage struct {
	Card
	StepText    string `json:"step_text"`
	Hint        string `json:"hint"`
	OutcomeText string `json:"outcome_text,omitempty"` // what became of the payment, as far as it is known
	Warns       bool   `json:"warns"`
}

func (a Around) takeCard() page.Page {
	p := TakeCardPage{Card: a.card()}
	switch t := a.Standing.Txn; {
	case t.Card.State == bankcard.Approved:
		p.OutcomeText = fmt.Sprintf(p.Say("card.paid"), p.AmountText)
	case Vanishes(t) && !declinedByBank(t):
		p.OutcomeText = p.Say("card.cancelled")
	default:
		p.OutcomeText = whyNot(p.Frame, t)
	}
	at := "take"
	switch {
	case p.Step == string(card.Forgotten):
		at, p.Warns = "forgotten", true
	case p.Step == string(card.Keeping):
		at, p.Warns = "kept", true
	}
	p.StepText, p.Hint = p.Say("card."+at), p.Say("hint.card-"+at)
	switch {
	case at == "forgotten" && a.Face.Stays:
		p.Hint = p.Say("hint.card-forgotten-stays")
	case at == "kept" && declinedByBank(a.Standing.Txn):
		p.Hint = p.Say("hint.card-kept-bank")
	case at == "kept":
		p.Hint = fmt.Sprintf(p.Hint, p.Hotline)
	case at == "take" && Vanishes(a.Standing.Txn):
		p.Hint = p.Say("hint.card-take-end")
	case at == "take" && p.Total > 0:
		p.Hint = p.Say("hint.card-take-slip")
	}

	return p
}

// Touches implements page.Page.
func (TakeCardPage) Touches() []page.Touch { return nil }
