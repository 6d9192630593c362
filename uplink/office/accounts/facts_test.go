package accounts

import (
	"fmt"
	"testing"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/ledger"
	"wattkiosk/uplink/office/books"
)

// TestPublicPaymentThatTheKioskVoided: nothing is due of a payment that the bank had booked
// itself once the kiosk's own records say that it is voided, though no case says so.
func TestPublicPaymentThatTheKioskVoided(t *testing.T) {
	for _, c := range []struct {
		name     string
		evidence []bankcard.Evidence
		want     string
	}{
		{"it stands", nil, "[{bank-receivable 86.40} {payable-mis -86.40}]"},
		{"a void is ordered", []bankcard.Evidence{{What: bankcard.VoidOrdered}}, "[{bank-receivable 86.40} {payable-mis -86.40}]"},
		{"voided", []bankcard.Evidence{{What: bankcard.VoidOrdered}, {What: bankcard.Voided}}, "[]"},
	} {
		card := bankcard.Leg{Amount: 8640, State: bankcard.Approved, Closed: true, Total: 8640, Answer: bankcard.SaleAnswered{Approved: true}, ClosedAt: time.Unix(1, 0), Evidence: c.evidence}
		txn := payments.Transaction{Serial: "s", Purpose: payments.Bill, Tender: payments.BankCard, ByBank: true, Card: card}
		k := known{txns: map[string]books.Transaction{"s": {Folded: &txn}}}
		lines, err := ledger.Desired(k.of("s"))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := fmt.Sprint(lines); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
