package fleet

import (
	"context"

	"wattkiosk/uplink/office/books"
)

// KioskTx is kiosks, inside one database transaction.
type KioskTx interface {
	// Kiosk locks the row until the end of an Update.
	Kiosk(ctx context.Context, id string) (Kiosk, error)
	// Kiosks is by id.
	Kiosks(ctx context.Context) ([]Kiosk, error)
	PutKiosk(ctx context.Context, k Kiosk) error
	// Presence counts the kiosks.
	Presence(ctx context.Context) (Presence, error)
}

// Tx is kiosks and their enrolment, which begins a journal in the books.
type Tx interface {
	KioskTx
	books.Tx
	// Counter is how far a counter has come, 0 at first. It locks the row until the end
	// of an Update.
	Counter(ctx context.Context, name string) (uint64, error)
	PutCounter(ctx context.Context, name string, n uint64) error
	Token(ctx context.Context, hash string) (Token, error)
	PutToken(ctx context.Context, t Token) error
}
