package identity

import (
	"context"

	"wattkiosk/uplink/office/books"
)

// Rows are identities and certificates, inside one database transaction.
type Rows interface {
	// Identity locks the row until the end of an Update.
	Identity(ctx context.Context, kiosk string) (Identity, error)
	PutIdentity(ctx context.Context, i Identity) error
	// IdentitiesSince are those that changed after rev, by rev.
	IdentitiesSince(ctx context.Context, rev uint64) ([]Identity, error)
	// NewestKey has the kiosk's own row name its newest key too: one-time codes of
	// technicians are made by that.
	NewestKey(ctx context.Context, kiosk, key string) error
	AddCertificate(ctx context.Context, c Certificate) error
	// Certificates are those that end after a time, Unix ms, by kiosk and date of issue; of
	// one kiosk, or of all where it is empty.
	Certificates(ctx context.Context, kiosk string, after int64) ([]Certificate, error)
}

// Tx is identities with what else a change of one writes.
type Tx interface {
	Rows
	books.Tx
	// Count sets n numbers of a counter aside and returns the first: the one after the
	// last that was set aside, but not below floor.
	Count(ctx context.Context, counter string, n, floor uint64) (first uint64, err error)
}
