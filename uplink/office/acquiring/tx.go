package acquiring

import (
	"context"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
)

// Tx is the rows of orders, inside one database transaction, and of the books those
// that follow from them.
type Tx interface {
	books.CaseTx
	people.AuditTx

	// Postings are those of these serials, in no particular order.
	Postings(ctx context.Context, serials []string) ([]books.Posting, error)
	// Transactions are those of these serials, in no particular order.
	Transactions(ctx context.Context, serials []string) ([]books.Transaction, error)

	// QROrder locks the row until the end of an Update.
	QROrder(ctx context.Context, serial string) (Order, error)
	// ListQROrders is newest first.
	ListQROrders(ctx context.Context, f books.Filter) ([]Order, error)
	AddQROrder(ctx context.Context, o Order) error
	// UpdateQROrder replaces the row with version o.Version-1, else stored.ErrStale.
	UpdateQROrder(ctx context.Context, o Order) error
	// DueQROrders are open ones whose NextAt has come, or lies so far ahead that a wrong
	// clock wrote it, by NextAt and serial.
	DueQROrders(ctx context.Context, now time.Time, limit int) ([]Order, error)
	// QROrdersInFlight are those that owner makes a call for, by serial.
	QROrdersInFlight(ctx context.Context, owner string) ([]Order, error)
	// WatchedQROrders are those whose WatchAt has come, or lies so far ahead that a wrong
	// clock wrote it, by WatchAt and serial.
	WatchedQROrders(ctx context.Context, now time.Time, limit int) ([]Order, error)
	// NextQROrder is the earliest NextAt or WatchAt, zero if there is none.
	NextQROrder(ctx context.Context) (time.Time, error)
	AddQRHistory(ctx context.Context, rows []books.History) error
	// QRHistory is oldest first.
	QRHistory(ctx context.Context, serial string) ([]books.History, error)
}
