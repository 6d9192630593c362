package books

import (
	"context"
	"errors"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/people"
)

// Errors of this package, beside those of package row.
var (
	ErrUnknown  = errors.New("kiosk not enrolled")
	ErrGap      = errors.New("records missing before batch")
	ErrConflict = errors.New("serial stands for another order")
	ErrHeld     = errors.New("order held: a person decides")
)

// Tx is the rows of the books, inside one database transaction. Getters of one row
// return stored.ErrNotFound; getters of several return what there is, in no particular
// order unless said.
type Tx interface {
	JournalTx
	PostingTx
	CaseTx
	CheckTx
	DeliveryTx
	PayoutTx
	people.AuditTx
	people.UserTx

	// Receipts are those of these serials, in no particular order. It locks their rows
	// until the end of an Update.
	Receipts(ctx context.Context, serials []string) ([]Receipt, error)
	// CardReceipts are the same for sales by bank card.
	CardReceipts(ctx context.Context, serials []string) ([]Receipt, error)
	// Reversible reports whether the bank has a sale under this serial, or may have, that
	// its kiosk can still take back: its batch is open, and its terminal that kiosk's.
	Reversible(ctx context.Context, serial string) (bool, error)

	// Figures are counted for a business date, YYYYMMDD.
	Figures(ctx context.Context, date string) (Figures, error)
}

// JournalTx is journals, their records, and the transactions projected from them.
type JournalTx interface {
	// Journal is the present journal of a kiosk: that of its highest incarnation, and no
	// branch. It locks the row until the end of an Update.
	Journal(ctx context.Context, kiosk string) (Journal, error)
	// Journals are the present journals of all kiosks.
	Journals(ctx context.Context) ([]Journal, error)
	// JournalsOf are all journals of a kiosk and their branches, the highest number first.
	JournalsOf(ctx context.Context, kiosk string) ([]Journal, error)
	PutJournal(ctx context.Context, j Journal) error
	RecordHash(ctx context.Context, kiosk string, incarnation uint8, seq uint64) (record.Hash, error)
	AddRecords(ctx context.Context, kiosk string, incarnation uint8, recs []Sealed) error
	// RecordsAfter are those of one journal after a number, in their order.
	RecordsAfter(ctx context.Context, kiosk string, incarnation uint8, seq uint64, limit int) ([]Sealed, error)
	// MoveRecords has all records of a branch be those of a journal.
	MoveRecords(ctx context.Context, kiosk string, branch, incarnation uint8) error
	// LeaveRecords takes the records of a journal from a number on, which are these, and keeps
	// them as those of a branch that was left.
	LeaveRecords(ctx context.Context, kiosk string, incarnation uint8, from uint64, branch uint8, recs []Sealed) error
	// Events are the records of one transaction, oldest first.
	Events(ctx context.Context, kiosk, serial string, limit int) ([]Event, error)
	Transactions(ctx context.Context, serials []string) ([]Transaction, error)
	// ListTransactions is newest first.
	ListTransactions(ctx context.Context, f Filter) ([]Transaction, error)
	PutTransactions(ctx context.Context, rows []Transaction) error
	DeleteTransactions(ctx context.Context, serials []string) error
	// OpenTransactions are those of a kiosk that still take money, by serial.
	OpenTransactions(ctx context.Context, kiosk string) ([]Transaction, error)
	// Unfolded are at most limit rows without their folded value, by serial.
	Unfolded(ctx context.Context, limit int) ([]Transaction, error)
	// AddBranch keeps records that do not follow a journal; those held already stay.
	AddBranch(ctx context.Context, kiosk string, incarnation uint8, recs []Sealed) error
	// Branch counts the kept records of all branches of a kiosk.
	Branch(ctx context.Context, kiosk string) (int64, error)
	// LeftOn is the number of the branch that has this record and was left, 0 for none.
	LeftOn(ctx context.Context, kiosk string, seq uint64, hash record.Hash) (uint8, error)
}

