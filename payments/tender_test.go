package payments

import (
	"errors"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/post"
	"wattkiosk/payments/qr"
)

// story folds events and says after each what the transaction is and what is due:
// "selling 0.00 send-sale". An event that is not legal is "illegal", and changes
// nothing.
func story(t *testing.T, events ...Event) []string {
	t.Helper()
	var told []string
	var txn Transaction
	for _, e := range events {
		next, effects, err := Step(txn, serial, e)
		if err != nil {
			if !errors.Is(err, ErrIllegal) {
				t.Errorf("%s: %v does not wrap ErrIllegal", e.EventType(), err)
			}
			told = append(told, "illegal")

			continue
		}
		txn = next

		words := []string{string(txn.Status()), txn.Total().String()}
		for _, f := range effects {
			words = append(words, string(f))
		}
		told = append(told, strings.Join(words, " "))
	}

	return told
}

// told is a payment, and what is said after each of its events.
type told struct {
	events []Event
	want   string
}

// stories are whole payments by card and code, by name.
func stories() map[string]told {
	byCard := Opened{Account: "1000000001", Tender: "bankcard", Limit: 8640, OpenedAt: 1}
	public := byCard
	public.ByBank = true
	byCode := Opened{Account: "1000000001", Tender: "qr", Limit: 8640, OpenedAt: 1}
	sale := bankcard.SaleOrdered{N: 1, Terminal: "10000001", Batch: "000001", Trace: "000101", Amount: 8640}
	approved := bankcard.SaleAnswered{N: 1, Approved: true, Response: "00"}
	paid := bankcard.Closed{Total: 8640, Account: "1000000001", Reason: "paid"}
	placed := qr.Ordered{Mode: qr.Shown, Amount: 8640}
	scanned := qr.Paid{Amount: 8640, Acquirer: "alipay", Reference: "A1", PaidAt: 2}
	posted := post.OutcomeLearned{Status: post.Posted, ToArrears: 8640}
	refused := post.OutcomeLearned{Status: post.Owed}
	disputed := post.OutcomeLearned{Status: post.Disputed}

	return map[string]told{
		"card, posted": {
			[]Event{byCard, sale, approved, paid, posted},
			"tendering 0.00 take-money; tendering 0.00 send-sale; tendering 0.00; posting 86.40 order-post; posted 86.40 print-slip",
		},
		"card, wrong PIN, then posted": {
			[]Event{byCard, sale, bankcard.SaleAnswered{N: 1, Response: "55"}, bankcard.SaleOrdered{N: 2, Terminal: "1", Batch: "1", Trace: "2", Amount: 8640}, bankcard.SaleAnswered{N: 2, Approved: true}, paid},
			"tendering 0.00 take-money; tendering 0.00 send-sale; tendering 0.00; tendering 0.00 send-sale; tendering 0.00; posting 86.40 order-post",
		},
		"card, no answer": {
			[]Event{byCard, sale, bankcard.ReversalOrdered{N: 1, Why: bankcard.NoAnswer}, bankcard.Closed{Account: "1000000001"}, bankcard.ReversalAnswered{N: 1, Done: true}},
			"tendering 0.00 take-money; tendering 0.00 send-sale; tendering 0.00 send-reversal; undoing 0.00 undo-money; undone 0.00 print-slip",
		},
		"card, no answer, and the bank refuses to reverse": {
			[]Event{byCard, sale, bankcard.ReversalOrdered{N: 1, Why: bankcard.NoAnswer}, bankcard.Closed{Account: "1000000001"}, bankcard.ReversalAnswered{N: 1}, bankcard.Returned{N: 1}},
			"tendering 0.00 take-money; tendering 0.00 send-sale; tendering 0.00 send-reversal; undoing 0.00 undo-money; disputed 0.00 print-slip; undone 0.00",
		},
		"card, posting refused": {
			[]Event{byCard, sale, approved, paid, refused, bankcard.ReversalOrdered{N: 1, Why: bankcard.PostingRefused}, bankcard.ReversalAnswered{N: 1, Done: true}},
			"tendering 0.00 take-money; tendering 0.00 send-sale; tendering 0.00; posting 86.40 order-post; undoing 86.40 undo-money; undoing 86.40 send-reversal; undone 86.40 print-slip",
		},
		"card, posting refused, and the bank keeps the money": {
			[]Event{byCard, sale, approved, paid, refused, bankcard.ReversalOrdered{N: 1, Why: bankcard.PostingRefused}, bankcard.ReversalAnswered{N: 1}},
			"tendering 0.00 take-money; tendering 0.00 send-sale; tendering 0.00; posting 86.40 order-post; undoing 86.40 undo-money; undoing 86.40 send-reversal; owed 86.40 print-slip",
		},
		"card, posted, is not reversed": {
			[]Event{byCard, sale, approved, paid, posted, bankcard.ReversalOrdered{N: 1, Why: bankcard.PostingRefused}},
			"tendering 0.00 take-money; tendering 0.00 send-sale; tendering 0.00; posting 86.40 order-post; posted 86.40 print-slip; illegal",
		},
		"card, posting unknown": {
			[]Event{byCard, sale, approved, paid, disputed},
			"tendering 0.00 take-money; tendering 0.00 send-sale; tendering 0.00; posting 86.40 order-post; disputed 86.40 print-slip",
		},
		"card, given up": {
			[]Event{byCard, bankcard.Closed{Account: "1000000001", Reason: "customer"}},
			"tendering 0.00 take-money; cancelled 0.00",
		},
		"card, closed for another account": {
			[]Event{byCard, sale, approved, bankcard.Closed{Total: 8640, Account: "1000000002"}},
			"tendering 0.00 take-money; tendering 0.00 send-sale; tendering 0.00; illegal",
		},
		"public payment": {
			[]Event{public, sale, approved, paid, posted},
			"tendering 0.00 take-money; tendering 0.00 send-sale; tendering 0.00; posted 86.40 print-slip; illegal",
		},
		"public payment, given up": {
			[]Event{public, bankcard.Closed{Account: "1000000001", Reason: "customer"}},
			"tendering 0.00 take-money; cancelled 0.00",
		},
		"public payment, no answer": {
			[]Event{public, sale, bankcard.ReversalOrdered{N: 1, Why: bankcard.NoAnswer}, bankcard.Closed{Account: "1000000001"}, bankcard.ReversalAnswered{N: 1, Done: true}},
			"tendering 0.00 take-money; tendering 0.00 send-sale; tendering 0.00 send-reversal; undoing 0.00 undo-money; undone 0.00 print-slip",
		},
		"public payment, no answer, and the bank refuses to reverse": {
			[]Event{public, sale, bankcard.ReversalOrdered{N: 1, Why: bankcard.NoAnswer}, bankcard.Closed{Account: "1000000001"}, bankcard.ReversalAnswered{N: 1}},
			"tendering 0.00 take-money; tendering 0.00 send-sale; tendering 0.00 send-reversal; undoing 0.00 undo-money; disputed 0.00 print-slip",
		},
		"notes into a card's payment": {
			[]Event{byCard, cash.NoteAccepted{Value: 10000}},
			"tendering 0.00 take-money; illegal",
		},
		"code, posted": {
			[]Event{byCode, placed, scanned, posted},
			"tendering 0.00 take-money; tendering 0.00 place-order; posting 86.40 order-post; posted 86.40 print-slip",
		},
		"code, time over": {
			[]Event{byCode, placed, qr.Closing{Why: "expired"}, qr.NotPaid{}},
			"tendering 0.00 take-money; tendering 0.00 place-order; undoing 0.00 close-order undo-money; cancelled 0.00",
		},
		"code, time over, and paid all the same": {
			[]Event{byCode, placed, qr.Closing{Why: "expired"}, scanned, posted},
			"tendering 0.00 take-money; tendering 0.00 place-order; undoing 0.00 close-order undo-money; posting 86.40 order-post; posted 86.40 print-slip",
		},
		"code, posting refused": {
			[]Event{byCode, placed, scanned, refused, qr.RefundOrdered{Why: "posting-refused"}, qr.RefundAnswered{Done: true}},
			"tendering 0.00 take-money; tendering 0.00 place-order; posting 86.40 order-post; undoing 86.40 undo-money; undoing 86.40 order-refund; undone 86.40 print-slip",
		},
		"code, nobody knows, then paid": {
			[]Event{byCode, placed, qr.Unknown{}, scanned},
			"tendering 0.00 take-money; tendering 0.00 place-order; disputed 0.00 print-slip; posting 86.40 order-post",
		},
		"code, posted, is not refunded": {
			[]Event{byCode, placed, scanned, posted, qr.RefundOrdered{}},
			"tendering 0.00 take-money; tendering 0.00 place-order; posting 86.40 order-post; posted 86.40 print-slip; illegal",
		},
		"by a bank that posts, with notes": {
			[]Event{Opened{Account: "1000000001", Tender: "cash", Limit: 1, ByBank: true}},
			"illegal",
		},
	}
}

