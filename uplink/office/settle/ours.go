package settle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/reconcile"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// own is one payment as the kiosks' own book has it.
type own struct {
	reconcile.Row
	kiosk string
	// elsewhere says that the MIS has it under a serial that is nobody's here, because the
	// bank, or the card-meter system, booked it there itself.
	elsewhere bool
	acquirer  string       // that has the order of a payment by QR code; empty where none is known
	asked     []books.Case // that ask whether the bank's own booking is gone, and are open
	noRow     bool         // there are only these: it came to nothing
}

// stands reports whether the payment counts.
func (o own) stands() bool { return counts(o.State) }

func counts(s reconcile.State) bool { return s == reconcile.Stands || s == reconcile.Unwritten }

const (
	rowsAtOnce = stored.MaxList
	longTake   = time.Hour // longest from the opening of a transaction to the end of its money
)

// ours gives each payment of a date in the kiosks' own book, in an order that is always the
// same.
func (r *Room) ours(ctx context.Context, day string, each func(own) error) error {
	for after := ""; ; {
		var page []own
		last, err := stored.View(ctx, r.b, func(tx Tx) (last string, err error) {
			rows, err := tx.DayPostings(ctx, day, after, rowsAtOnce)
			if err != nil || len(rows) == 0 {
				return "", err
			}
			page, err = r.posted(ctx, tx, rows)
			if len(rows) < rowsAtOnce {
				return "", err
			}
			return rows[len(rows)-1].Serial, err
		})
		if err != nil {
			return fmt.Errorf("cannot read the postings of %s: %w", day, err)
		}
		for _, o := range page {
			if err := each(o); err != nil {
				return err
			}
		}
		if after = last; last == "" {
			return r.unposted(ctx, day, each)
		}
	}
}

// posted are postings as the kiosks' own book has them. What books a sale with the MIS is not
// a payment of its own.
func (r *Room) posted(ctx context.Context, tx Tx, rows []books.Posting) ([]own, error) {
	var serials, sales, owed []string
	for _, p := range rows {
		if p.OfSale() != "" {
			continue
		}
		serials = append(serials, p.Serial)
		if p.Card != (metercard.Facts{}) {
			sales = append(sales, p.Serial)
		}
		if p.State == posting.Owed {
			owed = append(owed, p.Serial)
		}
	}
	if len(serials) == 0 {
		return nil, nil
	}
	deliveries, err := tx.Deliveries(ctx, sales)
	if err != nil {
		return nil, fmt.Errorf("cannot read deliveries: %w", err)
	}
	stage := map[string]books.Stage{}
	for _, d := range deliveries {
		stage[d.Serial] = d.Stage
	}
	back, err := settled(ctx, tx, owed)
	if err != nil {
		return nil, err
	}
	at, err := acquirers(ctx, tx, serials)
	if err != nil {
		return nil, err
	}

	out := make([]own, 0, len(serials))
	for _, p := range rows {
		if p.OfSale() == "" {
			o := r.ofPosting(p, stage[p.Serial], back[p.Serial])
			o.acquirer = at[p.Serial]
			out = append(out, o)
		}
	}
	return out, nil
}

// acquirers are those that have the orders of payments by QR code, by serial.
func acquirers(ctx context.Context, tx Tx, serials []string) (map[string]string, error) {
	orders, err := tx.QROrders(ctx, serials)
	if err != nil {
		return nil, fmt.Errorf("cannot read orders at acquirers: %w", err)
	}
	out := map[string]string{}
	for _, o := range orders {
		out[o.Serial] = o.Acquirer
	}
	return out, nil
}

// settled are those of serials that are owed no more: the money went back, or a person says
// where it went.
func settled(ctx context.Context, tx Tx, serials []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(serials) == 0 {
		return out, nil
	}
	cases, err := tx.CasesOf(ctx, serials...)
	if err != nil {
		return nil, fmt.Errorf("cannot read cases: %w", err)
	}
	open := map[string]bool{}
	for _, c := range cases {
		if c.Class == books.ClassOwed || c.Class == books.ClassDisputed {
			out[c.Serial] = true
			open[c.Serial] = open[c.Serial] || c.Open
		}
	}
	for serial := range open {
		out[serial] = !open[serial]
	}
	return out, nil
}

func (r *Room) ofPosting(p books.Posting, stage books.Stage, back bool) own {
	o := own{kiosk: p.Kiosk, Row: reconcile.Row{
		Book: reconcile.Kiosk, Serial: p.Serial, Account: fits(p.Account), Amount: p.Amount, Tender: tenderOf(p.Tender), Wants: takes(p.Tender), State: reconcile.Open,
	}}
	if paid, err := time.ParseInLocation("20060102150405", p.Time, r.rules.Zone); err == nil {
		o.At = max(0, paid.Unix())
	}
	sale := p.Card != (metercard.Facts{})
	switch {
	case !sale:
		o.Wants |= reconcile.Set(reconcile.MIS)
	case p.Route == books.ByOffice || p.Route == "" && r.rules.SalesInMIS:
		o.Wants |= reconcile.Set(reconcile.CardSystem, reconcile.MIS)
	default:
		o.Wants |= reconcile.Set(reconcile.CardSystem)
		o.elsewhere = true
	}

	switch {
	case p.State == posting.Owed && back:
		o.State = reconcile.NotBooked
	case p.State == posting.Owed:
		o.State = reconcile.Owed
	case p.State == posting.Posted && sale && !stage.Ended() && stage != "":
		o.State = reconcile.Unwritten
	case p.State == posting.Posted:
		o.State = reconcile.Stands
	}
	return o
}

