package store

import (
	"context"
	"errors"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/rollout"
)

// Errors of this package.
var (
	ErrNotFound = errors.New("not found")
	ErrUnknown  = errors.New("kiosk not enrolled")
	ErrGap      = errors.New("records missing before batch")
	ErrConflict = errors.New("serial stands for another order")
	ErrStale    = errors.New("row was changed by another")
	ErrToken    = errors.New("enrolment token not valid")
)

// Backend runs functions in database transactions. What fn wrote is durable when
// Update returns nil, and undone when fn or Update returns an error.
type Backend interface {
	Update(ctx context.Context, fn func(Tx) error) error
	View(ctx context.Context, fn func(Tx) error) error
	Close() error
}

// Tx is the rows, inside one database transaction. Getters of one row return
// ErrNotFound; getters of several return what there is, in no particular order
// unless said.
type Tx interface {
	FleetTx
	JournalTx
	PostingTx
	CaseTx
	StaffTx
	RolloutTx
	TechnicianTx

	// Stats are counted for a business date, YYYYMMDD.
	Stats(ctx context.Context, date string) (Stats, error)
	// Pulse changes whenever something that pages show has changed.
	Pulse(ctx context.Context) (string, error)
}

// FleetTx is kiosks and their enrolment.
type FleetTx interface {
	// Kiosk locks the row until the end of an Update.
	Kiosk(ctx context.Context, id string) (Kiosk, error)
	// Kiosks is by id.
	Kiosks(ctx context.Context) ([]Kiosk, error)
	PutKiosk(ctx context.Context, k Kiosk) error
	Token(ctx context.Context, hash string) (Token, error)
	PutToken(ctx context.Context, t Token) error
}

// JournalTx is records, and the transactions projected from them.
type JournalTx interface {
	RecordHash(ctx context.Context, kiosk string, incarnation uint8, seq uint64) (record.Hash, error)
	AddRecords(ctx context.Context, kiosk string, incarnation uint8, recs []Sealed) error
	// Events are the records of one transaction, oldest first.
	Events(ctx context.Context, kiosk, serial string, limit int) ([]Event, error)
	Transactions(ctx context.Context, serials []string) ([]Transaction, error)
	// ListTransactions is newest first.
	ListTransactions(ctx context.Context, f Filter) ([]Transaction, error)
	PutTransactions(ctx context.Context, rows []Transaction) error
	// Notes are by serial and index.
	Notes(ctx context.Context, serials []string) ([]Note, error)
	PutNotes(ctx context.Context, rows []Note) error
}

// PostingTx is postings and what happened to them.
type PostingTx interface {
	Postings(ctx context.Context, serials []string) ([]Posting, error)
	// ListPostings is newest first.
	ListPostings(ctx context.Context, f Filter) ([]Posting, error)
	AddPostings(ctx context.Context, rows []Posting) error
	// UpdatePosting replaces the row with version p.Version-1, else ErrStale.
	UpdatePosting(ctx context.Context, p Posting) error
	// DuePostings are open ones whose NextAt has come, by NextAt and serial.
	DuePostings(ctx context.Context, now time.Time, limit int) ([]Posting, error)
	// InFlight are the open ones that owner called for, by serial.
	InFlight(ctx context.Context, owner string) ([]Posting, error)
	// NextDue is the earliest NextAt of the open ones, zero if there are none.
	NextDue(ctx context.Context) (time.Time, error)
	AddHistory(ctx context.Context, rows []History) error
	// History is oldest first.
	History(ctx context.Context, serial string) ([]History, error)
}

// CaseTx is cases and alarms.
type CaseTx interface {
	// AddCases leaves cases alone that exist already.
	AddCases(ctx context.Context, rows []Case) error
	Case(ctx context.Context, id string) (Case, error)
	PutCase(ctx context.Context, c Case) error
	// CasesOf are the cases of one transaction, oldest first.
	CasesOf(ctx context.Context, serial string) ([]Case, error)
	// ListCases is open ones first, then newest first.
	ListCases(ctx context.Context, f Filter) ([]Case, error)
	PutAlarms(ctx context.Context, rows []Alarm) error
	// Alarms are those that are on, by kiosk and code.
	Alarms(ctx context.Context) ([]Alarm, error)
}

// StaffTx is people, their sessions, and what they did.
type StaffTx interface {
	User(ctx context.Context, name string) (User, error)
	PutUser(ctx context.Context, u User) error
	Session(ctx context.Context, token string) (Session, error)
	PutSession(ctx context.Context, s Session) error
	DeleteSession(ctx context.Context, token string) error
	DeleteSessionsBefore(ctx context.Context, at int64) error
	// AddAudit numbers the row itself.
	AddAudit(ctx context.Context, a Audit) error
	// ListAudit is newest first.
	ListAudit(ctx context.Context, limit int) ([]Audit, error)
}

// TechnicianTx is who may log in at kiosks.
type TechnicianTx interface {
	// Technicians are by number.
	Technicians(ctx context.Context) ([]Technician, error)
	PutTechnician(ctx context.Context, t Technician) error
}

// RolloutTx is bundles, groups of kiosks, and rollouts with their targets.
type RolloutTx interface {
	Bundle(ctx context.Context, sha256 string) (Bundle, error)
	// Bundles is newest first.
	Bundles(ctx context.Context, limit int) ([]Bundle, error)
	PutBundle(ctx context.Context, b Bundle) error
	// Members is by group and kiosk.
	Members(ctx context.Context) ([]Member, error)
	// SetGroup replaces the members of a group.
	SetGroup(ctx context.Context, group string, kiosks []string) error
	// Rollout is without its targets. It locks the row until the end of an Update.
	Rollout(ctx context.Context, id string) (rollout.Rollout, error)
	// ListRollouts is newest first, without targets.
	ListRollouts(ctx context.Context, limit int) ([]rollout.Rollout, error)
	// ActiveRollouts are those that Decide has something to do with, by id.
	ActiveRollouts(ctx context.Context) ([]rollout.Rollout, error)
	PutRollout(ctx context.Context, r rollout.Rollout) error
	// Targets is by rank.
	Targets(ctx context.Context, id string) ([]Target, error)
	// TargetOf is the target that has a job of this id.
	TargetOf(ctx context.Context, job string) (Target, error)
	PutTargets(ctx context.Context, rows []Target) error
	// OpenTargets are those with a job that is open at now, by kiosk and rollout.
	OpenTargets(ctx context.Context, now int64) ([]Target, error)
	// CountTargets counts the targets of every rollout by how far they are.
	CountTargets(ctx context.Context) ([]TargetCount, error)
}
