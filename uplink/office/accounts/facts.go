package accounts

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/ledger"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// known is what head office holds of some payments, by serial.
type known struct {
	txns     map[string]books.Transaction
	posts    map[string]books.Posting
	bookings map[string]books.Posting // of sales with the MIS, by the serial of the sale
	orders   map[string]acquiring.Order
	cases    map[string][]books.Case
	paidOut  map[string][]books.Payout
}

// gather is what should be posted under each marked key.
func (b *Book) gather(ctx context.Context, tx Tx, marks []Mark) ([]want, error) {
	var serials []string
	for _, m := range marks {
		if !isStray(m.Key) {
			serials = append(serials, m.Key)
		}
	}
	k, err := read(ctx, tx, serials)
	if err != nil {
		return nil, err
	}

	all := make([]want, len(marks))
	for i, m := range marks {
		w := want{mark: m}
		if isStray(m.Key) {
			w.Entry, w.err = b.stray(ctx, tx, m.Key)
		} else {
			w.Entry, w.err = b.payment(k, m.Key)
		}
		if w.err != nil {
			w.err = fmt.Errorf("cannot post %s: %w", m.Key, w.err)
		}
		w.Key, w.By = m.Key, Office
		all[i] = w
	}

	return all, nil
}

func read(ctx context.Context, tx Tx, serials []string) (known, error) {
	k := known{map[string]books.Transaction{}, map[string]books.Posting{}, map[string]books.Posting{}, map[string]acquiring.Order{}, map[string][]books.Case{}, map[string][]books.Payout{}}
	if len(serials) == 0 {
		return k, nil
	}
	txns, err := tx.Transactions(ctx, serials)
	if err != nil {
		return k, err
	}
	for _, t := range txns {
		k.txns[t.Serial] = t
	}
	posts, err := tx.Postings(ctx, serials)
	if err != nil {
		return k, err
	}
	var sales []string
	for _, p := range posts {
		k.posts[p.Serial] = p
		if p.System() == mis.CardSystem {
			sales = append(sales, posting.BookingSerial(p.Serial))
		}
	}
	orders, err := tx.QROrders(ctx, serials)
	if err != nil {
		return k, err
	}
	for _, o := range orders {
		k.orders[o.Serial] = o
	}
	cases, err := tx.CasesOf(ctx, serials...)
	if err != nil {
		return k, err
	}
	for _, c := range cases {
		k.cases[c.Serial] = append(k.cases[c.Serial], c)
	}
	payouts, err := tx.PayoutsOf(ctx, serials...)
	if err != nil {
		return k, err
	}
	for _, p := range payouts {
		k.paidOut[p.Serial] = append(k.paidOut[p.Serial], p)
	}
	if len(sales) == 0 {
		return k, nil
	}

	bookings, err := tx.Postings(ctx, sales)
	for _, p := range bookings {
		k.bookings[p.OfSale()] = p
	}

	return k, err
}

// of is all that the books know of one payment, as facts.
func (k known) of(serial string) ledger.Facts {
	t, isThere := k.txns[serial]
	p, isPosted := k.posts[serial]
	f := facts(t, isThere, p, isPosted)
	if !isThere && isPosted && f.In == ledger.CashInKiosk && leftAside(k.cases[serial]) {
		f.Held = 0
	}
	if o, isOrdered := k.orders[serial]; isOrdered {
		paidByCode(&f, o)
	}
	if booking, ok := k.bookings[serial]; ok && booking.State == posting.Posted {
		f.Goods = ledger.PayableMIS
	}
	if t.PublicWentBack(k.cases[serial]) { // nothing is due from the bank, and nothing to the MIS
		f.Money, f.Back = leg.Undone, false
		f.Held, f.Booked = 0, 0
	}
	settled(&f, k.cases[serial], serial, isPosted)
	paidOut(&f, k.paidOut[serial], serial)

	return f
}

// leftAside reports whether a payment is of records that are in no journal of its kiosk: no
// cassette is known to have its notes, so that what was booked is in suspense.
func leftAside(cases []books.Case) bool {
	return slices.ContainsFunc(cases, func(c books.Case) bool { return c.Class == books.ClassBranch })
}

// Facts are what the books know of one payment, and what its cases and the counter made of
// it; stored.ErrNotFound where they know nothing.
func (b *Book) Facts(ctx context.Context, serial string) (ledger.Facts, error) {
	return stored.View(ctx, b.b, func(tx Tx) (ledger.Facts, error) {
		k, err := read(ctx, tx, []string{serial})
		if err != nil {
			return ledger.Facts{}, err
		}
		if len(k.txns)+len(k.posts)+len(k.orders) == 0 {
			return ledger.Facts{}, fmt.Errorf("payment %.32q: %w", serial, stored.ErrNotFound)
		}

		return k.of(serial), nil
	})
}

// payment is what should stand in the books for one payment.
func (b *Book) payment(k known, serial string) (Entry, error) {
	t, isThere := k.txns[serial]
	p, isPosted := k.posts[serial]
	f, e := k.of(serial), Entry{Kind: KindPayment}
	o := k.orders[serial]

	switch {
	case isPosted:
		e.Kiosk, e.Date = p.Kiosk, p.BusinessDate
	case isThere:
		e.Kiosk, e.Date = t.Kiosk, b.dateOf(time.UnixMilli(cmp.Or(t.ClosedAt, t.OpenedAt)))
	default:
		e.Kiosk, e.Date = o.Kiosk, b.dateOf(o.OpenedAt)
	}
	if _, err := dayOf(e.Date); err != nil {
		return e, err
	}
	var err error
	e.Lines, err = ledger.Desired(f)
	e.Why = f.String()

	return e, err
}

