package payments

import (
	"time"

	"wattkiosk/payments/cash"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
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
	Posting   = compensation.Posting
	Posted    = compensation.Posted
	Owed      = compensation.Owed
	Disputed  = compensation.Disputed
	Cancelled = compensation.Cancelled
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

	Cash cash.Leg `json:"cash"`
	Post post.Leg `json:"post"`

	Copies int    `json:"copies,omitempty"` // slips attempted; the next copy number is Copies+1
	Slip   string `json:"slip,omitempty"`   // outcome of the last attempt: started, printed, not-printed, unsure, …
}

// Facts are what the transaction's legs report.
func (t Transaction) Facts() compensation.Facts {
	return compensation.Facts{Money: t.Cash.Fact(), Doubt: t.Cash.Doubt() > 0, Post: t.Post.Fact()}
}

// Action is the transaction's cell of the compensation table.
func (t Transaction) Action() compensation.Action { return compensation.For(t.Facts()) }

// Status is how far the transaction is, by its cell.
func (t Transaction) Status() Status { return t.Action().Status }

// Total is the sum of stacked notes so far, fixed once the cash is closed.
func (t Transaction) Total() money.Amount { return t.Cash.Total }

// InDoubt is the sum of notes that are cases of their own.
func (t Transaction) InDoubt() money.Amount { return t.Cash.Doubt() }

// Short is what stays owed to the utility after the total, and over what is beyond
// it; both unknown where the arrears are.
func (t Transaction) Short() (short, over money.Optional) {
	due, known := t.Arrears.Get()
	if !known {
		return short, over
	}

	return money.Known(max(0, due-t.Total())), money.Known(max(0, t.Total()-due))
}
