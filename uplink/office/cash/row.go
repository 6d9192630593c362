package cash

import (
	"cmp"
	"errors"

	"wattkiosk/payments/cassette"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
)

// Errors of this package, beside those of stored.
var (
	ErrNotPossible = errors.New("the cash does not allow it")
	ErrCollector   = errors.New("who took the cash out of the kiosk may not receive it: another person has to")
	ErrRemitted    = errors.New("its cash was remitted (解款): it cannot be reversed any more; pay it back as a refund")
	ErrInput       = errors.New("cannot be meant")
)

// Point is a place in the journals of a kiosk: a record's number, of the journal of an
// incarnation. The zero value is before all of them.
type Point struct {
	Incarnation uint8  `json:"incarnation"`
	Seq         uint64 `json:"seq"`
}

// Compare is -1, 0 or 1 as p is before q, the same, or after it.
func (p Point) Compare(q Point) int {
	return cmp.Or(cmp.Compare(p.Incarnation, q.Incarnation), cmp.Compare(p.Seq, q.Seq))
}

// Position is what is in the cassette of a kiosk, as its records tell: the account of its
// present journal is of all its journals here.
type Position struct {
	Kiosk    string           `json:"kiosk"`
	Account  cassette.Account `json:"account"`
	Since    Point            `json:"since"`     // the exchange; zero where none was reported
	FirstDay string           `json:"first_day"` // the first business date of which notes are known
	Capacity int64            `json:"capacity"`  // in notes; 0 is unknown

	Version   int64 `json:"version"`
	UpdatedAt int64 `json:"updated_at"`
}

// Notes is how many are inside, those of an unknown value among them.
func (p Position) Notes() int64 { return int64(p.Account.Notes) }

// Sum is what those of a known value are worth.
func (p Position) Sum() money.Amount { return p.Account.Total }

// Fill is how full the cassette is in percent, and whether that is known.
func (p Position) Fill() (percent int64, known bool) {
	if p.Capacity <= 0 {
		return 0, false
	}

	return p.Notes() * 100 / p.Capacity, true
}

// Day is what came into the cassette of a kiosk on one business date.
type Day struct {
	Kiosk  string       `json:"kiosk"`
	Date   string       `json:"date"` // YYYYMMDD
	Notes  int64        `json:"notes"`
	Amount money.Amount `json:"amount"`
}

// Read is how far a journal was followed.
type Read struct {
	Kiosk       string
	Incarnation uint8
	Seq         uint64
}

// Phase is how far the cash of a collection is.
type Phase string

// The phases.
const (
	Underway  Phase = "underway"   // two people are at the kiosk, and the cassette is in its place
	InTransit Phase = "in-transit" // it is out
	Received  Phase = "received"   // in the vault
	Remitted  Phase = "remitted"
	Deposited Phase = "deposited"
	GivenUp   Phase = "abandoned" // the cassette never left its place
)

// Phases are all, in their order.
func Phases() []Phase { return []Phase{Underway, InTransit, Received, Remitted, Deposited, GivenUp} }

// SlipHash is what the journal says of the hash on the slip of a collection.
type SlipHash string

// The findings.
const (
	NoSlip    SlipHash = ""      // the collection is not closed
	SlipRight SlipHash = "right" // it is that of the record before the end
	SlipWrong SlipHash = "wrong"
)

// Receipt is the second count, at head office.
type Receipt struct {
	Genuine     []collection.Pile `json:"genuine"`
	Counterfeit []collection.Pile `json:"counterfeit"` // by what is printed on them
	By          string            `json:"by"`
	Approver    string            `json:"approver"`
	Reason      string            `json:"reason"`
	Date        string            `json:"date"` // business date
	At          int64             `json:"at"`
}

