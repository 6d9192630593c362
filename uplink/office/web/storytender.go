package web

import (
	"strings"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/qr"
)

// tellCard tells what became of a payment by bank card. Whatever is not of one is
// told as that of a code, and then as that of a note.
func tellCard(l lang, event payments.Event, m *moment) {
	switch e := event.(type) {
	case bankcard.SaleOrdered:
		m.Title, m.Detail = l.t("ev.card.sale", yuan(e.Amount), e.Card), l.t("ev.card.numbers", e.Terminal, e.Batch, e.Trace)
	case bankcard.SaleAnswered:
		m.say(l.t("ev.card.declined", coded(l, posp.Sale, e.Response)), "", "warn")
		if e.Approved {
			m.say(l.t("ev.card.approved"), l.t("ev.card.reference", e.Reference, e.Auth), "good")
		}
	case bankcard.ReversalOrdered:
		m.say(l.t("ev.card.reverse"), l.of("why", string(e.Why)), "warn")
	case bankcard.ReversalAnswered:
		m.Title, m.Tone = l.t("ev.card.kept", coded(l, posp.Reversal, e.Response)), "bad"
		if e.Done {
			m.Title, m.Tone = l.t("ev.card.reversed"), "good"
		}
	case bankcard.Returned:
		m.Title, m.Detail = l.t("ev.money.returned", e.By), e.Reason
	case bankcard.Evidence:
		if e.Order != "" {
			m.say(l.of("evidence", e.What), strings.TrimSpace(coded(l, posp.Void, e.Response)+" "+e.Order), voidTones[e.What])
			return
		}
		m.say(l.t("ev.card.evidence", coded(l, posp.Sale, e.Response)), l.of("evidence", e.What), "bad")
	case bankcard.Closed:
		m.Title, m.Detail = l.t("ev.closed", yuan(e.Total)), l.ended(e.Total, e.Reason)
	case bankcard.Captured:
		m.say(l.t("ev.card.captured", e.Card), l.of("why", e.Why), "warn")
	default:
		tellCode(l, event, m)
	}
}

// voidTones are how the steps of a void look.
var voidTones = map[string]string{bankcard.Voided: "good", bankcard.VoidRefused: "warn", bankcard.VoidUnknown: "warn", bankcard.VoidUndone: "warn"}

// coded is a response code of the bank's with its words.
func coded(l lang, op posp.Op, response string) string {
	return strings.TrimSpace(response + " " + answerOf(l, op, posp.Code(response)))
}

// tellCode tells what became of a payment by QR code.
func tellCode(l lang, event payments.Event, m *moment) {
	switch e := event.(type) {
	case qr.Ordered:
		m.Title, m.Detail = l.t("ev.qr.ordered", yuan(e.Amount)), l.of("qr", string(e.Mode))
	case qr.Closing:
		m.Title, m.Detail = l.t("ev.qr.closing"), l.unpaid(e.Why)
	case qr.Paid:
		m.say(l.t("ev.qr.paid", yuan(e.Amount)), l.t("ev.qr.reference", l.of("acquirer", e.Acquirer), e.Reference), "good")
	case qr.NotPaid:
		m.Title, m.Detail = l.t("ev.qr.not-paid"), l.unpaid(e.Reason)
	case qr.Unknown:
		m.say(l.t("ev.qr.unknown"), e.Text, "bad")
	case qr.RefundOrdered:
		m.say(l.t("ev.qr.refund"), l.of("why", e.Why), "warn")
	case qr.RefundAnswered:
		m.say(l.t("ev.qr.kept"), e.Text, "bad")
		if e.Done {
			m.say(l.t("ev.qr.refunded"), "", "good")
		}
	case qr.Returned:
		m.Title, m.Detail = l.t("ev.money.returned", e.By), e.Reason
	default:
		tellNote(l, event, m)
	}
}

// unpaid is why a payment ended before there was any money: then the customer who ended
// it has cancelled it, where one who ended the taking of notes has confirmed it.
func (l lang) unpaid(why string) string {
	if why == "customer" {
		return l.t("why.cancelled")
	}
	return l.of("why", why)
}

// ended is why the taking of money ended.
func (l lang) ended(total money.Amount, why string) string {
	if total == 0 {
		return l.unpaid(why)
	}
	return l.of("why", why)
}

// say gives a moment its words.
func (m *moment) say(title, detail, tone string) {
	m.Title = title
	m.Detail = detail
	m.Tone = tone
}
