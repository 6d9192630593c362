package export

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/stored"
)

// Tx is the rows that payments are made from, inside one database transaction.
type Tx interface {
	Transactions(ctx context.Context, serials []string) ([]books.Transaction, error)
	// DayPostings are at most limit postings of a business date, by serial, after that one.
	DayPostings(ctx context.Context, day, after string, limit int) ([]books.Posting, error)
	// Unposted are at most limit transactions opened at or after from and before to that
	// have no posting, by when they were opened and serial, after that one.
	Unposted(ctx context.Context, from, to time.Time, after settle.OpenedKey, limit int) ([]books.Transaction, error)
}

// Row is one payment of a date.
type Row struct {
	Serial    string
	Kiosk     string
	Account   string
	Name      string // masked
	Sold      bool   // power, and no bill
	Tender    string // cash, bankcard, qr
	Amount    money.Amount
	Day       string    // business date, YYYYMMDD
	PaidAt    time.Time // in the zone of the business dates; zero where nobody knows
	State     string    // of the posting, or of the transaction that has none
	Reference string    // the MIS's, or the card-meter system's
	Reason    string    // why it is not simply posted
}

// stands reports whether the payment is booked.
func (r Row) stands() bool { return r.State == books.StatusPosted }

// Desk reads what is written out. It is safe for concurrent use if its backend is.
type Desk struct {
	b    stored.Backend[Tx]
	zone *time.Location
}

// New is a Desk over the rows in b. The zone is that of the business dates.
func New(b stored.Backend[Tx], zone *time.Location) *Desk { return &Desk{b, zone} }

// longest is how long a transaction takes from its opening to the end of its money.
const longest = time.Hour

// Rows gives each payment of a business date, YYYYMMDD: those with a posting by serial, then
// the others by when they began.
func (d *Desk) Rows(ctx context.Context, day string, each func(Row) error) error {
	from, err := time.ParseInLocation("20060102", day, d.zone)
	if err != nil {
		return fmt.Errorf("%w: %.20q", settle.ErrDate, day)
	}
	if err := d.posted(ctx, day, each); err != nil {
		return err
	}

	return d.unposted(ctx, day, from, from.AddDate(0, 0, 1), each)
}

func (d *Desk) posted(ctx context.Context, day string, each func(Row) error) error {
	for after := ""; ; {
		var page []Row
		last, err := stored.View(ctx, d.b, func(tx Tx) (string, error) {
			rows, err := tx.DayPostings(ctx, day, after, stored.MaxList)
			if err != nil || len(rows) == 0 {
				return "", err
			}
			if page, err = d.named(ctx, tx, rows); err != nil || len(rows) < stored.MaxList {
				return "", err
			}

			return rows[len(rows)-1].Serial, nil
		})
		if err != nil {
			return fmt.Errorf("cannot read the postings of %s: %w", day, err)
		}
		for _, r := range page {
			if err := each(r); err != nil {
				return err
			}
		}
		if after = last; after == "" {
			return nil
		}
	}
}

// named are postings as rows. What books a sale with the MIS is no payment of its own.
func (d *Desk) named(ctx context.Context, tx Tx, postings []books.Posting) ([]Row, error) {
	var serials []string
	for _, p := range postings {
		if p.OfSale() == "" {
			serials = append(serials, p.Serial)
		}
	}
	if len(serials) == 0 {
		return nil, nil
	}
	all, err := tx.Transactions(ctx, serials)
	if err != nil {
		return nil, err
	}
	of := map[string]books.Transaction{}
	for _, t := range all {
		of[t.Serial] = t
	}

	rows := make([]Row, 0, len(serials))
	for _, p := range postings {
		if p.OfSale() == "" {
			rows = append(rows, d.ofPosting(p, of[p.Serial]))
		}
	}

	return rows, nil
}

func (d *Desk) ofPosting(p books.Posting, t books.Transaction) Row {
	r := Row{
		Serial: p.Serial, Kiosk: p.Kiosk, Account: p.Account, Name: t.Name, Sold: p.Card != (metercard.Facts{}), Tender: p.Tender, Amount: p.Amount,
		Day: p.BusinessDate, State: posting.Word(p.State), Reference: p.Reference, Reason: p.Reason,
	}
	if paid, err := time.ParseInLocation("20060102150405", p.Time, d.zone); err == nil {
		r.PaidAt = paid
	}

	return r
}

func (d *Desk) unposted(ctx context.Context, day string, from, to time.Time, each func(Row) error) error {
	for after := (settle.OpenedKey{}); ; {
		page, err := stored.View(ctx, d.b, func(tx Tx) ([]books.Transaction, error) {
			return tx.Unposted(ctx, from.Add(-longest), to, after, stored.MaxList)
		})
		if err != nil {
			return fmt.Errorf("cannot read the transactions of %s: %w", day, err)
		}
		for _, t := range page {
			if r, has := d.ofTransaction(t, day); has && !r.PaidAt.Before(from) && r.PaidAt.Before(to) {
				if err := each(r); err != nil {
					return err
				}
			}
		}
		if len(page) < stored.MaxList {
			return nil
		}
		last := page[len(page)-1]
		after = settle.OpenedKey{At: last.OpenedAt, Serial: last.Serial}
	}
}

// ofTransaction is a transaction without a posting; false for one of no money.
func (d *Desk) ofTransaction(t books.Transaction, day string) (Row, bool) {
	at := t.OpenedAt
	if t.ClosedAt > at && t.ClosedAt < at+longest.Milliseconds() {
		at = t.ClosedAt
	}
	r := Row{
		Serial: t.Serial, Kiosk: t.Kiosk, Account: t.Account, Name: t.Name, Tender: t.Tender, Amount: t.Total, Day: day,
		PaidAt: time.UnixMilli(at).In(d.zone), State: t.Status, Reference: t.Reference, Reason: t.Reason,
	}
	if r.Amount == 0 {
		r.Amount = t.Doubt
	}
	if t.Folded != nil {
		r.Sold = t.Folded.Purpose == payments.Purchase
	}
	rewrite := t.Folded != nil && t.Folded.Purpose == payments.Rewrite

	return r, r.Amount > 0 && !rewrite && t.Status != books.StatusCancelled
}
