package control

import (
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/qr"
)

// held is what a bank or an acquirer holds for a transaction, added up from the words
// of both alone.
type held struct {
	asked  money.Amount // by the sale that was ordered last
	amount money.Amount
}

// take counts one event.
func (h *held) take(e payments.Event) {
	switch e := e.(type) {
	case bankcard.SaleOrdered:
		h.asked, h.amount = e.Amount, 0
	case bankcard.SaleAnswered:
		if e.Approved {
			h.amount = h.asked
		}
	case bankcard.ReversalAnswered:
		h.back(e.Done)
	case bankcard.Returned:
		h.back(true)
	case qr.Paid:
		h.amount = e.Amount
	case qr.RefundAnswered:
		h.back(e.Done)
	case qr.Returned:
		h.back(true)
	}
}

// back says that all of it went back, if it did.
func (h *held) back(done bool) {
	if done {
		h.amount = 0
	}
}
