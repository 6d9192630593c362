package bank

import (
	"context"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
)

// Tx is the rows of operations and terminals, inside one database transaction, and of
// the books those that follow from them.
type Tx interface {
	books.CaseTx
	people.AuditTx

	// Journal is the present journal of a kiosk, or stored.ErrNotFound.
	Journal(ctx context.Context, kiosk string) (books.Journal, error)
	// Transactions are those of these serials, in no particular order.
	Transactions(ctx context.Context, serials []string) ([]books.Transaction, error)
	// Postings are those of these serials, in no particular order.
	Postings(ctx context.Context, serials []string) ([]books.Posting, error)

	// Reversible is as package books has it.
	Reversible(ctx context.Context, serial string) (bool, error)

	// Exchange locks the row until the end of an Update.
	Exchange(ctx context.Context, id string) (Exchange, error)
	// ExchangesOf are those of one transaction, oldest first. It locks them.
	ExchangesOf(ctx context.Context, serial string) ([]Exchange, error)
	// ExchangesLike are those of a terminal with this trace that were sent since, newest
	// first.
	ExchangesLike(ctx context.Context, terminal string, trace uint32, since time.Time) ([]Exchange, error)
	// ListExchanges is newest first.
	ListExchanges(ctx context.Context, f Filter) ([]Exchange, error)
	// AddExchange of one that is there is stored.ErrStale.
	AddExchange(ctx context.Context, x Exchange) error
	// UpdateExchange replaces the row with version x.Version-1, else stored.ErrStale.
	UpdateExchange(ctx context.Context, x Exchange) error
	// ExchangesInFlight are those in state Sent that owner sent, by ID.
	ExchangesInFlight(ctx context.Context, owner string) ([]Exchange, error)
	// WatchedExchanges are those whose WatchAt has come, or lies so far ahead that a wrong
	// clock wrote it, by WatchAt and ID.
	WatchedExchanges(ctx context.Context, now time.Time, limit int) ([]Exchange, error)
	// NextExchange is the earliest WatchAt, zero if there is none.
	NextExchange(ctx context.Context) (time.Time, error)
	AddBankHistory(ctx context.Context, rows []books.History) error
	// BankHistory is oldest first; the serial of its rows is the operation's ID.
	BankHistory(ctx context.Context, id string) ([]books.History, error)

	// Terminal is that of a kiosk, or stored.ErrNotFound. It locks the row.
	Terminal(ctx context.Context, kiosk string) (Terminal, error)
	// TerminalCalled is the row with that number of the bank's, or stored.ErrNotFound.
	TerminalCalled(ctx context.Context, terminal string) (Terminal, error)
	// Terminals are all, by kiosk.
	Terminals(ctx context.Context) ([]Terminal, error)
	// OrderedTerminals are those that are Ordered, by kiosk.
	OrderedTerminals(ctx context.Context) ([]Terminal, error)
	// VoidingTerminals are those with an order to void, by kiosk.
	VoidingTerminals(ctx context.Context) ([]Terminal, error)
	PutTerminal(ctx context.Context, t Terminal) error
}