// facts are those of the journal, with what the posting knows better. A posting whose
// records are still on their way is believed of the money too.
func facts(t books.Transaction, isThere bool, p books.Posting, isPosted bool) ledger.Facts {
	var f ledger.Facts
	switch {
	case isThere && t.Folded != nil && t.Folded.Serial != "":
		f = ledger.FactsOf(*t.Folded)
	case isPosted:
		f = ordered(p)
	default: // nothing of it can be read but what its row shows
		f = ledger.Facts{Facts: compensation.Facts{Money: leg.Done}, In: ledger.CashInKiosk, Goods: ledger.PayableMIS, Held: t.Total}
	}
	if !isPosted {
		return f
	}

	if f.Money == leg.None || f.Money == leg.Moving {
		f.Money = leg.Done // an order is made of what was taken
		if f.In != ledger.CashInKiosk {
			f.Held = max(f.Held, p.Amount)
		}
	}
	f.Booked = 0
	switch p.State {
	case posting.Posted:
		f.Post, f.Booked = leg.Done, p.Amount
	case posting.Owed:
		f.Post = leg.NotDone
	case posting.Disputed:
		f.Post = leg.Unknown
	default:
		f.Post = leg.Moving
	}

	return f
}

// ordered are the facts of a payment of which only the order to post it is here.
func ordered(p books.Posting) ledger.Facts {
	t := payments.Transaction{Purpose: payments.Bill, Tender: payments.Tender(p.Tender)}
	if p.System() == mis.CardSystem {
		t.Purpose = payments.Purchase
	}
	f := ledger.FactsOf(t)
	f.Money, f.Held = leg.Done, p.Amount
	f.Back = f.In != ledger.CashInKiosk

	return f
}

// paidByCode takes what the order at the acquirer says of the money.
func paidByCode(f *ledger.Facts, o acquiring.Order) {
	switch o.State {
	case order.Paid:
		f.Money, f.Back = leg.Done, true
	case order.Kept:
		f.Money, f.Back = leg.Done, false
	case order.Refunding:
		f.Money, f.Back = leg.Undoing, false
	case order.Refunded:
		f.Money, f.Back = leg.Undone, false
	case order.NotPaid:
		f.Money, f.Back = leg.NotDone, false
	default:
		return
	}
	f.In = ledger.AcquirerReceivable
	f.Held, f.Unsure = 0, 0
	if f.Money == leg.Done || f.Money == leg.Undoing {
		f.Held = o.Amount
	}
}

// paidOut takes what the counter gave the customer, which is so whatever else became of the
// payment.
func paidOut(f *ledger.Facts, payouts []books.Payout, serial string) {
	for _, p := range payouts {
		how := ledger.Settlement{How: ledger.PaidOut, Amount: p.Amount}
		if p.Settles() {
			f.Settled = how
			continue
		}
		_, note, _ := strings.Cut(p.Case, serial+"-")
		i := slices.IndexFunc(f.Notes, func(n ledger.Note) bool { return strconv.Itoa(n.Index) == note })
		if i < 0 {
			f.Over += p.Amount
			continue
		}
		f.Notes[i].Settled = how
	}
}

// settled takes what people did about the payment, and about its notes in doubt.
func settled(f *ledger.Facts, cases []books.Case, serial string, isPosted bool) {
	switch how, c := books.SettlementOf(cases, isPosted); how {
	case books.WentBack:
		f.Settled.How = ledger.WentBack
		if !isPosted { // a bank that had booked it itself owes nothing to the MIS for it any more
			f.Booked = 0
		}
	case books.ByPerson:
		f.Settled = wentWhere(c)
	}
	for _, c := range cases {
		_, note, is := strings.Cut(c.ID, serial+"-")
		n, err := strconv.Atoi(note)
		if c.Class != books.ClassNote || c.Open || !is || err != nil {
			continue
		}
		for i := range f.Notes {
			if f.Notes[i].Index == n {
				f.Notes[i].Settled = wentWhere(c)
			}
		}
	}
}

// wentWhere is how a case was settled that people closed.
func wentWhere(c books.Case) ledger.Settlement {
	switch c.Went {
	case books.PaidOut:
		return ledger.Settlement{How: ledger.PaidOut, Amount: c.Amount}
	case books.Kept:
		return ledger.Settlement{How: ledger.Kept}
	}

	return ledger.Settlement{How: ledger.ByPerson}
}

// stray is what should stand in the books for a note of no payment: nothing, if nobody can
// tell where it is.
func (b *Book) stray(ctx context.Context, tx Tx, id string) (Entry, error) {
	c, err := tx.Case(ctx, id)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Kind: KindStray, Kiosk: c.Kiosk, Date: b.dateOf(time.UnixMilli(c.OpenedAt))}
	if !c.StrayInside() || c.Amount == 0 {
		return e, nil
	}
	e.Lines, err = ledger.Moved(ledger.Stray, c.Amount)

	return e, err
}
