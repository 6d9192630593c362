package pospsim

import (
	"fmt"
	"strings"

	"wattkiosk/payments/money"
)

// stamp adds time, dates and a reference of the bank.
func (b *Bank) stamp(a message) {
	now := b.now()
	b.reference++
	a.fields[12] = now.Format("150405")
	a.fields[13] = now.Format("0102")
	a.fields[15] = now.AddDate(0, 0, 1).Format("0102")
	a.fields[37] = fmt.Sprintf("%s%06d", now.Format("060102"), b.reference%1000000)
}

func serial(t *terminal, batch, trace int64) string {
	return fmt.Sprintf("%s-%06d-%06d", t.ID, batch, trace)
}

// seen counts a repeated request and returns how it is answered; empty for a new one.
func (b *Bank) seen(s string) string {
	if e := b.booked[s]; e != nil {
		e.Attempts++
		return "94"
	}
	if b.refusals[s] {
		return "94"
	}
	return ""
}

func (b *Bank) sale(t *terminal, m message) message {
	batch, trace, amount := m.digits(60, 2, 8), m.digits(11, 0, 6), money.Amount(m.digits(4, 0, 12))
	s := serial(t, batch, trace)
	code := b.seen(s)
	if code == "" && batch != t.batch {
		code = "12"
	}
	card := b.cards[m.fields[2]]
	if code == "" {
		code = b.authorise(t, card, m, amount)
	}
	bookTo, ok := accountOf(m)
	if code == "00" && !ok {
		code = "30"
	}
	if code == "00" && bookTo != "" && !b.post(s, bookTo, amount) {
		code = "05"
	}

	a := m.answer(code)
	b.stamp(a)
	b.chip(a, m, code)
	if code != "00" {
		return a
	}
	card.Balance -= amount
	b.book(t, a, m, card, &Entry{Serial: s, Kind: kindSale, Batch: batch, Trace: trace, Amount: amount, Account: bookTo})
	return a
}

// accountOf is the account that a sale is to be booked to; empty for none. False is a field
// 62 that means nothing.
func accountOf(m message) (string, bool) {
	v, there := m.fields[62]
	if !there {
		return "", true
	}
	account, ok := strings.CutPrefix(v, "JF")

	return account, ok && account != ""
}

func (b *Bank) post(serial, account string, amount money.Amount) bool {
	return b.poster != nil && b.poster.Post(serial, account, amount) == nil
}

// authorise is the issuer's decision about a sale or an enquiry.
func (b *Bank) authorise(t *terminal, card *account, m message, amount money.Amount) string {
	switch {
	case card == nil:
		return "14"
	case card.Trouble != "":
		return map[Trouble]string{Lost: "41", Stolen: "43", Overdue: "54", CallUs: "01", Barred: "57"}[card.Trouble]
	case card.Expiry != "" && m.fields[14] != "" && m.fields[14] != card.Expiry:
		return "54"
	}
	if code := b.checkPIN(t, card, m); code != "" {
		return code
	}
	if b.issuer != nil && m.fields[55] != "" && !b.issuer.Verify(card.PAN, m.fields[23], []byte(m.fields[55])) {
		return "05"
	}

	switch {
	case card.Limit != 0 && amount > card.Limit:
		return "61"
	case amount > card.Balance:
		return "51"
	}
	return "00"
}

// checkPIN returns what is wrong with the PIN; empty if nothing is.
func (b *Bank) checkPIN(t *terminal, card *account, m message) string {
	if card.PIN == "" {
		return ""
	}
	if card.wrong >= maxTries {
		return "75"
	}
	if m.fields[52] == "" {
		return "55"
	}
	pin, ok := clearPIN(t.pin, m.fields[52], card.PAN)
	switch {
	case !ok:
		return "99"
	case pin == card.PIN:
		card.wrong = 0
		return ""
	}
	card.wrong++
	if card.wrong >= maxTries {
		return "75"
	}
	return "55"
}

// chip adds the issuer's field 55.
func (b *Bank) chip(a, m message, code string) {
	if b.issuer == nil || m.fields[55] == "" || b.cards[m.fields[2]] == nil {
		return
	}
	if data := b.issuer.Answer(m.fields[2], m.fields[23], []byte(m.fields[55]), code); len(data) > 0 {
		a.fields[55] = string(data)
	}
}

// book writes an entry and completes the answer by it.
func (b *Bank) book(t *terminal, a, m message, card *account, e *Entry) {
	a.fields[2] = card.PAN
	a.fields[38] = fmt.Sprintf("%06d", b.rand.IntN(1000000))
	a.fields[44] = "01020000   01020000   "
	e.Terminal, e.Merchant, e.Card, e.Tender, e.Attempts = t.ID, t.Merchant, card.ID, "bankcard", 1
	e.PANMasked = card.PAN[:6] + strings.Repeat("*", len(card.PAN)-10) + card.PAN[len(card.PAN)-4:]
	e.Entry, e.Reference, e.AuthCode = m.fields[22], a.fields[37], a.fields[38]
	e.Date, e.Time = a.fields[13], a.fields[12]
	b.entries = append(b.entries, e)
	b.booked[e.Serial] = e
}

