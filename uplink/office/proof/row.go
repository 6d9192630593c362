package proof

import (
	"context"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/stored"
)

// Unproven is a posting whose records are missing, or differ.
type Unproven struct {
	Serial    string
	Kiosk     string
	Amount    money.Amount
	OrderedAt int64
	Online    int64 // ms that its kiosk was online since
	Told      bool  // there is a case
	UpdatedAt int64
}

// Tx is the rows of this package, and of others those that it is made from.
type Tx interface {
	books.Tx
	fleet.KioskTx
	// Unclosed are the postings ordered after a time and up to another, in Unix milliseconds,
	// that no record has closed with their sum, oldest first.
	Unclosed(ctx context.Context, after, upTo int64, limit int) ([]books.Posting, error)
	// Unproven are all rows, by serial.
	Unproven(ctx context.Context) ([]Unproven, error)
	PutUnproven(ctx context.Context, rows []Unproven) error
	DropUnproven(ctx context.Context, serial string) error
	CashPosition(ctx context.Context, kiosk string) (cash.Position, error)
	CashReads(ctx context.Context, kiosk string) ([]cash.Read, error)
}

// Watch looks for what is not proven. It is for one goroutine.
type Watch struct {
	b      stored.Backend[Tx]
	seenTo int64     // postings up to here were looked at
	lookAt time.Time // of the last look
}

// New is a Watch over b.
func New(b stored.Backend[Tx]) *Watch { return &Watch{b: b} }