// TestPaymentByCardAndCode tells whole payments: after each event the status, the
// total, and what is due.
func TestPaymentByCardAndCode(t *testing.T) {
	for name, c := range stories() {
		if got := strings.Join(story(t, c.events...), "; "); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

// TestPaidAt: what the order to post calls the time of payment.
func TestPaidAt(t *testing.T) {
	at := time.UnixMilli(5).UTC()
	card := build(t, Opened{Account: "1", Tender: "bankcard", Limit: 1}, bankcard.Closed{Account: "1", ClosedAt: 5})
	code := build(t, Opened{Account: "1", Tender: "qr", Limit: 1}, qr.Ordered{Mode: qr.Scanned, Amount: 1}, qr.Closing{At: 4}, qr.Paid{Amount: 1, PaidAt: 5})
	given := build(t, Opened{Account: "1", Tender: "qr", Limit: 1}, qr.Closing{At: 5})
	notes := build(t, Opened{Account: "1", Tender: "cash", Limit: 1}, cash.Closed{Account: "1", ClosedAt: 5})
	for name, txn := range map[string]Transaction{"card": card, "code": code, "given up": given, "notes": notes} {
		if got := txn.PaidAt(); !got.Equal(at) {
			t.Errorf("%s: %v, want %v", name, got, at)
		}
	}
}