func (b *Bank) enquiry(m message) message {
	card := b.cards[m.fields[2]]
	code := b.authorise(b.terminals[m.fields[41]], card, m, 0)
	a := m.answer(code)
	b.stamp(a)
	b.chip(a, m, code)
	if code == "00" {
		a.fields[54] = fmt.Sprintf("1002156C%012d", card.Balance)
	}
	return a
}

// giveBack is a void of a whole sale of the open batch, or a refund.
func (b *Bank) giveBack(t *terminal, m message) message {
	batch, trace, amount := m.digits(60, 2, 8), m.digits(11, 0, 6), money.Amount(m.digits(4, 0, 12))
	e := &Entry{Serial: serial(t, batch, trace), Kind: kindRefund, Batch: batch, Trace: trace, Amount: amount}
	if m.mti == "0200" {
		e.Kind = kindVoid
	}
	of := b.booked[serial(t, m.digits(61, 0, 6), m.digits(61, 6, 12))]
	card := b.cardOf(e, of, m)
	code := b.seen(e.Serial)
	if code == "" {
		code = b.mayGiveBack(t, e, of, card)
	}
	if code == "00" && of.Account != "" && (b.poster == nil || b.poster.Reverse(of.Serial) != nil) {
		code = "05"
	}

	a := m.answer(code)
	b.stamp(a)
	if code != "00" {
		return a
	}
	card.Balance += amount
	e.Original = of.Serial
	if e.Kind == kindVoid {
		of.Voided = true
	} else {
		of.Refunded += amount
	}
	b.book(t, a, m, card, e)
	return a
}

// cardOf is the card of a request to give back: as it says, or of a void without one that of
// the sale, if the number of its authorisation is right.
func (b *Bank) cardOf(e, of *Entry, m message) *account {
	if m.fields[2] != "" || e.Kind != kindVoid || of == nil || !b.voidsByNumber || m.fields[38] != of.AuthCode || m.fields[37] != of.Reference {
		return b.cards[m.fields[2]]
	}
	for _, c := range b.cards {
		if c.ID == of.Card {
			return c
		}
	}

	return nil
}

func (b *Bank) mayGiveBack(t *terminal, e, of *Entry, card *account) string {
	switch {
	case e.Batch != t.batch:
		return "12"
	case of == nil || of.Kind != kindSale || of.Reversed || of.Voided || of.Account != "" && e.Kind != kindVoid || card == nil || of.Card != card.ID:
		return "25"
	case e.Kind == kindVoid && (of.Batch != t.batch || of.Refunded != 0):
		return "25"
	case e.Kind == kindVoid && e.Amount != of.Amount, e.Amount <= 0, e.Amount > of.Amount-of.Refunded:
		return "64"
	}
	return "00"
}

// reverse undoes a sale or a void that is named by terminal, batch and trace. What is
// undone stays undone; what never came is remembered.
func (b *Bank) reverse(t *terminal, m message) message {
	batch, trace := m.digits(61, 0, 6), m.digits(61, 6, 12)
	s := serial(t, batch, trace)
	e := b.booked[s]
	code := "00"
	switch {
	case b.take(ReversalRefused):
		code = "05"
	case batch != m.digits(60, 2, 8) || trace != m.digits(11, 0, 6):
		code = "30"
	case e == nil:
		b.refusals[s] = true
		code = "25"
	case e.Amount != money.Amount(m.digits(4, 0, 12)) || (e.Kind == kindVoid) != (m.fields[3] == "200000"):
		code = "64"
	case e.Voided:
		code = "12"
	case e.Kind == kindRefund || e.Refunded != 0:
		code = "05"
	case !e.Reversed && e.Account != "" && (b.poster == nil || b.poster.Reverse(s) != nil):
		code = "05"
	default:
		e.Reversals++
		b.undo(e)
	}

	a := m.answer(code)
	b.stamp(a)
	return a
}

// undo takes an entry back, once.
func (b *Bank) undo(e *Entry) {
	if e.Reversed {
		return
	}
	e.Reversed = true
	amount := e.Amount
	if e.Kind == kindVoid {
		of := b.booked[e.Original]
		of.Voided = false
		amount = -amount
		if of.Account != "" && !b.post(of.Serial, of.Account, of.Amount) {
			b.err = fmt.Errorf("cannot book %s again", of.Serial)
		}
	}
	for _, c := range b.cards {
		if c.ID == e.Card {
			c.Balance += amount
		}
	}
}
