package screen

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/buypower"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/service/reprint"
	"wattkiosk/firmware/service/update"
)

// Look is a view as the templates see it.
type Look struct {
	page.View
	F   page.Frame // what every page shows
	P   any        // the page
	now time.Time
}

// framed is a page of this house: each embeds its frame.
type framed interface{ Shared() page.Frame }

func look(v page.View, now time.Time) Look {
	l := Look{View: v, P: v.Fields, now: now}
	if p, ok := v.Fields.(framed); ok {
		l.F = p.Shared()
	}

	return l
}

// T is a fixed phrase in the view's language, for what the page is about.
func (l Look) T(key string) string { return phrase(l.Lang, l.F.Key(key, known)) }

// Grouped is digits in groups of four, for reading aloud.
func (l Look) Grouped(digits string) string { return grouped(digits, 4) }

// Number is a number as it is read: in groups of four, or what is seen of a masked one.
func (l Look) Number(n string) string {
	if strings.HasPrefix(n, "*") {
		return n
	}

	return l.Grouped(n)
}

// Yuan is an amount with the sign of the currency, and a minus before that.
func (l Look) Yuan(amount string) string {
	if less, ok := strings.CutPrefix(amount, "-"); ok {
		return "-¥" + less
	}

	return "¥" + amount
}

// Threes is digits in groups of three.
func (l Look) Threes(digits string) string { return grouped(digits, 3) }

func grouped(s string, n int) string {
	var b strings.Builder
	for i, c := range s {
		if i > 0 && i%n == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}

	return b.String()
}

// RemainingMS is the time left until the deadline in milliseconds; -1 without a
// deadline.
func (l Look) RemainingMS() int64 {
	if l.Deadline == nil {
		return -1
	}
	return max(0, l.Deadline.Sub(l.now).Milliseconds())
}

// ByTender is a phrase that speaks of how bills are paid: there may be one for each set
// of ways that a kiosk has beside notes.
func (l Look) ByTender(key string) string {
	p, ok := l.P.(interface{ Means() string })
	if !ok {
		return l.T(key)
	}
	if _, ok := phrases[key+"."+p.Means()]; !ok {
		return l.T(key)
	}

	return l.T(key + "." + p.Means())
}

// CodeLeft says until when the code on the screen may be paid, by the kiosk's clock;
// empty where there is none.
func (l Look) CodeLeft() string {
	p, ok := l.P.(paybill.CodePage)
	if !ok || p.Until == nil {
		return ""
	}

	return fmt.Sprintf(l.T("code.left"), int(p.Until.Sub(l.now).Round(time.Minute).Minutes()))
}

// Left is what follows the seconds of the countdown.
func (l Look) Left() string {
	switch {
	case l.Screen == page.Done || l.Screen == page.Failed:
		return l.T("left.home")
	case l.F.Asking == "":
		return l.T("left.pause")
	case l.cash().Total > 0:
		return l.T("left.pay")
	}
	return l.T("left.home")
}

// Button is an action as a template draws it.
type Button struct {
	page.Action
	Look Look
}

// Data is the button's arguments as a JSON object.
func (b Button) Data() (string, error) {
	if len(b.Args) == 0 {
		return "{}", nil
	}
	j, err := json.Marshal(b.Args)
	return string(j), err
}

// Has reports whether an action is offered, enabled or not.
func (l Look) Has(name string) bool {
	return slices.ContainsFunc(l.Actions, func(a page.Action) bool { return a.Name == name })
}

// Button is the first action of a name; nil where it is not offered.
func (l Look) Button(name string) *Button {
	if all := l.Buttons(name); len(all) > 0 {
		return &all[0]
	}
	return nil
}

// Buttons are all actions of a name; all but the language and the question's
// without one.
func (l Look) Buttons(name string) []Button {
	var all []Button
	for _, a := range l.Actions {
		if a.Name == name || (name == "" && a.Name != "language" && a.Name != "more-time") {
			all = append(all, Button{a, l})
		}
	}
	return all
}

// OfferCard is one update bundle with the button that chooses it; nil where it does
// not fit.
type OfferCard struct {
	update.OfferView
	Button *Button
}

// Offers are the update bundles on the stick.
func (l Look) Offers() []OfferCard {
	stick, _ := l.P.(update.StickPage)
	offers := stick.Offers
	cards := make([]OfferCard, 0, len(offers))
	for _, o := range offers {
		c := OfferCard{OfferView: o}
		for _, b := range l.Buttons("staff-install") {
			if b.Args["file"] == o.File {
				c.Button = &b
			}
		}
		cards = append(cards, c)
	}
	return cards
}

// CopyCard is a slip that may be printed again, with the button that chooses it.
type CopyCard struct {
	reprint.SlipView
	Button *Button
}

// Copies are the slips on the page, each with its button.
func (l Look) Copies() []CopyCard {
	list, _ := l.P.(reprint.ListPage)
	cards := make([]CopyCard, 0, len(list.Rows))
	for _, r := range list.Rows {
		c := CopyCard{SlipView: r}
		for _, b := range l.Buttons("reprint-choose") {
			if b.Args["serial"] == r.Serial {
				c.Button = &b
			}
		}
		cards = append(cards, c)
	}

	return cards
}

// Chips is how many notes are shown one by one; more are counted per value.
const Chips = 8

// Chip is a note, or several of one value, in yuan.
type Chip struct {
	Yuan  int64
	Count int
}

