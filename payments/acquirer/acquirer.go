package acquirer

import (
	"context"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
)

// Acquirer is a QR acquirer. Every method may be called by any number of
// goroutines and returns in bounded time.
//
// An error says why a result is unknown, or why a request never left; the result
// alone decides what is known of the money. Errors hold no key and no code of a
// customer.
type Acquirer interface {
	// Order makes an order and returns the code to show. Repeated with the same
	// serial it returns a code of the same order.
	Order(context.Context, Order) (OrderResult, error)
	// Collect takes money by the code that a customer shows. Unknown with Wait means
	// that the customer must enter the password: ask again in a few seconds.
	Collect(context.Context, Collection) (PaymentResult, error)
	// Ask asks what became of an Order or a Collect.
	Ask(context.Context, Question) (PaymentResult, error)
	// Close ends an order, so that nothing can be paid under its serial any more.
	Close(context.Context, Closing) (CloseResult, error)
	// Refund gives money back. It is idempotent by its own serial: a repeat never
	// gives back twice.
	Refund(context.Context, Refund) (RefundResult, error)
	// AskRefund asks what became of a Refund.
	AskRefund(context.Context, Refund) (RefundResult, error)

	// Notice verifies and decodes a notice that the acquirer pushed: the header and
	// the body of its request, as they came. An error means that nothing in it is
	// to be believed.
	Notice(header map[string][]string, body []byte) (Notice, error)
	// Receipt is what a notice is answered with: taken, so that it is not repeated,
	// or not.
	Receipt(taken bool) Receipt
}

// Order asks for a code that a customer can pay.
type Order struct {
	Serial  string
	Amount  money.Amount
	Subject string    // what the customer reads in the wallet, at most 32 characters
	Expires time.Time // after that the acquirer takes no payment any more
}

// Collection asks for money by a code that a customer shows.
type Collection struct {
	Serial   string
	Amount   money.Amount
	Subject  string
	Code     Secret // the customer's code, good for one payment
	Terminal string // the kiosk, as the acquirer is to know it
}

// Question asks about the payment of a serial.
type Question struct {
	Serial string
	Amount money.Amount // as it was ordered
	// Refund is the serial of a refund that was ordered for this payment, if any:
	// an acquirer that only says "money went back" is asked about it too.
	Refund string
}

// Closing ends the order of a serial.
type Closing struct {
	Serial string
	// Collected says that the order was a Collect and no Order. It may have been
	// paid then, and the acquirer gives the money back.
	Collected bool
}

// Refund gives Amount of the payment Original back.
type Refund struct {
	Serial   string // of this refund, and of no payment
	Original string
	Amount   money.Amount
	Total    money.Amount // as Original was paid
	Why      string       // for the customer, at most 32 characters
}

// Code is the acquirer's own return code, kept as information only.
type Code = string

// OrderResult is the answer to Order. Done says that a customer can pay the code.
type OrderResult struct {
	call.Answer
	Reason  Reason // NotDone only
	Show    string // text of the code to draw
	Expires time.Time
}

// PaymentResult is the answer to Collect and Ask. Done says that Amount was paid,
// and Amount is what was asked about. For Collect, NotDone speaks of this call: an
// earlier one with the same serial may have been carried out, and only Ask tells.
//
// For Ask, NotDone with Retry says that the acquirer knew nothing of the serial
// when it was asked, which for a code that is shown may only mean that nobody has
// scanned it yet; with Undone, that it was paid and wholly given back. Unknown
// with Wait says that the order stands and is not paid yet.
type PaymentResult struct {
	call.Answer
	Reason    Reason // NotDone only
	Reference string // the acquirer's own number of the payment
	Amount    money.Amount
	Payer     string    // masked
	PaidAt    time.Time // by the acquirer's clock
}

// CloseResult is the answer to Close. Done says that we hold no money under the
// serial and that the acquirer takes none any more. A payment that crossed the
// closing shows in a notice or an Ask all the same.
type CloseResult struct {
	call.Answer
	Reason   Reason // NotDone only; AlreadyPaid says that it is paid
	Refunded bool   // Done: it was paid, and the acquirer gave the money back by itself
}

// RefundResult is the answer to Refund and AskRefund. Done says that the acquirer
// gave Amount back, or is bound to. For Refund, NotDone speaks of this call;
// AskRefund tells of all with the serial.
type RefundResult struct {
	call.Answer
	Reason    Reason // NotDone only
	Reference string
	Amount    money.Amount
}

// Notice is a verified message of the acquirer about one of our serials. If
// Payment is Done the order is paid. Anything else is a hint that something
// changed: ask about Serial, and about Refund if it is set.
//
// The same notice may come any number of times, late and out of order.
type Notice struct {
	Serial  string
	Refund  string // serial of the refund it speaks of, if any
	Payment PaymentResult
}

// Receipt is the answer to a notice, in terms of HTTP.
type Receipt struct {
	Status      int
	ContentType string
	Body        string
}

// Answering turns n into the answer to a question, as if it had been asked: what
// does not fit the question is unknown.
func (n Notice) Answering(q Question) (PaymentResult, error) {
	r := n.Payment
	if n.Serial != q.Serial || r.Outcome == call.Done && r.Amount != q.Amount {
		return PaymentResult{}, ErrMisfit
	}

	return r, nil
}