// takes are the books of who takes the money of a tender.
func takes(tender string) reconcile.Books {
	switch payments.Tender(tender) {
	case payments.BankCard:
		return reconcile.Set(reconcile.POSP)
	case payments.QR:
		return reconcile.Set(reconcile.Acquirer)
	}
	return 0
}

func tenderOf(tender string) payments.Tender {
	switch t := payments.Tender(tender); t {
	case payments.Cash, payments.BankCard, payments.QR:
		return t
	}
	return payments.NoTender
}

// fits is a text that a row of the engine holds.
func fits(account string) string {
	const longest = 16
	return account[:min(len(account), longest)]
}

// unposted gives the payments of a date that have no posting.
func (r *Room) unposted(ctx context.Context, day string, each func(own) error) error {
	from, to, err := span(day, r.rules.Zone)
	if err != nil {
		return err
	}
	for after := (OpenedKey{}); ; {
		var at map[string]string
		var cases map[string][]books.Case
		page, err := stored.View(ctx, r.b, func(tx Tx) (page []books.Transaction, err error) {
			if page, err = tx.Unposted(ctx, from.Add(-longTake), to, after, rowsAtOnce); err != nil {
				return nil, err
			}
			var serials []string
			for _, t := range page {
				serials = append(serials, t.Serial)
			}
			if at, err = acquirers(ctx, tx, serials); err != nil {
				return nil, err
			}
			cases, err = ofPublic(ctx, tx, page)

			return page, err
		})
		if err != nil {
			return fmt.Errorf("cannot read the transactions of %s: %w", day, err)
		}
		for _, t := range page {
			o, has := r.ofTransaction(t, cases[t.Serial])
			o.acquirer = at[t.Serial]
			o.noRow = !has
			if (has || len(o.asked) > 0) && o.At >= from.Unix() && o.At < to.Unix() {
				if err := each(o); err != nil {
					return err
				}
			}
		}
		if len(page) < rowsAtOnce {
			return nil
		}
		last := page[len(page)-1]
		after = OpenedKey{last.OpenedAt, last.Serial}
	}
}

// ofTransaction is a transaction without a posting, with its cases if the bank books it itself;
// false for one of no money.
func (r *Room) ofTransaction(t books.Transaction, cases []books.Case) (own, bool) {
	at := t.OpenedAt
	if t.ClosedAt > at && t.ClosedAt < at+longTake.Milliseconds() {
		at = t.ClosedAt
	}
	o := own{kiosk: t.Kiosk, Row: reconcile.Row{
		Book: reconcile.Kiosk, Serial: t.Serial, Account: fits(t.Account), Amount: t.Total, At: max(0, at/1000), Tender: tenderOf(t.Tender), State: reconcile.Open,
	}}
	if o.Amount == 0 {
		o.Amount = t.Doubt
	}
	byBank := t.Folded != nil && t.Folded.ByBank
	for _, c := range cases {
		if c.Class == books.ClassBookingBack && c.Open {
			o.asked = append(o.asked, c)
		}
	}
	back, _ := books.SettlementOf(cases, false)
	switch {
	case t.Folded != nil && t.Folded.Purpose == payments.Rewrite || t.Status == books.StatusCancelled || t.Status == "":
		return o, false
	case o.Amount == 0 && o.Tender == payments.Cash:
		return o, false // nothing is in the cassette of it
	case byBank && (t.Folded.Card.Void() == bankcard.Voided || back == books.WentBack): // whether its booking is gone is asked apart
		o.State, o.elsewhere = reconcile.NotBooked, true
	case byBank && t.Status == books.StatusPosted:
		o.State, o.elsewhere = reconcile.Stands, true
	case t.Status == books.StatusOwed:
		o.State = reconcile.Owed
	case t.Status == books.StatusUndone:
		o.State = reconcile.NotBooked
	}
	if o.State != reconcile.Open {
		o.Wants = takes(t.Tender) | r.ledgersOf(t)
	}
	return o, true
}

// ledgersOf are the books that a transaction is booked in, if it is.
func (r *Room) ledgersOf(t books.Transaction) reconcile.Books {
	switch {
	case t.Folded == nil || t.Folded.Purpose != payments.Purchase:
		return reconcile.Set(reconcile.MIS)
	case r.rules.SalesInMIS:
		return reconcile.Set(reconcile.CardSystem, reconcile.MIS)
	}

	return reconcile.Set(reconcile.CardSystem)
}

// tally sums a book up as its rows pass.
type tally struct {
	figures Figures
	digest  hash.Hash
}

func newTally(name string) *tally {
	return &tally{figures: Figures{Name: name}, digest: sha256.New()}
}

// add counts a row of the date itself.
func (t *tally) add(r reconcile.Row) {
	t.figures.Count++
	if counts(r.State) {
		t.figures.Sum += r.Amount
	}
	fmt.Fprintf(t.digest, "%s\t%s\t%d\t%s\t%s\t%d\n", r.Serial, r.Account, int64(r.Amount), r.State, r.Tender, r.Wants)
}

func (t *tally) sum() Figures {
	f := t.figures
	f.SHA256 = hex.EncodeToString(t.digest.Sum(nil))
	return f
}
