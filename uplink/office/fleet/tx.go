package fleet

import (
	"context"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/identity"
)

// KioskTx is kiosks, inside one database transaction.
type KioskTx interface {
	// Kiosk locks the row until the end of an Update.
	Kiosk(ctx context.Context, id string) (Kiosk, error)
	// Kiosks is by id.
	Kiosks(ctx context.Context) ([]Kiosk, error)
	// FindKiosks is as Registry.Find says.
	FindKiosks(ctx context.Context, q Search) (Found, error)
	PutKiosk(ctx context.Context, k Kiosk) error
	// Presence counts the kiosks.
	Presence(ctx context.Context) (Presence, error)
}

// Tx is kiosks and their enrolment, which begins a journal in the books.
type Tx interface {
	KioskTx
	books.Tx
	identity.Rows
	// Count sets n numbers of a counter aside and returns the first: the one after the
	// last that was set aside, but not below floor.
	Count(ctx context.Context, counter string, n, floor uint64) (first uint64, err error)
	Token(ctx context.Context, hash string) (Token, error)
	// TokenFrom is the first token whose hash is not below from, or stored.ErrNotFound.
	TokenFrom(ctx context.Context, from string) (Token, error)
	PutToken(ctx context.Context, t Token) error
	// Tokens are by kiosk and end.
	Tokens(ctx context.Context) ([]Token, error)
	// DropToken removes a token, if it is there.
	DropToken(ctx context.Context, hash string) error
	// LastSerial is the highest serial of a posting that a kiosk ordered; empty for none.
	LastSerial(ctx context.Context, kiosk string) (string, error)
}
