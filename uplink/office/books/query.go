package books

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"wattkiosk/payments"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/stored"
)

const maxEvents = 1000 // records shown of one transaction

// Detail is all that is held of one transaction.
type Detail struct {
	Transaction Transaction
	Notes       []Note
	Events      []Event
	Posting     *Posting // nil if nothing was ordered
	History     []History
	Cases       []Case

	// Of a purchase, and of a re-write that of the sale that it carries on.
	Delivery     *Delivery
	HandedOut    []HandedOut // by kiosk
	Booking      *Posting    // of the sale with the MIS, where head office does that; nil for none
	BookingCases []Case
}

// Detail returns one transaction with its timeline, or stored.ErrNotFound.
func (s *Keeper) Detail(ctx context.Context, serial string) (Detail, error) {
	return stored.View(ctx, s.b, func(tx Tx) (Detail, error) { return detail(ctx, tx, serial) })
}

func detail(ctx context.Context, tx Tx, serial string) (Detail, error) {
	var d Detail
	txns, err := tx.Transactions(ctx, []string{serial})
	if err != nil {
		return d, err
	}
	posts, err := tx.Postings(ctx, []string{serial})
	if err != nil {
		return d, err
	}
	switch {
	case len(txns) > 0:
		d.Transaction = txns[0]
		if f := d.Transaction.Folded; f != nil && f.Serial != "" {
			d.Transaction.closing(*f)
		}
		d.Notes = notesOf(d.Transaction)
	case len(posts) > 0: // ordered by request; the records are still on their way
		p := posts[0]
		d.Transaction = Transaction{
			Serial: serial, Kiosk: p.Kiosk, Account: p.Account, Tender: p.Tender, Total: p.Amount, Status: StatusPosting, UpdatedAt: p.UpdatedAt,
		}
	default:
		return d, fmt.Errorf("transaction %.32q: %w", serial, stored.ErrNotFound)
	}
	if len(posts) > 0 {
		d.Posting = &posts[0]
	}
	return d, errors.Join(
		get(&d.Events, func() ([]Event, error) { return tx.Events(ctx, d.Transaction.Kiosk, serial, maxEvents) }),
		get(&d.History, func() ([]History, error) { return tx.History(ctx, serial) }),
		get(&d.Cases, func() ([]Case, error) { return tx.CasesOf(ctx, serial) }),
		d.delivered(ctx, tx),
	)
}

// delivered reads what follows from a sale.
func (d *Detail) delivered(ctx context.Context, tx Tx) error {
	sale := d.Transaction.Serial
	if f := d.Transaction.Folded; f != nil && f.Purpose == payments.Rewrite {
		sale = f.Original
	}
	rows, err := tx.Deliveries(ctx, []string{sale})
	if err != nil || len(rows) == 0 {
		return err
	}
	d.Delivery = &rows[0]
	if d.HandedOut, err = tx.HandedOut(ctx, sale); err != nil {
		return err
	}

	booking := posting.BookingSerial(sale)
	posts, err := tx.Postings(ctx, []string{booking})
	if err != nil || len(posts) == 0 || posts[0].OfSale() != sale {
		return err
	}
	d.Booking = &posts[0]
	d.BookingCases, err = tx.CasesOf(ctx, booking)

	return err
}

func get[T any](to *[]T, from func() ([]T, error)) (err error) {
	*to, err = from()
	return err
}

// Transactions are the newest that f lets through.
func (s *Keeper) Transactions(ctx context.Context, f Filter) ([]Transaction, error) {
	return stored.View(ctx, s.b, func(tx Tx) ([]Transaction, error) { return tx.ListTransactions(ctx, f.capped()) })
}

// Postings are the newest that f lets through.
func (s *Keeper) Postings(ctx context.Context, f Filter) ([]Posting, error) {
	return stored.View(ctx, s.b, func(tx Tx) ([]Posting, error) {
		rows, err := tx.ListPostings(ctx, f.capped())
		if err != nil || !f.Unsold {
			return rows, err
		}
		return unsold(ctx, tx, rows)
	})
}

// unsold are those of rows that nothing was sold for. What was sold has a delivery, and so
// has what was sold and taken back.
func unsold(ctx context.Context, tx Tx, rows []Posting) ([]Posting, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	serials := make([]string, len(rows))
	for i, p := range rows {
		serials[i] = p.Serial
	}
	sold, err := tx.Deliveries(ctx, serials)
	if err != nil {
		return nil, err
	}

	return slices.DeleteFunc(rows, func(p Posting) bool {
		return slices.ContainsFunc(sold, func(d Delivery) bool { return d.Serial == p.Serial })
	}), nil
}

// DeliveriesOf are the deliveries of these sales, those that exist.
func (s *Keeper) DeliveriesOf(ctx context.Context, serials []string) (map[string]Delivery, error) {
	return stored.View(ctx, s.b, func(tx Tx) (map[string]Delivery, error) {
		out := map[string]Delivery{}
		if len(serials) == 0 {
			return out, nil
		}
		rows, err := tx.Deliveries(ctx, serials)
		for _, d := range rows {
			out[d.Serial] = d
		}
		return out, err
	})
}

// PostingsOf are the postings of these serials, those that exist.
func (s *Keeper) PostingsOf(ctx context.Context, serials []string) (map[string]Posting, error) {
	return stored.View(ctx, s.b, func(tx Tx) (map[string]Posting, error) {
		out := map[string]Posting{}
		if len(serials) == 0 {
			return out, nil
		}
		rows, err := tx.Postings(ctx, serials)
		for _, p := range rows {
			out[p.Serial] = p
		}
		return out, err
	})
}

// CasesNamed are the cases with these ids that there are, by id.
func (s *Keeper) CasesNamed(ctx context.Context, ids []string) (map[string]Case, error) {
	return stored.View(ctx, s.b, func(tx Tx) (map[string]Case, error) {
		out := map[string]Case{}
		if len(ids) == 0 {
			return out, nil
		}
		cases, err := tx.CasesNamed(ctx, ids)
		if err != nil {
			return nil, fmt.Errorf("cannot read cases: %w", err)
		}
		for _, c := range cases {
			out[c.ID] = c
		}

		return out, nil
	})
}

// CasesOf are all cases of these serials, by serial.
func (s *Keeper) CasesOf(ctx context.Context, serials []string) (map[string][]Case, error) {
	return stored.View(ctx, s.b, func(tx Tx) (map[string][]Case, error) {
		out := map[string][]Case{}
		if len(serials) == 0 {
			return out, nil
		}
		cases, err := tx.CasesOf(ctx, serials...)
		for _, c := range cases {
			out[c.Serial] = append(out[c.Serial], c)
		}
		return out, err
	})
}

// Cases are the open ones first, then the newest.
func (s *Keeper) Cases(ctx context.Context, f Filter) ([]Case, error) {
	return stored.View(ctx, s.b, func(tx Tx) ([]Case, error) { return tx.ListCases(ctx, f.capped()) })
}

// Alarms are those that are on.
func (s *Keeper) Alarms(ctx context.Context) ([]Alarm, error) {
	return stored.View(ctx, s.b, func(tx Tx) ([]Alarm, error) { return tx.Alarms(ctx) })
}
