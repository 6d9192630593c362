package pospsim

import (
	"encoding/hex"
	"strings"

	"wattkiosk/payments/money"
)

// What a certificate is; a sale that none has come for yet has none of them.
const (
	certificateGood    = "good"
	certificateWrong   = "wrong"
	certificateMissing = "missing"
)

// byChip reports whether an entry mode is that of a chip.
func byChip(mode string) bool { return strings.HasPrefix(mode, "05") || strings.HasPrefix(mode, "07") }

// lacksCertificate reports whether the certificate of a sale should have come by now.
func (e Entry) lacksCertificate() bool {
	return e.Kind == kindSale && e.Certificate == "" && e.Settled && !e.Reversed && !e.Voided && byChip(e.Entry)
}

// named is the sale that a message names in field 61, if it says its amount.
func (b *Bank) named(t *terminal, m message) *Entry {
	e := b.booked[serial(t, m.digits(61, 0, 6), m.digits(61, 6, 12))]
	if e == nil || e.Kind != kindSale || e.Amount != money.Amount(m.digits(4, 0, 12)) {
		return nil
	}
	return e
}

// certificate takes the TC of one sale. It comes when its batch closes, or has closed with
// equal totals.
func (b *Bank) certificate(t *terminal, m message) message {
	e, batch := b.named(t, m), m.digits(60, 2, 8)
	_, closed := t.closed[batch]
	equal := m.digits(60, 8, 11) == 205
	switch {
	case e == nil || e.Batch != batch || e.Reversed || !byChip(e.Entry):
		return m.answer("25")
	case closed != equal || !closed && batch != t.batch:
		return m.answer("12")
	case m.fields[55] == "" || m.fields[22] != e.Entry:
		return m.answer("30")
	}

	e.Certificate = certificateGood
	if c, ok := b.issuer.(Certifier); ok && !c.Certificate(b.number(e.Card), m.fields[23], []byte(m.fields[55]), int64(e.Amount)) {
		e.Certificate = certificateWrong
	}
	a := m.answer("00")
	b.stamp(a)
	return a
}

// number is the card number of a card.
func (b *Bank) number(id string) string {
	for number, c := range b.cards {
		if c.ID == id {
			return number
		}
	}
	return ""
}

// scripts takes the notice of what a chip did with scripts. A sale that the bank has
// refused, or has no word of, has them too. The same notice again changes nothing.
func (b *Bank) scripts(t *terminal, m message) message {
	results, ok := scriptResults(m.fields[55])
	if m.digits(60, 8, 11) != 951 || !ok || len(m.fields[61]) < 12 {
		return m.answer("30")
	}
	n := Notice{Sale: serial(t, m.digits(61, 0, 6), m.digits(61, 6, 12)), Results: results}
	known := false
	for _, old := range b.notices {
		known = known || old == n
	}
	if !known {
		b.notices = append(b.notices, n)
	}
	a := m.answer("00")
	b.stamp(a)
	return a
}

// scriptResults are the results in a field 55, in hexadecimal: tag DF31 among tags of one
// or two bytes, each with a length of one byte.
func scriptResults(field55 string) (string, bool) {
	for b := []byte(field55); len(b) > 2; {
		tag, n := int(b[0]), 1
		if b[0]&0x1F == 0x1F {
			tag, n = tag<<8|int(b[1]), 2
		}
		length := int(b[n])
		if length > 0x7F || len(b) < n+1+length {
			return "", false
		}
		value := b[n+1 : n+1+length]
		if tag == 0xDF31 {
			return strings.ToUpper(hex.EncodeToString(value)), len(value) > 0 && len(value)%5 == 0
		}
		b = b[n+1+length:]
	}
	return "", false
}
