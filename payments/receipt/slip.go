package receipt

import (
	"fmt"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/leg"
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
	Fleet    Fleet // whose kiosk it is
}

// KindOf is the kind of slip that a transaction's present state asks for, by the
// compensation table.
func KindOf(t payments.Transaction) string { return string(t.Action().Slip) }

// Build lays out the slip of t in its present state. copyNo 1 is the original.
func Build(t payments.Transaction, k Kiosk, lang Lang, copyNo int, now time.Time) Slip {
	s := Slip{Serial: t.Serial, Kind: KindOf(t), Copy: copyNo}
	w := wordsFor(lang, t.Purpose)
	add := func(style Style, label, value string) { s.Lines = append(s.Lines, Line{label, value, style}) }

	verdict, next := told(t)
	s.head(w, k, verdict, now, add)
	if s.Copy > 1 { // of its own time it says what the records say, not when the copy was made
		now = t.OpenedAt
	}
	s.who(t, w, k, now, add)
	add(Rule, "", "")
	if t.Purpose == payments.Rewrite {
		sold(t, w, add)
	} else {
		s.amounts(t, w, add)
	}
	add(Rule, "", "")
	s.closing(t, w, k, next, add)

	return s
}

// Verdict is what the slip of t would say in the largest type now; empty where it asks for
// none.
func Verdict(t payments.Transaction, lang Lang) string {
	verdict, _ := told(t)

	return wordsFor(lang, t.Purpose).say("kind." + verdict)
}

// told are the keys of what became of a payment, and of what follows for its customer.
func told(t payments.Transaction) (verdict, next string) {
	verdict, next = KindOf(t), KindOf(t)
	switch {
	case voided(t):
		verdict, next = "voided", "voided"
	case t.ByBank && t.Status() == payments.Posted:
		next = "paid-by-bank"
	case unsure(t):
		verdict, next = "unsure", "unsure-"+string(t.Tender)
	case t.Status() == payments.Undone && t.Total() == 0 && t.Tender == payments.BankCard: // it was never credited
		verdict, next = "reversed", "reversed"
	case t.Status() == payments.Unwritten && t.Write.Fact() == leg.Unknown: // the card alone can tell
		verdict, next = "unsure-card", "unsure-card"
	}

	return verdict, next
}

// head says who issues the slip and, in the largest type between two rules, what
// became of the payment: the first thing that a clerk looks for.
func (s *Slip) head(w wording, k Kiosk, verdict string, now time.Time, add func(Style, string, string)) {
	if k.Utility != "" {
		add(Centred, "", k.Utility)
	}
	add(Centred, "", w.say("title"))
	if s.Copy > 1 {
		add(Centred, "", fmt.Sprintf(w.say("copy"), s.Copy))
		add(Centred, "", w.say("copied")+" "+now.In(zone(k)).Format("2006-01-02 15:04"))
	}

	add(Rule, "", "")
	add(Title, "", w.say("kind."+verdict))
	add(Rule, "", "")
}

func (s *Slip) who(t payments.Transaction, w wording, k Kiosk, now time.Time, add func(Style, string, string)) {
	add(Plain, w.say("account"), t.Account)
	if t.Name != "" {
		add(Plain, w.say("name"), t.Name)
		add(Plain, w.say("address"), t.Address)
	}
	if t.MeterCard.Meter != "" {
		add(Plain, w.say("meter"), Masked(t.MeterCard.Meter))
	}
	add(Plain, w.say("serial"), InFours(t.Serial))
	if t.Original != "" {
		add(Plain, w.say("original"), InFours(t.Original))
	}
	add(Plain, w.say("terminal"), k.Terminal)
	if k.Site != "" {
		add(Plain, w.say("site"), k.Site)
	}
	if k.Place != "" {
		add(Plain, w.say("place"), k.Place)
	}
	add(Plain, w.say("time"), when(t, now).In(zone(k)).Format("2006-01-02 15:04:05"))
	if t.Purpose == payments.Rewrite {
		return
	}
	way := "tender"
	if unsure(t) {
		way = "way"
	}
	add(Plain, w.say(way), w.say("tender."+string(t.Tender)))
	s.means(t, w, add)
}

// means says by which card, or under which number of the wallet.
func (s *Slip) means(t payments.Transaction, w wording, add func(Style, string, string)) {
	sale := t.Card.Sale
	for _, l := range []struct{ label, value string }{
		{"card", sale.Card},
		{"application", application(sale, w)},
		{"aid", sale.AID},
		{"entry", w.say("entry." + string(sale.Entry))},
		{"merchant", sale.Merchant},
		{"bank-terminal", sale.Terminal},
		{"batch", sale.Batch},
		{"trace", sale.Trace},
		{"bank-reference", t.Card.Answer.Reference},
		{"auth", t.Card.Answer.Auth},
		{"certificate", t.Card.Certificate},
		{"wallet-reference", t.QR.Reference},
	} {
		if l.value != "" {
			add(Plain, w.say(l.label), l.value)
		}
	}
}

