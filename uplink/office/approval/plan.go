package approval

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/stored"
)

// Lasts is for how long a plan may be approved.
const Lasts = 72 * time.Hour

// Kind is what a plan does.
type Kind string

// The kinds of the books.
const (
	Reverse   Kind = "reverse"    // takes a posting back
	Retry     Kind = "retry"      // has an owed or disputed payment posted after all
	CloseCase Kind = "close-case" // settles a case that has an amount
	Vouch     Kind = "vouch"      // says that the bank has a sale that these books lost

	PayOut     Kind = "pay-out"     // gives a customer at the counter what a case owes
	RefundQR   Kind = "refund-qr"   // gives a payment by QR code back at its acquirer
	RefundCard Kind = "refund-card" // asks the bank to give a payment by card back
	VoidCard   Kind = "void-card"   // has a kiosk void a payment by card of the open batch
	BankAnswer Kind = "bank-answer" // says what the bank answered to that
	BearLoss   Kind = "bear-loss"   // says who bears a counterfeit note
	DropClaim  Kind = "drop-claim"  // writes off what the maker of a counterfeit note refuses to pay
	TakeBack   Kind = "take-back"   // takes a finding of counterfeit notes back that was a mistake
	ReopenDate Kind = "reopen-date" // opens a signed business date again

	Receive Kind = "receive-cash" // takes a collection into the vault, counted again
	Remit   Kind = "remit-cash"   // hands a set of collections over (解款)

	LiftCash Kind = "lift-cash-rule" // lets kiosks take notes though a date is not signed
)

// The kinds of what head office believes of a kiosk.
const (
	ReleaseOrder Kind = "release-order" // has an order that is held posted
	RefuseOrder  Kind = "refuse-order"  // has it never posted: it is owed
	ChooseBranch Kind = "choose-branch" // says which side of a fork is a kiosk's journal
	SetBounds    Kind = "set-bounds"    // sets what is believed of a kiosk, or of the fleet
)

// ResetFactor takes a person's second factor away.
const ResetFactor Kind = "reset-factor"

// What gives a kiosk its way into the books back, or takes it away for good.
const (
	ResumeKiosk  Kind = "resume-kiosk"
	ReplaceKiosk Kind = "replace-kiosk"
	RetireKiosk  Kind = "retire-kiosk"
)

// State is how far a plan is.
type State string

// The states.
const (
	Pending State = "pending"
	Done    State = "done"
	Refused State = "refused"
	Failed  State = "failed"
	Expired State = "expired"
)

// Plan is something that two people do. Version counts its saves from 1.
type Plan struct {
	ID        string
	Kind      Kind
	Object    string       // what it is about: a posting, a case, a date
	Serial    string       // of the transaction that it is about; empty for none
	Amount    money.Amount // that it moves
	Args      string       // what the proposer asked beside the object
	Body      string       // JSON: what will be done, and the rows that it starts from
	By        string
	Reason    string
	At        int64
	ExpiresAt int64
	Hash      record.Hash
	State     State
	Decider   string // who approved or refused it
	DecidedAt int64
	Said      string // by who decided; of a failed plan why
	Version   int64
}

// Now is the plan with the state that it has at a time: nobody writes down that the time
// of a plan is over before somebody comes to it.
func (p Plan) Now(at time.Time) Plan {
	if p.State == Pending && stored.Millis(at) >= p.ExpiresAt {
		p.State = Expired
	}

	return p
}

// format begins what is hashed, so that a later form cannot be taken for this one.
const format = "wattkiosk plan 1\n"

// sum is SHA-256 over all that makes the plan: numbers, and each text with its length
// before it.
func (p Plan) sum() record.Hash {
	b := []byte(format)
	for _, n := range []int64{int64(p.Amount), p.At, p.ExpiresAt} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	for _, text := range []string{p.ID, string(p.Kind), p.Object, p.Serial, p.Args, p.Body, p.By, p.Reason} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(text)))
		b = append(b, text...)
	}

	return sha256.Sum256(b)
}

// Filter narrows a list of plans. Zero fields do not narrow; Limit is capped at
// stored.MaxList.
type Filter struct {
	Pending        bool // those that can still be approved
	Kind           Kind
	Object, Serial string
	Limit          int
}

// PendingError is the refusal of a plan for what one waits for already: which, whose and since
// when.
type PendingError struct{ Plan }

// Error says so for people.
func (e PendingError) Error() string {
	return fmt.Sprintf("%s: plan %s, proposed by %s at %s", ErrPending, e.ID, e.By, time.UnixMilli(e.At).UTC().Format(time.RFC3339))
}

// Unwrap is ErrPending.
func (e PendingError) Unwrap() error { return ErrPending }

// Why a plan is not proposed, or not carried out.
var (
	ErrTwoPeople   = errors.New("who proposed it may not approve it: another person has to")
	ErrNotAllowed  = errors.New("not by this person")
	ErrPending     = errors.New("the same is proposed already, and waits for a second person")
	ErrDecided     = errors.New("the plan was decided before")
	ErrExpired     = errors.New("the time to approve the plan is over")
	ErrAnother     = errors.New("not the plan that was shown")
	ErrAltered     = errors.New("the plan was changed after it was proposed")
	ErrChanged     = errors.New("what the plan starts from has changed since: propose it again")
	ErrNotPossible = errors.New("the books do not allow it")
	ErrKind        = errors.New("no such kind of plan")
)
