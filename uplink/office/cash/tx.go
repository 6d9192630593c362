package cash

import (
	"context"

	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
)

// Tx is the rows of cash, inside one database transaction, and of other subjects those
// that it is made from. Getters of one row return stored.ErrNotFound.
type Tx interface {
	books.Tx
	accounts.Tx
	people.TechnicianTx
	StatementTx
	// Users are all who work with head office, by name.
	Users(ctx context.Context) ([]people.User, error)

	// UnreadJournals are journals with records after those that were followed, by kiosk and
	// incarnation, of kiosks after this one; Seq is how far each was followed.
	UnreadJournals(ctx context.Context, after string, limit int) ([]Read, error)
	// CashReads are how far the journals of a kiosk were followed.
	CashReads(ctx context.Context, kiosk string) ([]Read, error)
	PutCashReads(ctx context.Context, rows []Read) error

	// CashPosition locks the row until the end of an Update.
	CashPosition(ctx context.Context, kiosk string) (Position, error)
	// CashPositions are all, by kiosk.
	CashPositions(ctx context.Context) ([]Position, error)
	// PutCashPosition replaces the row with version p.Version-1, else stored.ErrStale.
	PutCashPosition(ctx context.Context, p Position) error
	// CashDays are those of a kiosk, or of all where it is empty, from a date on, by kiosk and
	// date.
	CashDays(ctx context.Context, kiosk, from string) ([]Day, error)
	PutCashDays(ctx context.Context, rows []Day) error
	// ForgetCashDays takes away what is known of the days of a kiosk.
	ForgetCashDays(ctx context.Context, kiosk string) error

	// Collection locks the row until the end of an Update.
	Collection(ctx context.Context, serial string) (Collection, error)
	// ListCollections is newest first.
	ListCollections(ctx context.Context, f Filter) ([]Collection, error)
	// CollectionsIn are at most limit in a phase, by serial, after that one.
	CollectionsIn(ctx context.Context, p Phase, after string, limit int) ([]Collection, error)
	// CollectionsOf are all of a kiosk, in the order in which they were opened.
	CollectionsOf(ctx context.Context, kiosk string) ([]Collection, error)
	// PutCollection replaces the row with version c.Version-1, else stored.ErrStale.
	PutCollection(ctx context.Context, c Collection) error

	// Remittance locks the row until the end of an Update.
	Remittance(ctx context.Context, id string) (Remittance, error)
	// ListRemittances is newest first.
	ListRemittances(ctx context.Context, limit int) ([]Remittance, error)
	// RemittancesReferring are at most limit whose deposit, or the bank's line of it, has a
	// reference, newest first.
	RemittancesReferring(ctx context.Context, reference string, limit int) ([]Remittance, error)
	// RemittancesDated are at most limit whose deposit, or the bank's line of it, has a date at or
	// after from and before to, by ID, after that one.
	RemittancesDated(ctx context.Context, from, to, after string, limit int) ([]Remittance, error)
	// UnmatchedRemittances are at most limit of which our entry and the bank's line do not say the
	// same, or are not there yet, by ID, after that one.
	UnmatchedRemittances(ctx context.Context, after string, limit int) ([]Remittance, error)
	// PutRemittance replaces the row with version r.Version-1, else stored.ErrStale.
	PutRemittance(ctx context.Context, r Remittance) error
}
