package receipt

import (
	"fmt"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/money"
)

// Lang is the language of a slip.
type Lang string

// The languages.
const (
	Chinese Lang = "zh"
	English Lang = "en"
)

// Style is how a line is set.
type Style int

// The styles.
const (
	Plain Style = iota
	Title       // centred, large
	Centred
	Strong // bold
	Rule   // a dashed line
	Code   // a QR code of Value
)

// Line is one line of a slip: Label and Value at the two edges, or Value alone.
type Line struct {
	Label string
	Value string
	Style Style
}

// Slip is a printed voucher as data.
type Slip struct {
	Serial string
	Kind   string // of compensation.Slip…
	Copy   int
	Lines  []Line
}

// Kiosk is what a slip says about the machine.
type Kiosk struct {
	Terminal string
	Utility  string // who issues the slip; empty leaves the line out, as in Site and Place
	Site     string // name of the place
	Place    string // its address
	Hotline  string
	Zone     *time.Location
}

// KindOf is the kind of slip that a transaction's present state asks for, by the
// compensation table.
func KindOf(t payments.Transaction) string { return string(t.Action().Slip) }

// Build lays out the slip of t in its present state. copyNo 1 is the original.
func Build(t payments.Transaction, k Kiosk, lang Lang, copyNo int, now time.Time) Slip {
	s := Slip{Serial: t.Serial, Kind: KindOf(t), Copy: copyNo}
	w := words[lang]
	if w == nil {
		w = words[Chinese]
	}
	add := func(style Style, label, value string) { s.Lines = append(s.Lines, Line{label, value, style}) }

	verdict, next := s.Kind, s.Kind
	switch {
	case t.ByBank && t.Status() == payments.Posted:
		next = "paid-by-bank"
	case unsure(t):
		verdict, next = "unsure", "unsure-"+string(t.Tender)
	case t.Status() == payments.Undone && t.Total() == 0 && t.Tender == payments.BankCard: // it was never credited
		verdict, next = "reversed", "reversed"
	}
	s.head(w, k, verdict, add)
	s.who(t, w, k, now, add)
	add(Rule, "", "")
	s.amounts(t, w, add)
	add(Rule, "", "")
	s.closing(t, w, k, next, add)

	return s
}

// head says who issues the slip and, in the largest type between two rules, what
// became of the payment: the first thing that a clerk looks for.
func (s *Slip) head(w map[string]string, k Kiosk, verdict string, add func(Style, string, string)) {
	if k.Utility != "" {
		add(Centred, "", k.Utility)
	}
	add(Centred, "", w["title"])
	if s.Copy > 1 {
		add(Centred, "", fmt.Sprintf(w["copy"], s.Copy))
	}

	add(Rule, "", "")
	add(Title, "", w["kind."+verdict])
	add(Rule, "", "")
}

func (s *Slip) who(t payments.Transaction, w map[string]string, k Kiosk, now time.Time, add func(Style, string, string)) {
	add(Plain, w["account"], t.Account)
	if t.Name != "" {
		add(Plain, w["name"], t.Name)
		add(Plain, w["address"], t.Address)
	}
	add(Plain, w["serial"], InFours(t.Serial))
	add(Plain, w["terminal"], k.Terminal)
	if k.Site != "" {
		add(Plain, w["site"], k.Site)
	}
	if k.Place != "" {
		add(Plain, w["place"], k.Place)
	}
	add(Plain, w["time"], when(t, now).In(zone(k)).Format("2006-01-02 15:04:05"))
	way := "tender"
	if unsure(t) {
		way = "way"
	}
	add(Plain, w[way], w["tender."+string(t.Tender)])
	s.means(t, w, add)
}

// means says by which card, or under which number of the wallet.
func (s *Slip) means(t payments.Transaction, w map[string]string, add func(Style, string, string)) {
	sale := t.Card.Sale
	for _, l := range []struct{ label, value string }{
		{"card", sale.Card},
		{"application", sale.Application},
		{"entry", w["entry."+string(sale.Entry)]},
		{"merchant", sale.Merchant},
		{"bank-terminal", sale.Terminal},
		{"batch", sale.Batch},
		{"trace", sale.Trace},
		{"bank-reference", t.Card.Answer.Reference},
		{"auth", t.Card.Answer.Auth},
		{"wallet-reference", t.QR.Reference},
	} {
		if l.value != "" {
			add(Plain, w[l.label], l.value)
		}
	}
}

