package web

import (
	"slices"

	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
)

// tellMeter tells what became of the writing of a meter card. Whatever is not of one is
// told as that of a bank card, and so on.
func tellMeter(l lang, event payments.Event, m *moment) {
	switch e := event.(type) {
	case metercard.WriteBegun:
		m.say(l.t("ev.meter.begun", e.Count, yuan(e.Amount)), l.t("ev.meter.try", e.N), "")
	case metercard.WriteEnded:
		m.say(l.t("ev.meter."+string(e.Outcome)), l.of("meterwhy", e.Why), map[metercard.Outcome]string{metercard.Written: "good", metercard.Unwritten: "warn"}[e.Outcome])
		if e.Outcome == metercard.Unsure {
			m.Tone = "bad"
		}
	case metercard.GaveUp:
		m.say(l.t("ev.meter.left"), l.of("meterwhy", e.Why), "bad")
	case metercard.Settled:
		m.say(l.t("ev.meter.settled", l.of("how", string(e.How))), l.t("ev.by", e.By), "good")
	default:
		tellCard(l, event, m)
	}
}

// tellOpened tells the opening of a purchase or of a re-write.
func tellOpened(l lang, e payments.Opened, m *moment) {
	switch e.Purpose {
	case payments.Purchase:
		m.Title, m.Detail = l.t("ev.opened.purchase", e.Account), l.t("ev.meter.card", e.MeterCard.Serial, e.MeterCard.Count)
	case payments.Rewrite:
		m.Title, m.Detail = l.t("ev.opened.rewrite", e.Original), l.t("ev.meter.card", e.MeterCard.Serial, e.MeterCard.Count)
	}
}

// soldData is what a payment's page says of what was sold.
type soldData struct {
	metercard.Sold
	Serial, Energy string // serial of the sale
	Stage          books.Stage
	Tone           string
}

// soldIn is what was sold by a purchase, or is carried on by a re-write; nil if nothing.
func (l lang) soldIn(d books.Detail) *soldData {
	x := d.Delivery
	if x == nil {
		return nil
	}
	return &soldData{x.Sold, x.Serial, l.energy(x.Sold), x.Stage, stageTones[x.Stage]}
}

// detailState is how far a payment is, by all that is held of it.
func detailState(d books.Detail) string {
	return soldState(stateOf(d.Transaction, d.Posting, d.Cases), d.Transaction.Serial, d.Posting, d.Delivery)
}

// soldState is how far a payment is, by its delivery: a purchase that is sold is not at its
// end before it is on its card. Without a delivery of its own it is as far as state says.
func soldState(state, serial string, p *books.Posting, x *books.Delivery) string {
	if x == nil || x.Serial != serial || p == nil || p.State != posting.Posted {
		return state
	}

	switch x.Stage {
	case books.ToWrite, books.InWriting:
		return books.StatusWriting
	case books.NotOnCard, books.Unsure:
		return books.StatusUnwritten
	}
	return books.StatusPosted
}

// purposeOf is what a transaction is for, as far as its records or its posting say.
func purposeOf(t books.Transaction, p *books.Posting) payments.Purpose {
	switch {
	case t.Folded != nil && t.Folded.Purpose != "":
		return t.Folded.Purpose
	case p != nil && p.System() == mis.CardSystem:
		return payments.Purchase
	}
	return ""
}

// stateKey is the key of the words for a state of a transaction. What is on its way back is
// said so.
func stateKey(purpose payments.Purpose, state string, p *books.Posting) string {
	switch back := p != nil && p.State == posting.Reversing; {
	case back && purpose == payments.Purchase:
		return "salestate.reversing"
	case back && purpose != payments.Rewrite:
		return "pstate.reversing"
	}
	if key := string(purpose) + "." + state; words[key] != [2]string{} {
		return key
	}
	return "state." + state
}

// meaning is the key of what a state means where that is not said by the state alone; empty
// else.
func meaning(d books.Detail, state string) string {
	purpose := purposeOf(d.Transaction, d.Posting)
	back := d.Posting != nil && d.Posting.State == posting.Reversing
	switch {
	case back && purpose != payments.Purchase && purpose != payments.Rewrite:
		return "reversing"
	case purpose == payments.Rewrite && state != books.StatusCancelled:
		return "rewrite." + state
	case purpose == payments.Rewrite:
		return "rewrite.unwritten"
	case purpose == payments.Purchase && state == books.StatusPosting && d.Delivery != nil:
		return "sale.reversing"
	case purpose == payments.Purchase && slices.Contains([]string{books.StatusPosting, books.StatusOwed, books.StatusDisputed, stateRefunded}, state):
		return "sale." + state
	case d.Delivery != nil && state == books.StatusPosted && d.Delivery.Stage == books.OtherWay:
		return "sale.settled"
	case d.Delivery != nil && state == books.StatusPosted:
		return "sale.posted"
	}
	return ""
}