// Notes are the notes taken, in their order or, when many, per value.
func (l Look) Notes() []Chip {
	notes := l.cash().Notes
	var chips []Chip
	for _, n := range notes {
		i := -1
		if len(notes) > Chips {
			i = slices.IndexFunc(chips, func(c Chip) bool { return c.Yuan == n/100 })
		}
		if i < 0 {
			chips = append(chips, Chip{n / 100, 1})
		} else {
			chips[i].Count++
		}
	}

	if len(notes) > Chips {
		slices.SortFunc(chips, func(a, b Chip) int { return int(b.Yuan - a.Yuan) })
	}

	return chips
}

// NoteCount is the number of notes taken.
func (l Look) NoteCount() int { return len(l.cash().Notes) }

// Denominations are the notes the machine takes, in yuan, largest first.
func (l Look) Denominations() []int64 {
	d := slices.Clone(l.cash().Denominations)
	slices.SortFunc(d, func(a, b int64) int { return int(b - a) })
	return d
}

// Step is one of the steps of a payment.
type Step struct {
	N      int
	Name   string
	Now    bool
	Passed bool
	Stuck  bool // the payment ended here
}

// stepAt is the step that each screen is at.
var stepAt = map[page.Screen]int{
	page.EnterAccount: 1, page.ConfirmAccount: 2, page.ChooseTender: 3, page.ChooseAmount: 3, page.EnterAmount: 3, page.InsertCash: 3, page.ShowCode: 3,
	page.InsertCard: 3, page.ChooseCard: 3, page.EnterPIN: 3, page.TakeCard: 3,
	page.Processing: 3, page.Done: 4, page.Failed: 3,
}

// buyingAt is the step of a purchase that each screen is at.
var buyingAt = map[page.Screen]int{
	page.InsertMeterCard: 1, page.MeterCard: 1, page.ChooseAmount: 2, page.EnterAmount: 2, page.ChooseTender: 3, page.InsertCash: 3, page.ShowCode: 3,
	page.InsertCard: 3, page.ChooseCard: 3, page.EnterPIN: 3, page.Processing: 3, page.WriteCard: 4, page.Done: 5, page.Failed: 4,
}

// rewritingAt is the step of a re-write that each screen is at.
var rewritingAt = map[page.Screen]int{page.MeterCard: 1, page.WriteCard: 2, page.Done: 3, page.Failed: 2}

// Steps are the steps of a payment, none where no payment is under way. A payment
// that failed ended at the third, and one that was cancelled has none.
func (l Look) Steps() []Step {
	at := stepAt[l.Screen]
	names := []string{"step.account", "step.check", "step.pay", "step.done"}
	switch l.F.Key("steps", known) {
	case "buy.steps":
		at, names = buyingAt[l.Screen], []string{"step.card", "step.amount", "step.pay", "step.write", "step.done"}
	case "rewrite.steps":
		at, names = rewritingAt[l.Screen], []string{"step.card", "step.write", "step.done"}
	}
	if r, ok := l.result(); at == 0 || ok && r.Result == "cancelled" {
		return nil
	}

	var steps []Step
	for i, key := range names {
		now := i+1 == at
		steps = append(steps, Step{N: i + 1, Name: l.T(key), Now: now, Passed: i+1 < at, Stuck: now && l.Screen == page.Failed})
	}

	return steps
}

// Keeps reports whether the page shows a serial that the customer takes along.
func (l Look) Keeps() bool {
	r, ok := l.result()
	return ok && r.Keep
}

// result is the result on the page; false where it shows none.
func (l Look) result() (paybill.ResultPage, bool) {
	switch p := l.P.(type) {
	case paybill.ResultPage:
		return p, true
	case buypower.ResultPage:
		return p.ResultPage, true
	}

	return paybill.ResultPage{}, false
}

// Bought is what a purchase came to; nil on a page about anything else.
func (l Look) Bought() *buypower.ResultPage {
	if p, ok := l.P.(buypower.ResultPage); ok {
		return &p
	}

	return nil
}

// Sold reports whether the page is about something that was sold.
func (l Look) Sold() bool {
	p := l.Bought()

	return p != nil && p.SoldText != ""
}

// Buying reports whether an amount of power is chosen, or how it is paid.
func (l Look) Buying() bool {
	switch l.P.(type) {
	case buypower.AmountPage, buypower.TypedAmountPage, buypower.TenderPage:
		return true
	}

	return false
}

// MeterCard reports whether it is a meter card that comes out.
func (l Look) MeterCard() bool {
	_, ok := l.P.(buypower.TakePage)

	return ok
}

// Loaded reports whether the meter has taken the last purchase on the card.
func (l Look) Loaded() bool {
	p, _ := l.P.(buypower.CardPage)

	return p.Loaded != nil && *p.Loaded
}

// Goal is the sum that the notes are put in for, in fen: of a purchase what was chosen, of
// a bill what is owed; 0 where nobody knows.
func (l Look) Goal() int64 {
	p := l.cash()
	switch {
	case p.Target != nil:
		return *p.Target
	case p.Arrears != nil:
		return *p.Arrears
	}

	return 0
}

// Keys are the digits of the keypad above its last row.
func (l Look) Keys() []int { return []int{1, 2, 3, 4, 5, 6, 7, 8, 9} }

// usualPIN is how many digits a PIN has as a rule.
const usualPIN = 6

// Marks are the places of a PIN, with those that are filled.
func (l Look) Marks() []bool {
	p, _ := l.P.(paybill.EnterPINPage)
	marks := make([]bool, max(usualPIN, p.Digits))
	for i := range p.Digits {
		marks[i] = true
	}

	return marks
}

// Progress is how much of the goal is paid, in fen, at most the goal.
func (l Look) Progress() int64 { return min(l.cash().Total, l.Goal()) }

// cash is the page that takes notes; a zero one on any other screen.
func (l Look) cash() paybill.CashPage {
	p, _ := l.P.(paybill.CashPage)
	return p
}
