package page

import (
	"encoding/json"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
)

// Screen is a stable screen id of the published contract.
type Screen string

// Page is one screen as a value. It marshals to the fields of the contract.
type Page interface {
	// Touches are what is taken on the page, in the order in which it is drawn.
	Touches() []Touch
}

// View is the screen as data: what GET /state answers and what the page is drawn
// from.
type View struct {
	Rev      uint64       `json:"rev"`
	Screen   Screen       `json:"screen"`
	Lang     receipt.Lang `json:"lang"`
	Title    string       `json:"title"`
	Fields   any          `json:"fields"` // the Page; a map in a client that has decoded one
	Actions  []Action     `json:"actions"`
	Deadline *time.Time   `json:"deadline,omitempty"`
}

// Action is one thing that may be touched, as it is shown.
type Action struct {
	Name    string            `json:"name"`
	Label   string            `json:"label"`
	Note    string            `json:"note,omitempty"` // second line of the button: what follows from it
	Enabled bool              `json:"enabled"`
	Primary bool              `json:"primary,omitempty"`
	Args    map[string]string `json:"args,omitempty"`
}

// Field is a field of the view by its name in the contract; nil where the page has
// none. Numbers come as float64, as from any decoded JSON. It is for those who
// watch the screen from outside: tests, the voice, simulated customers.
func (v View) Field(name string) any {
	fields, ok := v.Fields.(map[string]any)
	if !ok {
		b, err := json.Marshal(v.Fields)
		if err != nil || json.Unmarshal(b, &fields) != nil {
			return nil
		}
	}

	return fields[name]
}

// Offers reports whether an action of that name is offered and enabled.
func (v View) Offers(name string) bool {
	for _, a := range v.Actions {
		if a.Name == name && a.Enabled {
			return true
		}
	}

	return false
}

// Frame is what every page shows. Embed it first.
type Frame struct {
	Hotline    string `json:"hotline"`
	Online     bool   `json:"online"`
	Terminal   string `json:"terminal"`
	Notice     string `json:"notice,omitempty"` // code of a message to the customer
	NoticeText string `json:"notice_text,omitempty"`
	Asking     string `json:"asking,omitempty"` // the question whether more time is wanted
	For        string `json:"for,omitempty"`    // the kind that the page is about: see About; empty for a bill

	Fleet receipt.Fleet `json:"-"` // whose kiosk it is, as the codes of payments say

	lang  receipt.Lang
	about [2]string
}

// NewFrame is the frame of a kiosk in a language. An empty notice is none.
func NewFrame(l receipt.Lang, terminal, hotline string, online bool, notice string, asking bool) Frame {
	f := Frame{Terminal: terminal, Hotline: hotline, Online: online, lang: l}
	if notice != "" {
		f.Notice, f.NoticeText = notice, Text(l, "notice."+notice)
	}
	if asking {
		f.Asking = Text(l, "asking")
	}

	return f
}

// Shared is the frame itself, for templates of any page.
func (f Frame) Shared() Frame { return f }

// Lang is the language of the page.
func (f Frame) Lang() receipt.Lang { return f.lang }

// About is the frame of a page that is about something else than a bill: what has words
// of its own for one of the kinds is said with them, for the first kind that has.
func (f Frame) About(kinds ...string) Frame {
	f.about = [2]string{}
	copy(f.about[:], kinds)
	f.For = f.about[0]

	return f
}

// Key is the key of a phrase for what the page is about, of those that has knows.
func (f Frame) Key(key string, has func(string) bool) string {
	for _, kind := range f.about {
		if own := kind + "." + key; kind != "" && has(own) {
			return own
		}
	}

	return key
}

// Say is a phrase in the page's language.
func (f Frame) Say(key string) string { return Text(f.lang, f.Key(key, Has)) }

// Knows reports whether there are words for a key.
func (f Frame) Knows(key string) bool { return Has(f.Key(key, Has)) }

// Sum is an amount as two fields of a page: in fen, and in words. It is shown only
// where it is known: an unknown amount is never zero.
type Sum struct {
	Fen  *int64
	Text string
}

// SumOf is the Sum of an amount that may be unknown.
func SumOf(o money.Optional) Sum {
	a, known := o.Get()
	if !known {
		return Sum{}
	}
	fen := int64(a)

	return Sum{&fen, a.String()}
}
