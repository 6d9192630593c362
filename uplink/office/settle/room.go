package settle

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/reconcile"
	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/stored"
)

// Book is one that a date must have.
type Book struct {
	Name     string
	Part     string // of several that the book has for a date, each with a name: an acquirer
	Required bool   // though no payment of ours must be in it; otherwise only if one must
}

// Rules are the decisions of a utility that reconciliation depends on.
type Rules struct {
	Zone  *time.Location
	Books []Book // beside the kiosks' own; a book that is not named counts where it has a file, or a payment must be in it
	// SalesInMIS says that head office books what the card-meter system sold with the MIS
	// (books.Rules.BookSales), so that the MIS must have it.
	SalesInMIS bool
	Bills      map[string]form.Bill // forms of acquirers' bills, by part; of others it is Alipay's or WeChat Pay's
	Detail     *form.Detail         // form of the POSP's lines; nil: they are sales alone
	Keys       []reconcile.Key      // passes with tolerances; none: by serial only
	Dir        string               // for rows that do not fit into memory; empty is the system's
	Memory     int                  // for rows, bytes; 0 is reconcile.DefaultMemory
}

// DefaultKeys are the passes with tolerances of a utility that decides nothing else: what a
// book has of the same account and sum within five minutes. Where a book has no times its
// like is no pair, and keeps a payment from being proposed to be posted again.
func DefaultKeys() []reconcile.Key {
	return []reconcile.Key{{Name: "account and time", Account: true, Seconds: 300}}
}

// Room is where dates are reconciled. It is safe for concurrent use if its backend is.
type Room struct {
	b        stored.Backend[Tx]
	rules    Rules
	accounts Accounts // nil: there are no entries
}

// New is a Room over the rows in b. Its entries follow each run, and are sealed with each
// date; nil for none.
func New(b stored.Backend[Tx], r Rules, a Accounts) *Room {
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	return &Room{b: b, rules: r, accounts: a}
}

// With is the same rows with these books to have, and temporary files in dir.
func (r *Room) With(books []Book, dir string) *Room {
	out := *r
	out.rules.Books, out.rules.Dir = books, dir
	return &out
}

// WithBills is a room over the same rows with these forms of acquirers' bills, by part.
func WithBills(r *Room, forms map[string]form.Bill) *Room {
	out := *r
	out.rules.Bills = forms
	return &out
}

// WithDetail is a room over the same rows with this form of the POSP's lines; nil for none.
func WithDetail(r *Room, d *form.Detail) *Room {
	out := *r
	out.rules.Detail = d
	return &out
}

// Zone is that of the business dates.
func (r *Room) Zone() *time.Location { return r.rules.Zone }

// token is the name of one piece of work of an owner, so that two pieces of one head office
// keep apart as those of two do.
func token(owner string) string { return owner + "/" + rand.Text()[:16] }

// Dates are at most limit dates before a day, the newest first; all where it is empty.
func (r *Room) Dates(ctx context.Context, before string, limit int) ([]Date, error) {
	return stored.View(ctx, r.b, func(tx Tx) ([]Date, error) { return tx.Dates(ctx, before, stored.Limit(limit)) })
}

// Unsigned are at most limit dates that are not signed, the oldest first: in that order they
// are to be.
func (r *Room) Unsigned(ctx context.Context, limit int) ([]Date, error) {
	return stored.View(ctx, r.b, func(tx Tx) ([]Date, error) { return tx.Unsigned(ctx, stored.Limit(limit)) })
}

// Detail is all that is held of one date.
type Detail struct {
	Date   Date
	Files  []File  // those that count first, then those that were replaced
	Breaks []Break // by ID, at most stored.MaxList; Date.Breaks counts the open ones
}

// Detail is a date with its files and breaks. A date that was never run is Open.
func (r *Room) Detail(ctx context.Context, day string) (Detail, error) {
	if _, err := midnight(day, r.rules.Zone); err != nil {
		return Detail{}, err
	}
	return stored.View(ctx, r.b, func(tx Tx) (d Detail, err error) {
		if d.Date, err = dateOf(ctx, tx, day); err != nil {
			return d, err
		}
		if d.Files, err = tx.FilesOf(ctx, day); err != nil {
			return d, fmt.Errorf("cannot read the files of %s: %w", day, err)
		}
		slices.SortStableFunc(d.Files, func(x, y File) int {
			switch {
			case x.Stands() == y.Stands():
				return 0
			case x.Stands():
				return -1
			}
			return 1
		})
		d.Breaks, err = tx.BreaksOf(ctx, day, "", stored.MaxList)
		return d, err
	})
}

// Breaks are at most limit breaks of a date by ID, after that one.
func (r *Room) Breaks(ctx context.Context, day, after string, limit int) ([]Break, error) {
	return stored.View(ctx, r.b, func(tx Tx) ([]Break, error) { return tx.BreaksOf(ctx, day, after, stored.Limit(limit)) })
}

// dateOf is a date, or how one stands that was never run.
func dateOf(ctx context.Context, tx DateTx, day string) (Date, error) {
	d, err := tx.Date(ctx, day)
	if errors.Is(err, stored.ErrNotFound) {
		return Date{Day: day, State: Open}, nil
	}
	if err != nil {
		return d, fmt.Errorf("cannot read date %s: %w", day, err)
	}
	return d, nil
}
