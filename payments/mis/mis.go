package mis

import (
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
)

// Outcome is what is known of a call that moves money.
type Outcome = call.Outcome

// The three outcomes; the zero value is Unknown.
const (
	Unknown = call.Unknown
	Done    = call.Done
	NotDone = call.NotDone
)

// Code is the MIS's own return code, such as 1001 or 11004, kept as text. What it
// says is a dialect's; it leaves the adapter as information only.
type Code string

// Account is the answer to a query of one account (户号).
type Account struct {
	Number  string
	Name    string // as the MIS holds it; mask it before it leaves head office
	Address string
	Class   int // yhfl: 1 high voltage, 2 low voltage non-residential, 3 residential
	Fee     money.Amount
	Penalty money.Amount // 违约金
	Advance money.Amount // 预收 held
	Arrears money.Amount // what is owed now: fee + penalty - advance, never below 0
	Minimum money.Amount // least payable; 0 = any amount
	Bills   []Bill
}

// Bill is one month's receivable.
type Bill struct {
	ID      string       // ysbs
	Month   string       // dfny, YYYYMM
	Fee     money.Amount // dfje
	Penalty money.Amount // wyjje
}

// QueryResult is the answer to a query. Outcome Unknown means that no usable
// answer came; a query may be repeated freely.
type QueryResult struct {
	Outcome Outcome
	Code    Code
	Text    string
	Reason  Reason  // NotDone only: why, in our words
	Account Account // when Outcome is Done
}

// Payment is the order to post an amount to an account.
type Payment struct {
	Serial       string // jylsh, 20 digits: the idempotency key
	Account      string
	Amount       money.Amount
	BusinessDate string // yhzwrq, YYYYMMDD
	Time         string // YYYYMMDDhhmmss, when the customer paid
	Tender       string // cash, bankcard, qr
	Kiosk        string // terminal, as czybh operator

	// Card is the meter card of a purchase, and zero in the payment of a bill.
	Card metercard.Facts
}

// System is where a payment is booked.
type System string

// The systems.
const (
	MIS        System = ""            // the marketing MIS
	CardSystem System = "card-system" // the card-meter system (payments/cardsystem)
)

// System is where this payment is booked first: a purchase is sold by the card-meter
// system.
func (p Payment) System() System {
	if p.Card.Serial != "" {
		return CardSystem
	}

	return MIS
}

// PostResult is the answer to Post and to Ask. For Post, NotDone speaks of this
// call: an earlier call with the same serial may still have been booked, and only
// Ask tells.
type PostResult struct {
	Outcome   Outcome
	Code      Code
	Text      string
	Reference string // the MIS's own number of the posting
	ToArrears money.Amount
	ToAdvance money.Amount   // of a sale: all of it
	Sold      metercard.Sold // of a sale: what is to be on the card
	Amount    money.Amount   // as the MIS booked it
	Reversed  bool           // Ask only: it was posted and later reversed
	Retry     bool           // NotDone only: the refusal is about the moment (busy, calculating, never received), not about the payment
	Wait      bool           // Unknown only: the MIS is calculating or busy, and will know later
	Reason    Reason         // NotDone only: why, in our words
}

// Reversal (返销) undoes the posting of Original.
type Reversal struct {
	Serial       string // czjylsh, of this reversal
	Original     string // yjylsh
	BusinessDate string
}

// ReverseResult is the answer to Reverse. NotDone says that nothing was reversed,
// and not whether there was anything to reverse: Ask tells.
type ReverseResult struct {
	Outcome Outcome
	Code    Code
	Text    string
	Wait    bool // Unknown only: the MIS is calculating or busy, and will know later
}

// Op names an operation.
type Op string

// The operations.
const (
	OpQuery   Op = "query"
	OpVerify  Op = "verify"
	OpPost    Op = "post"
	OpAsk     Op = "ask"
	OpReverse Op = "reverse"
)

// Request is one call to the MIS, independent of its interface. Which fields
// matter depends on Op: Account for query and verify (Verify asks whether this
// account can be paid here and now), Payment for post, Serial for ask, Reversal for reverse.
type Request struct {
	Op       Op
	System   System // that is called
	Account  string
	Serial   string
	Payment  Payment
	Reversal Reversal
}

// Reply is the answer to a Request; one of its results is set by Op: Query for
// query and verify, Post for post and ask, Reverse for reverse. A call that got
// no answer has the zero Reply with Op set: Unknown.
type Reply struct {
	Op      Op
	Query   QueryResult
	Post    PostResult
	Reverse ReverseResult
}

// NotSent is the reply to a call of which nothing has left us: a post is NotDone with an
// empty code, and may be sent again where the line was at fault and not the request. That
// speaks for this call only; an earlier one with the same serial keeps its own outcome.
// Every other operation is Unknown: it learned nothing, and a ReverseResult cannot say
// "later".
func NotSent(op Op, retry bool) Reply {
	reply := Reply{Op: op}
	if op == OpPost {
		reply.Post = PostResult{Outcome: NotDone, Retry: retry}
	}

	return reply
}
