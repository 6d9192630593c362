package bank

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/uplink/office/books"
)

// Errors of this package, beside those of stored and books.
var (
	ErrTerminal = errors.New("another terminal than the books have")
	ErrTwice    = errors.New("it was sent before, and is never sent twice")
	ErrStands   = errors.New("an earlier sale of this payment stands, or may")
	ErrUndone   = errors.New("it was taken back before it came")
	ErrPending  = errors.New("a reversal of the terminal is open")
	ErrNobody   = errors.New("money goes back only if two people order it")
	ErrNoBatch  = errors.New("no batch of that kiosk's terminal is known")
)

// State is how far an operation is.
type State string

// The states.
const (
	Sent      State = "sent"      // it left, or is about to
	Unsent    State = "unsent"    // nothing left; an end
	Approved  State = "approved"  // the bank carried it out; an end unless it is taken back
	Declined  State = "declined"  // the bank did not; an end, but for a settlement
	Unknown   State = "unknown"   // no answer, or none that says
	Unequal   State = "unequal"   // a settlement: the bank has other totals
	Claimed   State = "claimed"   // only a kiosk's journal has it, and one person vouched for it (of earlier software)
	Reversing State = "reversing" // the kiosk takes it back
	Reversed  State = "reversed"  // the bank says that it does not stand; an end
	Returning State = "returning" // a sale: two people asked the bank to give it back
	Returned  State = "returned"  // a sale: the bank gave it back, as two people wrote down; an end
)

// Open reports whether more is to come.
func (s State) Open() bool {
	return s == Sent || s == Unknown || s == Unequal || s == Reversing || s == Claimed || s == Returning
}

// End is what the relay knew of the last sending.
type End string

// The ends.
const (
	Answered End = "answered"
	NotSent  End = "unsent"    // nothing left for the bank
	NoAnswer End = "no-answer" // it left, and no answer came in time
	Late     End = "late"      // the answer came when nobody waited for it any more
)

// Exchange is one operation of a terminal and what became of it. Version counts its
// saves from 1; Owner is the head office that sent it.
type Exchange struct {
	ID         string // of operation, terminal, batch, trace, and serial or day
	Kiosk      string
	Serial     string // of the transaction; empty for what closes a batch
	Terminal   string
	Merchant   string
	Op         posp.Op
	Type       string // message type, four digits
	Processing string // field 3
	Batch      uint32
	Trace      uint32
	Amount     money.Amount
	Masked     string // card number: first six and last four digits
	State      State
	End        End
	Code       posp.Code
	Reference  string      // field 37
	AuthCode   string      // field 38
	BookedTo   string      // of a sale: the account that the bank itself books it to (公共支付); empty for none
	Settles    string      // field 15, MMDD
	Totals     posp.Totals // of a settlement: as the terminal has them …
	BankTotals posp.Totals // … and as the bank answered; zero while it has not
	Sends      int64
	SentAt     int64 // first
	ResentAt   int64 // last
	AnsweredAt int64 // 0 for never
	WatchAt    int64 // when a person may have to know of it; 0 for never
	Version    int64
	Owner      string
	UpdatedAt  int64
}

// Terminal is the bank's terminal of a kiosk, and its status. Without a number the
// kiosk may use none.
type Terminal struct {
	Kiosk      string
	Terminal   string
	Merchant   string
	BoundBy    string // a person; empty: its first frame
	BoundAt    int64
	Batch      uint32 // as last heard
	SignInAt   int64  // of the last sign-in
	SignInEnd  End
	SignInCode posp.Code
	SettledAt  int64 // of the last settlement
	Settled    State
	SettledOf  uint32 // its batch
	Reversal   string // ID of the open reversal; empty for none
	UpdatedAt  int64

	// The batch that a person ordered to be settled now; 0 for none.
	SettleBatch uint32
	SettleBy    string
	SettleAt    int64

	Void VoidOrder // that two people ordered, and that has not come to its end
}

// Ordered reports whether the kiosk is to settle its batch now, and has not.
func (t Terminal) Ordered() bool {
	done := t.SettledOf == t.SettleBatch && t.SettledAt >= t.SettleAt

	return t.SettleBatch != 0 && t.SettleBatch == t.Batch && !done
}

// SignInResult is how the last sign-in ended: the bank's code, or why there is none;
// empty where none was seen.
func (t Terminal) SignInResult() string {
	if t.SignInEnd == Answered {
		return string(t.SignInCode)
	}

	return string(t.SignInEnd)
}

// Filter narrows a list of operations. Zero fields do not narrow; Limit is capped at
// stored.MaxList.
type Filter struct {
	Kiosk, Terminal, Serial string
	Open                    bool
	Limit                   int
}

// Detail is all that is held of one operation.
type Detail struct {
	Exchange Exchange
	Others   []Exchange // of the same transaction, oldest first
	History  []books.History
	Cases    []books.Case
	Posting  *books.Posting // nil if nothing was ordered
}

// kept reports whether an operation has a row of its own.
func kept(op posp.Op) bool { return hasSerial(op) || closes(op) || op == posp.Scripts }

// hasSerial reports whether an operation is of one transaction.
func hasSerial(op posp.Op) bool { return op == posp.Sale || op == posp.Void || op == posp.Reversal }

// closes reports whether an operation is part of closing a batch.
func closes(op posp.Op) bool {
	return op == posp.Settle || op == posp.Upload || op == posp.UploadEnd || op == posp.Certificate
}

// idOf names an operation. What has no serial is named by its day too: a terminal that
// the bank sets up again counts batches from 1.
func idOf(op posp.Op, h Heading, serial string, now time.Time) string {
	if serial == "" {
		serial = now.UTC().Format("20060102")
	}

	return fmt.Sprintf("%s-%s-%06d-%06d-%s", h.Terminal, op, h.Batch, h.Trace, serial)
}
