package screen

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/firmware/session"
)

// Look is a view as the templates see it.
type Look struct {
	session.View
	now time.Time
}

func look(v session.View, now time.Time) Look { return Look{v, now} }

// T is a fixed phrase in the view's language.
func (l Look) T(key string) string { return phrase(l.Lang, key) }

// Text is a field as text; an absent field is empty.
func (l Look) Text(key string) string {
	switch v := l.Fields[key].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

// Yes reports whether a field is true.
func (l Look) Yes(key string) bool { b, _ := l.Fields[key].(bool); return b }

// Fen is a field as an amount in fen; an absent field is 0.
func (l Look) Fen(key string) int64 { n, _ := l.Fields[key].(int64); return n }

// Lines is a field as a list of texts.
func (l Look) Lines(key string) []string { s, _ := l.Fields[key].([]string); return s }

// Int is a field as a number; an absent field is 0.
func (l Look) Int(key string) int { n, _ := l.Fields[key].(int); return n }

// Grouped is a field of digits in groups of four, for reading aloud.
func (l Look) Grouped(key string) string { return grouped(l.Text(key), 4) }

// Threes is a field of digits in groups of three.
func (l Look) Threes(key string) string { return grouped(l.Text(key), 3) }

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

// Left is what follows the seconds of the countdown.
func (l Look) Left() string {
	switch {
	case l.Screen == session.Done || l.Screen == session.Failed:
		return l.T("left.home")
	case l.Text("asking") == "":
		return l.T("left.pause")
	case l.Screen == session.InsertCash && l.Fen("total") > 0:
		return l.T("left.pay")
	}
	return l.T("left.home")
}

// Button is an action as a template draws it.
type Button struct {
	session.Action
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
	return slices.ContainsFunc(l.Actions, func(a session.Action) bool { return a.Name == name })
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

// Offer is the update bundle that the screen is about; nil where it is not known.
func (l Look) Offer() *session.OfferView {
	o, ok := l.Fields["offer"].(session.OfferView)
	if !ok {
		return nil
	}
	return &o
}

// OfferCard is one update bundle with the button that chooses it; nil where it does
// not fit.
type OfferCard struct {
	session.OfferView
	Button *Button
}

// Offers are the update bundles on the stick.
func (l Look) Offers() []OfferCard {
	offers, _ := l.Fields["offers"].([]session.OfferView)
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

// Chips is how many notes are shown one by one; more are counted per value.
const Chips = 8

// Chip is a note, or several of one value, in yuan.
type Chip struct {
	Yuan  int64
	Count int
}

// Notes are the notes taken, in their order or, when many, per value.
func (l Look) Notes() []Chip {
	notes, _ := l.Fields["notes"].([]int64)
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
func (l Look) NoteCount() int { n, _ := l.Fields["notes"].([]int64); return len(n) }

// Denominations are the notes the machine takes, in yuan, largest first.
func (l Look) Denominations() []int64 {
	d, _ := l.Fields["denominations"].([]int64)
	d = slices.Clone(d)
	slices.SortFunc(d, func(a, b int64) int { return int(b - a) })
	return d
}

// Step is one of the steps of a payment.
type Step struct {
	N      int
	Name   string
	Now    bool
	Passed bool
}

// Steps are the steps of a payment, none where no payment is under way.
func (l Look) Steps() []Step {
	at := map[session.Screen]int{
		session.EnterAccount: 1, session.ConfirmAccount: 2, session.ChooseTender: 3, session.InsertCash: 3,
		session.Processing: 3, session.Done: 4, session.Failed: 4,
	}[l.Screen]
	if at == 0 {
		return nil
	}
	var steps []Step
	for i, key := range []string{"step.account", "step.check", "step.pay", "step.done"} {
		steps = append(steps, Step{N: i + 1, Name: l.T(key), Now: i+1 == at, Passed: i+1 < at})
	}
	return steps
}

// Keys are the digits of the keypad above its last row.
func (l Look) Keys() []int { return []int{1, 2, 3, 4, 5, 6, 7, 8, 9} }

// Progress is how much of the arrears is paid, in fen, at most the arrears.
func (l Look) Progress() int64 { return min(l.Fen("total"), l.Fen("arrears")) }
