package books

import (
	"fmt"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/stored"
)

// TenderBankCard is the tender of payments by bank card, as orders name it.
const TenderBankCard = string(payments.BankCard)

// Classes of cases about bank cards. A payment that the bank has and nobody ordered a
// posting for, or the other way round, has the class that it has at an acquirer.
const (
	ClassReversalOpen = "reversal-open" // the bank has not answered a reversal for long
	ClassTakenBack    = "taken-back"    // a sale is taken back that is posted, or may be
	ClassBatch        = "batch"         // a batch at the bank is not settled, or its totals differ
	ClassTerminal     = "terminal"      // a kiosk uses a terminal of the bank's that is not its own
	ClassCaptured     = "captured"      // the reader keeps a card
	ClassBankAway     = "bank-away"     // a head office cannot reach the bank
)

// OwnSerial reports whether serial is 20 digits that begin with the kiosk's number.
func OwnSerial(kiosk, serial string) bool { return ownSerial(kiosk, serial) }

// byOthers reports whether the money of a tender is with an acquirer or a bank, so that
// a posting needs its receipt.
func byOthers(tender string) bool { return tender == TenderQR || tender == TenderBankCard }

// paidByCard takes the end of a payment by bank card as the order that it is.
func (p *projection) paidByCard(r record.Record, e bankcard.Closed) {
	if e.Total > 0 {
		p.orders = append(p.orders, Order{
			Serial: r.Txn, Account: stored.Text(e.Account), Kiosk: p.kiosk, Tender: TenderBankCard, Amount: e.Total,
			PaidAt: e.ClosedAt, ClockLost: r.Trust == record.Untrusted,
		})
	}
}

// captured makes a case of a card that the reader keeps, whosever transaction it is.
func (p *projection) captured(r record.Record, e bankcard.Captured) {
	p.open(ClassCaptured, p.ref(r), r.Txn, 0, fmt.Sprintf("card %s is kept in the reader: %s", e.Card, e.Why))
}