// CheckTx is what orders are held against, and those that are held.
type CheckTx interface {
	// Bounds are the rows of these kiosks, of all where there are none, by kiosk.
	Bounds(ctx context.Context, kiosks []string) ([]BoundsRow, error)
	// PutBounds replaces the row with version b.Version-1, else stored.ErrStale.
	PutBounds(ctx context.Context, b BoundsRow) error
	// CashTaken is the sum of the postings in cash of a kiosk on a business date.
	CashTaken(ctx context.Context, kiosk, date string) (money.Amount, error)
	// HeldOrder locks the row until the end of an Update.
	HeldOrder(ctx context.Context, id string) (HeldOrder, error)
	// HeldOf are those of these serials, by serial and id.
	HeldOf(ctx context.Context, serials []string) ([]HeldOrder, error)
	PutHeld(ctx context.Context, h HeldOrder) error
}

// PostingTx is postings and what happened to them.
type PostingTx interface {
	Postings(ctx context.Context, serials []string) ([]Posting, error)
	// ListPostings is newest first.
	ListPostings(ctx context.Context, f Filter) ([]Posting, error)
	AddPostings(ctx context.Context, rows []Posting) error
	// UpdatePosting replaces the row with version p.Version-1, else ErrStale.
	UpdatePosting(ctx context.Context, p Posting) error
	// DuePostings are open ones of a system whose NextAt has come, by NextAt and serial.
	DuePostings(ctx context.Context, system mis.System, now time.Time, limit int) ([]Posting, error)
	// InFlight are the open ones that owner called for, by serial.
	InFlight(ctx context.Context, owner string) ([]Posting, error)
	// NextDue is the earliest NextAt of the open ones of a system, zero if there are none.
	NextDue(ctx context.Context, system mis.System) (time.Time, error)
	// PutHistory replaces rows of the same serial and version.
	PutHistory(ctx context.Context, rows []History) error
	// History is oldest first.
	History(ctx context.Context, serial string) ([]History, error)
}

// PayoutTx is what was paid out at the counter, and what finds the payment of a slip.
type PayoutTx interface {
	Payout(ctx context.Context, id string) (Payout, error)
	// PayoutsOf are those for cases of these serials, by time and case.
	PayoutsOf(ctx context.Context, serials ...string) ([]Payout, error)
	// AddPayout is an error where the case has one.
	AddPayout(ctx context.Context, p Payout) error
	// SerialsOfReference are serials of postings, and of operations at the bank, with this
	// reference, in their order.
	SerialsOfReference(ctx context.Context, reference string, limit int) ([]string, error)
}

// CaseTx is cases and alarms.
type CaseTx interface {
	// AddCases leaves cases alone that exist already.
	AddCases(ctx context.Context, rows []Case) error
	Case(ctx context.Context, id string) (Case, error)
	PutCase(ctx context.Context, c Case) error
	// CasesNamed are those with these ids that there are, in no order. It locks none.
	CasesNamed(ctx context.Context, ids []string) ([]Case, error)
	// CasesOf are the cases of transactions, those of one oldest first.
	CasesOf(ctx context.Context, serials ...string) ([]Case, error)
	// ListCases is open ones first, then newest first.
	ListCases(ctx context.Context, f Filter) ([]Case, error)
	CountCases(ctx context.Context, f Filter) (CaseCount, error)
	AddCaseEvents(ctx context.Context, rows []CaseEvent) error
	// CaseEvents is oldest first; none of a case that nothing was told of.
	CaseEvents(ctx context.Context, id string) ([]CaseEvent, error)
	PutAlarms(ctx context.Context, rows []Alarm) error
	// Alarms are those that are on, by kiosk and code.
	Alarms(ctx context.Context) ([]Alarm, error)
	// AlarmsOf are those of these kiosks, with each code's last one that is off.
	AlarmsOf(ctx context.Context, kiosks ...string) ([]Alarm, error)
}
