package people

import (
	"context"

	"wattkiosk/uplink/office/stored"
)

// Directory keeps people. It is safe for concurrent use if its backend is.
type Directory struct{ b stored.Backend[Tx] }

// New is a Directory over b.
func New(b stored.Backend[Tx]) *Directory { return &Directory{b} }

// Users are all, by name.
func (d *Directory) Users(ctx context.Context) ([]User, error) {
	return stored.View(ctx, d.b, func(tx Tx) ([]User, error) { return tx.Users(ctx) })
}

// User returns a person, or stored.ErrNotFound.
func (d *Directory) User(ctx context.Context, name string) (User, error) {
	return stored.View(ctx, d.b, func(tx Tx) (User, error) { return tx.User(ctx, name) })
}
