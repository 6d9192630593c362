package accounts

import (
	"context"

	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/books"
)

// Tx is the rows of entries and balances, inside one database transaction, and of other
// subjects those that facts are made from.
type Tx interface {
	// Transactions are those of these serials, in no particular order.
	Transactions(ctx context.Context, serials []string) ([]books.Transaction, error)
	// Postings are those of these serials, in no particular order.
	Postings(ctx context.Context, serials []string) ([]books.Posting, error)
	// QROrders are those of these serials, in no particular order. It locks none.
	QROrders(ctx context.Context, serials []string) ([]acquiring.Order, error)
	// CasesOf are the cases of transactions, those of one oldest first.
	CasesOf(ctx context.Context, serials ...string) ([]books.Case, error)
	// PayoutsOf are what was paid out for cases of transactions, by time and case.
	PayoutsOf(ctx context.Context, serials ...string) ([]books.Payout, error)
	// Case locks the row until the end of an Update.
	Case(ctx context.Context, id string) (books.Case, error)

	// AccountHead locks the row until the end of an Update.
	AccountHead(ctx context.Context) (Head, error)
	PutAccountHead(ctx context.Context, h Head) error
	AddEntries(ctx context.Context, rows []Entry) error
	// Entries are those after number n, in their order.
	Entries(ctx context.Context, n int64, limit int) ([]Entry, error)
	// EntriesOf are those of these keys, those of one in their order.
	EntriesOf(ctx context.Context, keys []string) ([]Entry, error)
	// Balances are those with these IDs, in no particular order.
	Balances(ctx context.Context, ids []string) ([]Balance, error)
	// ListBalances is by date, kiosk and account.
	ListBalances(ctx context.Context, f Filter) ([]Balance, error)
	PutBalances(ctx context.Context, rows []Balance) error

	// MarkedKeys are marks after this key, by key. Every change of a transaction, a
	// posting, an order at an acquirer, a case or a payout leaves one, in its own database
	// transaction: under the serial, of the posting of a sale under that of the sale, and
	// of a stray note under the case's ID.
	MarkedKeys(ctx context.Context, after string, limit int) ([]Mark, error)
	// Unmark removes marks that still have the same token, and returns those. Nobody else
	// removes them, or marks their keys again, before the end of the Update.
	Unmark(ctx context.Context, marks []Mark) ([]Mark, error)
	// CountMarked is how many there are.
	CountMarked(ctx context.Context) (int64, error)
}
