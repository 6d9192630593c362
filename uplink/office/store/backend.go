package store

import (
	"context"

	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/proof"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/sparekeys"
	"wattkiosk/uplink/office/stored"
)

// Backend is a database that holds the rows of every subject.
type Backend interface {
	stored.Backend[Tx]
	Close() error
}

// Tx is the rows of every subject, inside one database transaction.
type Tx interface {
	fleet.Tx // with those of the books
	people.Tx
	rollout.Tx
	acquiring.Tx
	bank.Tx
	settle.Tx
	accounts.Tx
	approval.Tx
	cash.Tx
	counterfeit.Tx
	proof.Tx
	sparekeys.Rows

	// Pulse changes whenever something that pages show has changed.
	Pulse(ctx context.Context) (string, error)
}

// part is a backend as one subject sees it: with its own Tx only.
type part[T any] struct {
	whole Backend
	of    func(Tx) T
}

func (p part[T]) Update(ctx context.Context, fn func(T) error) error {
	return p.whole.Update(ctx, func(tx Tx) error { return fn(p.of(tx)) })
}

func (p part[T]) View(ctx context.Context, fn func(T) error) error {
	return p.whole.View(ctx, func(tx Tx) error { return fn(p.of(tx)) })
}