// Collection is one collection as head office has it.
type Collection struct {
	Serial string                `json:"serial"`
	Kiosk  string                `json:"kiosk"`
	Kept   collection.Collection `json:"kept"` // as its records make it

	From     Point             `json:"from"` // the notes of the records after From …
	To       Point             `json:"to"`   // … and up to To were in the cassette; zero while it is in its place
	Told     []collection.Pile `json:"told"` // those, by the records that head office holds
	Odd      int64             `json:"odd"`
	Doubtful int64             `json:"doubtful"` // notes that may have been in it too …
	Doubt    money.Amount      `json:"doubt"`    // … and what they are worth, as far as that is known
	Slip     SlipHash          `json:"slip"`
	Refused  string            `json:"refused"` // the first record that cannot follow the others

	SeenAt    int64  `json:"seen_at"`    // when head office first heard of it
	OutAt     int64  `json:"out_at"`     // that the cassette is out
	Date      string `json:"date"`       // business date of the exchange
	EndedDate string `json:"ended_date"` // and of the end

	Receipt       Receipt  `json:"receipt"`
	Forged        []Forged `json:"forged"`     // by the case that has them
	Remittance    string   `json:"remittance"` // its ID
	RemittedAt    int64    `json:"remitted_at"`
	RemittedDate  string   `json:"remitted_date"`
	DepositedDate string   `json:"deposited_date"`

	Version   int64 `json:"version"`
	UpdatedAt int64 `json:"updated_at"`
}

// Phase is how far its cash is.
func (c Collection) Phase() Phase {
	switch {
	case c.DepositedDate != "":
		return Deposited
	case c.Remittance != "":
		return Remitted
	case c.Receipt.At != 0:
		return Received
	case c.To != Point{}:
		return InTransit
	case c.Kept.Stage == collection.GivenUp:
		return GivenUp
	}

	return Underway
}

// Expected is what was inside by the records that head office holds.
func (c Collection) Expected() money.Amount { return collection.Sum(c.Told) }

// Carried is what left the kiosk, as far as it is known: what the two there counted and
// signed, else what the records tell.
func (c Collection) Carried() money.Amount {
	if counted, is := c.Kept.Counted(); is && c.Kept.Stage == collection.Ended {
		return counted
	}

	return c.Expected()
}

// Genuine is what of it was taken for genuine by the second count.
func (c Collection) Genuine() money.Amount { return collection.Sum(c.Receipt.Genuine) }

// Vaulted is what of it is, or was, in the vault to be handed over: what was taken for genuine,
// without the counterfeit notes that were found among it there.
func (c Collection) Vaulted() money.Amount { return c.Genuine() - c.SetAside() }

// Remittance is a set of collections that was handed over. Deposit and Line are zero until
// they are known. Forged is what the bank found to be counterfeit of it, and cases have.
type Remittance struct {
	ID          string       `json:"id"`
	Collections []string     `json:"collections"`
	Amount      money.Amount `json:"amount"`
	Forged      money.Amount `json:"forged"`
	By          string       `json:"by"`
	Approver    string       `json:"approver"`
	Reason      string       `json:"reason"`
	At          int64        `json:"at"`
	Date        string       `json:"date"`    // business date
	Deposit     BankEntry    `json:"deposit"` // as our people entered it, off the bank's receipt
	Line        BankEntry    `json:"line"`    // as the bank's statement has it

	Version   int64 `json:"version"`
	UpdatedAt int64 `json:"updated_at"`
}

// BankEntry is what the bank has of a remittance.
type BankEntry struct {
	Reference string       `json:"reference"`
	Amount    money.Amount `json:"amount"`
	Date      string       `json:"date"` // at the bank, YYYYMMDD
	By        string       `json:"by"`
	At        int64        `json:"at"` // when it was entered
}

// AtBank is what the bank has of it, by the best that is known, and whether it has it.
func (r Remittance) AtBank() (money.Amount, bool) {
	switch {
	case r.Line.At != 0:
		return r.Line.Amount, true
	case r.Deposit.At != 0:
		return r.Deposit.Amount, true
	}

	return 0, false
}

// Off is what the bank has beside what it should. What is short is counterfeit notes first, as
// far as cases have such that the bank found; what it took back later makes nothing short.
func (r Remittance) Off() money.Amount {
	has, is := r.AtBank()
	if !is {
		return 0
	}
	off := has - r.Amount
	if off < 0 {
		off = min(0, off+r.Forged)
	}

	return off
}

// Matched reports whether our entry and the bank's line say the same.
func (r Remittance) Matched() bool {
	return r.Deposit.At != 0 && r.Line.At != 0 && r.Deposit.Reference == r.Line.Reference && r.Deposit.Amount == r.Line.Amount
}

// Filter narrows a list of collections. Zero fields do not narrow; Limit is capped at
// stored.MaxList.
type Filter struct {
	Kiosk      string
	Phase      Phase
	Remittance string
	Limit      int
}
