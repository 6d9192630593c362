package payments

import (
	"time"

	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/qr"
)

// Names of the parts, so that a caller who only moves transactions about needs one
// import.
type (
	// Event is something that happened to a transaction. The set is closed: see
	// kinds.
	Event = leg.Event
	// Effect is what is due after an event became durable.
	Effect = leg.Effect
	// Status is how far a transaction is.
	Status = compensation.Status
)

// ErrIllegal is returned for an event that the transaction's state does not
// allow. It means a broken invariant: whoever sees it stops taking money.
var ErrIllegal = leg.ErrIllegal

// The statuses: see payments/compensation.
const (
	Tendering = compensation.Tendering
	Writing   = compensation.Writing
	Unwritten = compensation.Unwritten
	Posting   = compensation.Posting
	Posted    = compensation.Posted
	Owed      = compensation.Owed
	Disputed  = compensation.Disputed
	Cancelled = compensation.Cancelled
	Undoing   = compensation.Undoing
	Undone    = compensation.Undone
)

// Transaction is one customer's payment. The zero value is "not opened". It is
// comparable by its JSON, which is also how a folded transaction is kept.
type Transaction struct {
	Serial   string         `json:"serial"`
	Purpose  Purpose        `json:"purpose"`
	Tender   Tender         `json:"tender"`
	Account  string         `json:"account"`
	Name     string         `json:"name,omitempty"`    // masked by head office
	Address  string         `json:"address,omitempty"` // masked
	Arrears  money.Optional `json:"arrears"`           // known only if Online
	Minimum  money.Amount   `json:"minimum,omitempty"` // least payable; 0 for any amount
	Online   bool           `json:"online"`            // verified with the MIS before the first note
	OpenedAt time.Time      `json:"opened_at"`

	// The money is that of Tender; the others stay zero.
	Cash cash.Leg     `json:"cash"`
	Card bankcard.Leg `json:"card,omitzero"`
	QR   qr.Leg       `json:"qr,omitzero"`

	ByBank bool     `json:"by_bank,omitempty"` // the bank posts (公共支付): there is no post leg
	Post   post.Leg `json:"post"`              // of a purchase: the sale

	// Of a purchase or a re-write: the card as it was before, the purchase that is carried
	// on, and the writing.
	MeterCard metercard.Facts `json:"meter_card,omitzero"`
	Original  string          `json:"original,omitempty"`
	Carried   metercard.Sold  `json:"carried,omitzero"` // a re-write: what was sold before
	Write     metercard.Leg   `json:"write,omitzero"`

	Copies int    `json:"copies,omitempty"` // slips attempted; the next copy number is Copies+1
	Slip   string `json:"slip,omitempty"`   // outcome of the last attempt: started, printed, not-printed, unsure, …
}

// Money is the leg that takes the money.
func (t Transaction) Money() leg.Reporter {
	switch t.Tender {
	case BankCard:
		return t.Card
	case QR:
		return t.QR
	}

	return t.Cash
}

// Facts are what the transaction's legs report.
func (t Transaction) Facts() compensation.Facts {
	m := t.Money()

	return compensation.Facts{
		Route: t.route(),
		Money: m.Fact(), Doubt: t.Cash.Doubt() > 0, Back: m.Fact() == leg.Done && m.Undo() == leg.Call,
		Post: t.Post.Fact(), Card: t.Write.Fact(),
	}
}

func (t Transaction) route() compensation.Route {
	switch {
	case t.Purpose == Purchase:
		return compensation.OfPurchase
	case t.Purpose == Rewrite:
		return compensation.OfRewrite
	case t.ByBank:
		return compensation.OfPublic
	}

	return compensation.OfBill
}

// Sold is what is to be on the meter card; zero while nothing is sold.
func (t Transaction) Sold() metercard.Sold {
	if t.Purpose == Rewrite {
		return t.Carried
	}

	return t.Post.Result.Sold
}

// Action is the transaction's cell of the compensation table.
func (t Transaction) Action() compensation.Action { return compensation.For(t.Facts()) }

// Status is how far the transaction is, by its cell.
func (t Transaction) Status() Status { return t.Action().Status }

// Total is what the customer has given: the sum of stacked notes so far, fixed once
// the cash is closed; the amount of a card or a code once it was taken.
func (t Transaction) Total() money.Amount {
	switch t.Tender {
	case BankCard:
		return t.Card.Total
	case QR:
		return t.QR.Total()
	}

	return t.Cash.Total
}

// PaidAt is when the money was there, or was given up; zero before.
func (t Transaction) PaidAt() time.Time {
	switch t.Tender {
	case BankCard:
		return t.Card.ClosedAt
	case QR:
		if t.QR.PaidAt.IsZero() {
			return t.QR.EndedAt
		}

		return t.QR.PaidAt
	}

	return t.Cash.ClosedAt
}

// Reason is why the taking of money ended.
func (t Transaction) Reason() string {
	switch t.Tender {
	case BankCard:
		return t.Card.Reason
	case QR:
		return t.QR.Reason
	}

	return t.Cash.Reason
}

// Taking reports whether money may still come in from the customer in front.
func (t Transaction) Taking() bool { return t.Money().Fact() == leg.Moving }

// InDoubt is what is a case of its own: notes that nobody can place, or a payment of
// which the bank or the acquirer alone can tell.
func (t Transaction) InDoubt() money.Amount { return t.Money().Doubt() }

// Short is what stays owed to the utility after the total, and over what is beyond
// it; both unknown where the arrears are.
func (t Transaction) Short() (short, over money.Optional) {
	due, known := t.Arrears.Get()
	if !known {
		return short, over
	}

	return money.Known(max(0, due-t.Total())), money.Known(max(0, t.Total()-due))
}
