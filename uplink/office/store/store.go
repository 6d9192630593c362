package store

import (
	"context"
	"errors"
	"time"

	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/proof"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/settle/export"
	"wattkiosk/uplink/office/sparekeys"
	"wattkiosk/uplink/office/stored"
)

// Store is head office's subjects over one database. It is safe for concurrent use
// if its Backend is.
type Store struct {
	*books.Keeper
	*books.Deliverer
	*books.Past
	*books.Checks
	*fleet.Registry
	*people.Directory
	*rollout.Planner
	QR     *acquiring.Ledger
	Bank   *bank.Register
	Settle *settle.Room
	// Deadlines are what follows when a date is not signed in time.
	Deadlines *settle.Deadlines
	Export    *export.Desk

	Accounts *accounts.Book
	// Cash is where notes are.
	Cash *cash.Vault
	// Forgeries is counterfeit notes.
	Forgeries *counterfeit.Desk
	// Proof is what stands behind the words of kiosks.
	Proof *proof.Watch
	// Identities are who kiosks are: in service or not, and by which key.
	Identities *identity.Desk
	// Spares are spares of the keys of kiosks' journals, sealed.
	Spares *sparekeys.Desk
	// Plans is what two people do.
	Plans *approval.Desk[Tx]

	b Backend
}

// New is a Store over b.
func New(b Backend, r books.Rules) *Store {
	rows := part[books.Tx]{b, func(tx Tx) books.Tx { return tx }}
	keeper := books.New(rows, r)
	entries := accounts.New(part[accounts.Tx]{b, func(tx Tx) accounts.Tx { return tx }}, keeper.BusinessDate)
	vault := cash.New(part[cash.Tx]{b, func(tx Tx) cash.Tx { return tx }}, entries, keeper.BusinessDate)
	room := settle.New(part[settle.Tx]{b, func(tx Tx) settle.Tx { return tx }}, settle.Rules{Zone: keeper.Zone(), Books: []settle.Book{{Name: settle.MIS, Required: true}}, SalesInMIS: r.BookSales, Keys: settle.DefaultKeys()}, entries)
	forgeries := counterfeit.New(part[counterfeit.Tx]{b, func(tx Tx) counterfeit.Tx { return tx }}, entries, vault, keeper.Zone(), keeper.BusinessDate)
	return &Store{
		Keeper:     keeper,
		Deliverer:  books.NewDeliverer(rows),
		Past:       books.NewPast(rows),
		Checks:     books.NewChecks(rows),
		Registry:   fleet.New(part[fleet.Tx]{b, func(tx Tx) fleet.Tx { return tx }}),
		Directory:  people.New(part[people.Tx]{b, func(tx Tx) people.Tx { return tx }}),
		Planner:    rollout.NewPlanner(part[rollout.Tx]{b, func(tx Tx) rollout.Tx { return tx }}, keeper.Zone()),
		Bank:       bank.New(part[bank.Tx]{b, func(tx Tx) bank.Tx { return tx }}),
		Accounts:   entries,
		Cash:       vault,
		Forgeries:  forgeries,
		Proof:      proof.New(part[proof.Tx]{b, func(tx Tx) proof.Tx { return tx }}),
		Identities: identity.New(part[identity.Tx]{b, func(tx Tx) identity.Tx { return tx }}),
		Spares:     sparekeys.New(part[sparekeys.Rows]{b, func(tx Tx) sparekeys.Rows { return tx }}),
		Plans:      newPlans(b, keeper, room, vault, forgeries),
		QR:         acquiring.New(part[acquiring.Tx]{b, func(tx Tx) acquiring.Tx { return tx }}),
		Settle:     room,
		Deadlines:  settle.DeadlinesOf(room),
		Export:     export.New(part[export.Tx]{b, func(tx Tx) export.Tx { return tx }}, keeper.Zone()),
		b:          b,
	}
}

// Open is New over a database that older software may have written: what it did not
// store is made from what it did. On an error b is closed.
func Open(ctx context.Context, b Backend, r books.Rules) (*Store, error) {
	s := New(b, r)
	if _, err := s.Refold(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	if err := s.Seal(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return s, nil
}

// Close closes the backend.
func (s *Store) Close() error { return s.b.Close() }

// Pulse changes whenever something that pages show has changed.
func (s *Store) Pulse(ctx context.Context) (string, error) {
	return stored.View(ctx, s.b, func(tx Tx) (string, error) { return tx.Pulse(ctx) })
}

// Stats are figures of the whole.
type Stats struct {
	fleet.Presence
	books.Figures
}

// Stats are figures of the whole, and of the business date of now, in one snapshot.
func (s *Store) Stats(ctx context.Context, now time.Time) (Stats, error) {
	return stored.View(ctx, s.b, func(tx Tx) (st Stats, err error) {
		if st.Presence, err = tx.Presence(ctx); err != nil {
			return st, err
		}

		st.Figures, err = tx.Figures(ctx, s.BusinessDate(now))
		return st, err
	})
}