// application is the kind of account that paid, with the chip's own name of it.
func application(sale bankcard.SaleOrdered, w wording) string {
	kind := w.say("kind-of." + string(bankcard.KindOf(sale.AID)))
	if strings.Contains(strings.ToLower(sale.Application), kind) {
		return sale.Application
	}

	return strings.TrimSpace(kind + " " + sale.Application)
}

// voided reports whether the bank has given a sale back that people had voided.
func voided(t payments.Transaction) bool {
	return t.Tender == payments.BankCard && t.Card.Void() == bankcard.Voided
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

// InFours groups digits in fours with spaces, as people read and copy them.
func InFours(digits string) string {
	var groups []string
	for len(digits) > 4 {
		groups = append(groups, digits[:4])
		digits = digits[4:]
	}

	return strings.Join(append(groups, digits), " ")
}

func (s *Slip) amounts(t payments.Transaction, w wording, add func(Style, string, string)) {
	yuan := func(a money.Amount) string { return w.say("currency") + a.String() }
	if due, known := t.Arrears.Get(); known && t.Purpose == payments.Bill {
		add(Plain, w.say("arrears"), yuan(due))
	}
	for _, c := range countNotes(t) {
		add(Plain, fmt.Sprintf("%s %s × %d", w.say("note"), c.value, c.n), yuan(c.value*money.Amount(c.n)))
	}
	if voided(t) { // whatever was booked of it before
		add(Strong, w.say("returned"), yuan(t.Total()))
		return
	}
	switch s.Kind {
	case string(compensation.SlipUndoing), string(compensation.SlipUndone):
		label := "returned"
		if t.Total() == 0 {
			label = "amount"
		}
		add(Strong, w.say(label), yuan(asked(t)))
	default:
		add(Strong, w.say("received"), yuan(t.Total()))
		add(Plain, w.say("capital"), t.Total().Capital())
	}
	switch {
	case t.Purpose == payments.Purchase:
		sold(t, w, add)
	case t.Status() != payments.Posted:
	case t.ByBank: // how the MIS divided it the bank alone was told
		add(Plain, w.say("booked"), w.say("booked.by-bank"))
	default:
		add(Plain, w.say("to-arrears"), yuan(t.Post.Result.ToArrears))
		left := stillOwed(t)
		if left > 0 {
			add(Strong, w.say("still-owed"), yuan(left))
		}
		if t.Post.Result.ToAdvance > 0 || left == 0 {
			add(Plain, w.say("to-advance"), yuan(t.Post.Result.ToAdvance))
		}
		add(Plain, w.say("reference"), t.Post.Result.Reference)
	}
	if u := t.InDoubt(); u > 0 {
		add(Strong, w.say("unresolved"), yuan(u))
	}
}

// stillOwed is what is left of the arrears that were verified before the payment; 0 where
// nothing is, or nobody knows.
func stillOwed(t payments.Transaction) money.Amount {
	due, _ := t.Arrears.Get()

	return max(0, due-t.Post.Result.ToArrears)
}

// sold says what is on the card, or is to be: nothing where nothing was sold.
func sold(t payments.Transaction, w wording, add func(Style, string, string)) {
	b := t.Sold()
	if b.Count == 0 {
		return
	}

	add(Strong, w.say("sold"), w.say("currency")+b.Amount.String())
	add(Plain, w.say("count"), fmt.Sprintf(w.say("count.no"), b.Count))
	if b.Energy > 0 {
		add(Plain, w.say("energy"), fmt.Sprintf("%d.%02d %s", b.Energy/100, b.Energy%100, w.say("kwh")))
		price := b.Amount * 10_000 / money.Amount(b.Energy) // fen for 100 kWh
		add(Plain, w.say("price"), fmt.Sprintf("%d.%04d %s", price/10_000, price%10_000, w.say("per-kwh")))
	}
	add(Plain, w.say("sale"), b.Number)
}

// Masked is a number as everybody at the kiosk sees it whose card alone told it: its last
// four digits, after two stars.
func Masked(digits string) string {
	if len(digits) <= 4 {
		return digits
	}

	return "**" + digits[len(digits)-4:]
}

func (s *Slip) closing(t payments.Transaction, w wording, k Kiosk, next string, add func(Style, string, string)) {
	if s.Kind == string(compensation.SlipOwed) && t.Post.Result.Code != "" {
		add(Plain, w.say("code"), t.Post.Result.Code+" "+t.Post.Result.Text)
	}
	if n := w.say("next." + next); n != "" {
		add(Plain, "", n)
	}
	if _, known := t.Arrears.Get(); !known && t.Purpose == payments.Bill && s.Kind == string(compensation.SlipPending) {
		add(Plain, "", w.say("next.unknown"))
	}
	if t.InDoubt() > 0 {
		add(Plain, "", w.say("next.unresolved"))
	}

	add(Code, "", k.Fleet.CodeOf(t.Serial))
	add(Centred, "", w.say("code-for"))
	if invoice := w.say("invoice." + s.Kind); invoice != "" && next != "voided" {
		add(Centred, "", invoice)
	}
	if k.Hotline != "" {
		add(Centred, "", w.say("hotline")+" "+k.Hotline)
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
	if t.Purpose == payments.Rewrite { // nothing was paid
		return t.OpenedAt
	}
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
