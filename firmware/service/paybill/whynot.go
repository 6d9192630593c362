package paybill

import (
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/tender"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/receipt"
)

// refused reports whether a payment came to nothing for a reason that its customer is to
// be told: neither they nor the clock ended it.
func refused(t payments.Transaction) bool { return whyNotKey(t) != "" || declinedByBank(t) }

// whyNot says why a payment by card or code came to nothing; empty where there is nothing
// to explain.
func whyNot(f page.Frame, t payments.Transaction) string {
	if declinedByBank(t) {
		return bankWords(f, posp.Code(t.Card.Answer.Response))
	}
	if key := whyNotKey(t); key != "" {
		return f.Say(key)
	}

	return ""
}

// declinedByBank reports whether the bank's own word ended a payment by card.
func declinedByBank(t payments.Transaction) bool {
	return t.Tender == payments.BankCard && t.Card.State == bankcard.Declined
}

// whyNotKey names the words of why a payment by card or code came to nothing.
func whyNotKey(t payments.Transaction) string {
	switch reason := t.Reason(); {
	case reason == "" || reason == string(tender.ByCustomer) || reason == string(tender.ByTimeOut) || t.Taking():
		return ""
	case t.Tender == payments.QR:
		if key := "refused.code." + reason; page.Has(key) {
			return key
		}

		return ""
	case t.Tender != payments.BankCard || t.Total() > 0:
		return ""
	case t.Card.Why != "":
		return cardKey(string(t.Card.Why))
	default:
		return cardKey(reason)
	}
}

// cardKey names the words for a code of the card's station.
func cardKey(code string) string {
	if key := "refused.card." + code; page.Has(key) {
		return key
	}

	return "refused.card"
}

// bankWords are the bank's refusal of a sale, as the customer is told it.
func bankWords(f page.Frame, code posp.Code) string {
	w := posp.Judge(posp.Sale, code).Reason.Words()
	if f.Lang() == receipt.English {
		return w.English
	}

	return w.Chinese + "。"
}