// unsure reports whether nobody has said yet whether the customer paid.
func unsure(t payments.Transaction) bool {
	return t.Status() == payments.Undoing && t.Total() == 0
}

// asked is what was to be paid by card or code; 0 for notes.
func asked(t payments.Transaction) money.Amount {
	if t.Tender == payments.QR {
		return t.QR.Amount
	}

	return t.Card.Amount
}

// CodeOf is what the QR code of a payment says, on the slip and on the screen.
func CodeOf(serial string) string { return "WK1:" + serial }

// InFours groups digits in fours with spaces, as people read and copy them.
func InFours(digits string) string {
	var groups []string
	for len(digits) > 4 {
		groups = append(groups, digits[:4])
		digits = digits[4:]
	}

	return strings.Join(append(groups, digits), " ")
}

func (s *Slip) amounts(t payments.Transaction, w map[string]string, add func(Style, string, string)) {
	yuan := func(a money.Amount) string { return w["currency"] + a.String() }
	if due, known := t.Arrears.Get(); known {
		add(Plain, w["arrears"], yuan(due))
	}
	for _, c := range countNotes(t) {
		add(Plain, fmt.Sprintf("%s %s × %d", w["note"], c.value, c.n), yuan(c.value*money.Amount(c.n)))
	}
	switch s.Kind {
	case string(compensation.SlipUndoing), string(compensation.SlipUndone):
		label := "returned"
		if t.Total() == 0 {
			label = "amount"
		}
		add(Strong, w[label], yuan(asked(t)))
	default:
		add(Strong, w["received"], yuan(t.Total()))
		add(Plain, w["capital"], t.Total().Capital())
	}
	switch {
	case t.Status() != payments.Posted:
	case t.ByBank: // how the MIS divided it the bank alone was told
		add(Plain, w["booked"], w["booked.by-bank"])
	default:
		add(Plain, w["to-arrears"], yuan(t.Post.Result.ToArrears))
		add(Plain, w["to-advance"], yuan(t.Post.Result.ToAdvance))
		add(Plain, w["reference"], t.Post.Result.Reference)
	}
	if u := t.InDoubt(); u > 0 {
		add(Strong, w["unresolved"], yuan(u))
	}
}

func (s *Slip) closing(t payments.Transaction, w map[string]string, k Kiosk, next string, add func(Style, string, string)) {
	if s.Kind == string(compensation.SlipOwed) && t.Post.Result.Code != "" {
		add(Plain, w["code"], t.Post.Result.Code+" "+t.Post.Result.Text)
	}
	if n := w["next."+next]; n != "" {
		add(Plain, "", n)
	}
	if _, known := t.Arrears.Get(); !known && s.Kind == string(compensation.SlipPending) {
		add(Plain, "", w["next.unknown"])
	}
	if t.InDoubt() > 0 {
		add(Plain, "", w["next.unresolved"])
	}

	add(Code, "", CodeOf(t.Serial))
	add(Centred, "", w["code-for"])
	if invoice := w["invoice."+s.Kind]; invoice != "" {
		add(Centred, "", invoice)
	}
	if k.Hotline != "" {
		add(Centred, "", w["hotline"]+" "+k.Hotline)
	}
}

type noteCount struct {
	value money.Amount
	n     int
}

// countNotes groups credited notes by value, largest first.
func countNotes(t payments.Transaction) []noteCount {
	var out []noteCount
next:
	for _, n := range t.Cash.Notes {
		if n.State != cash.StateStacked {
			continue
		}
		for i := range out {
			if out[i].value == n.Value {
				out[i].n++
				continue next
			}
		}
		out = append(out, noteCount{n.Value, 1})
		for i := len(out) - 1; i > 0 && out[i].value > out[i-1].value; i-- {
			out[i], out[i-1] = out[i-1], out[i]
		}
	}
	return out
}

func when(t payments.Transaction, now time.Time) time.Time {
	if at := t.PaidAt(); !at.IsZero() {
		return at
	}

	return now
}

func zone(k Kiosk) *time.Location {
	if k.Zone != nil {
		return k.Zone
	}
	return time.UTC
}
