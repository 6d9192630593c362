package books

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/stored"
)

// Deliverer has what was sold brought onto its card, or to its meter another way. It is safe
// for concurrent use if its backend is.
type Deliverer struct{ b stored.Backend[Tx] }

// NewDeliverer is a Deliverer over the books in b.
func NewDeliverer(b stored.Backend[Tx]) *Deliverer { return &Deliverer{b} }

// Visit is a kiosk that has a meter card in front of it and wants it written.
type Visit struct {
	Kiosk string
	Txn   string // in front: the sale itself, or a re-write of it
	Sale  string
	Card  metercard.Facts
}

// HandedOut is that a sale was handed to a kiosk to write: it was named to that kiosk, for
// the card in front of it, or steps for the card were handed out. No other kiosk is
// believed what it says of the card.
type HandedOut struct {
	Sale, Kiosk string
	Visit       string // the transaction that had steps last; empty for none
	At          int64  // the last time
	Until       int64  // so long the kiosk is taken to be at the card
}

// writeLasts is for how long a kiosk that a sale was handed to is taken to be at its card.
const writeLasts = time.Hour

// handOut remembers that a sale is handed to a kiosk now.
func handOut(ctx context.Context, tx Tx, sale, kiosk, visit string, now time.Time) error {
	h := HandedOut{Sale: sale, Kiosk: kiosk, Visit: visit, At: stored.Millis(now), Until: stored.Millis(now.Add(writeLasts))}
	if visit == "" {
		had, err := tx.HandedOut(ctx, sale)
		if err != nil {
			return fmt.Errorf("cannot read who was handed %s: %w", sale, err)
		}
		for _, o := range had {
			if o.Kiosk == kiosk {
				h.Visit = o.Visit
			}
		}
	}
	if err := tx.PutHandedOut(ctx, h); err != nil {
		return fmt.Errorf("cannot keep who was handed %s: %w", sale, err)
	}

	return nil
}

// NameSale writes down that a sale is about to be named to a kiosk as one to be written onto
// the card in front of it.
func (s *Deliverer) NameSale(ctx context.Context, sale, kiosk string, now time.Time) error {
	return s.b.Update(ctx, func(tx Tx) error { return handOut(ctx, tx, sale, kiosk, "", now) })
}

// handedTo reports whether a kiosk is believed what its journal says of the card of a sale:
// because the sale is its own transaction, or was handed to it.
func handedTo(ctx context.Context, tx Tx, d Delivery, t *Transaction) (bool, error) {
	if t.Serial == d.Serial {
		return true, nil
	}
	had, err := tx.HandedOut(ctx, d.Serial)
	if err != nil {
		return false, fmt.Errorf("cannot read who was handed %s: %w", d.Serial, err)
	}

	return slices.ContainsFunc(had, func(h HandedOut) bool { return h.Kiosk == t.Kiosk }), nil
}

// overheardMark ends the reference of the case of a card that a kiosk spoke of unasked.
const overheardMark = "-overheard"

// Overheard reports whether c is the case of a kiosk that spoke of the card of a sale which,
// as far as the books know, was not handed to it.
func (c Case) Overheard() bool {
	return c.Class == ClassEvidence && strings.HasSuffix(c.ID, overheardMark)
}

// overheard takes what a kiosk says of the card of a sale that was not handed to it: it is
// not to be believed, or these books are out of a backup and forgot. The card may hold what
// was sold from then on, unless that is settled, and people have a case.
func overheard(ctx context.Context, tx Tx, before, d Delivery, t *Transaction, now time.Time) error {
	w := t.Folded.Write
	if w.Writes == 0 || d.Stage == OnCard {
		return keepDelivery(ctx, tx, before, d, now)
	}

	if !d.Stage.Ended() && d.Stage != InWriting {
		d.to(Unsure, d.Visit, now)
	}
	j, err := tx.Journal(ctx, t.Kiosk)
	if err != nil {
		return fmt.Errorf("cannot read the journal of kiosk %s: %w", t.Kiosk, err)
	}
	know := "did not hand the sale to that kiosk"
	if j.RestoredAt != 0 {
		know = "are out of a backup and may have forgotten that they handed the sale to that kiosk"
	}
	text := fmt.Sprintf("kiosk %s says of the card that it is %s; these books %s, and hold that the card is %s", t.Kiosk, sayings[w.State], know, before.Stage)
	c := newCase(t.Kiosk, stored.Millis(now), ClassEvidence, d.Serial+overheardMark, d.Serial, d.Sold.Amount, text)
	if err := tx.AddCases(ctx, []Case{c}); err != nil {
		return fmt.Errorf("cannot store the case of %s: %w", d.Serial, err)
	}

	return keepDelivery(ctx, tx, before, d, now)
}

// sayings are what a kiosk says of a card, as a stage.
var sayings = map[metercard.State]Stage{
	metercard.Writing: InWriting, metercard.On: OnCard, metercard.NotOn: NotOnCard, metercard.NotSure: Unsure, metercard.GoneAway: Unsure, metercard.SettledAs: OtherWay,
}

// NotWritable says why a card is not written for a visit.
type NotWritable struct{ Reason mis.Reason }

// Error implements error.
func (e NotWritable) Error() string { return "card is not written: " + string(e.Reason) }

// HandOut writes down that steps are about to be handed out to a visit, after which its
// card may be written. It does so only for a sale that these books hold as sold onto this
// very card, that is not on it and does not go back; for the kiosk that owns the
// transaction; else it is a NotWritable.
//
// The record of a re-write's opening may still be on its way: what the books do not know
// of the transaction is believed, what contradicts is not.
func (s *Deliverer) HandOut(ctx context.Context, v Visit, now time.Time) (Posting, error) {
	var sale Posting
	err := s.b.Update(ctx, func(tx Tx) error {
		var err error
		if sale, err = soldTo(ctx, tx, v); err != nil {
			return err
		}
		before, err := deliveryOf(ctx, tx, v.Sale, sale.Sold, now)
		if err != nil {
			return err
		}
		if before.Stage.Ended() {
			return endedAs(before)
		}
		if sale.State != posting.Posted {
			return NotWritable{mis.NotPayable}
		}
		if err := v.goesOn(ctx, tx); err != nil {
			return err
		}

		if err := handOut(ctx, tx, v.Sale, v.Kiosk, v.Txn, now); err != nil {
			return err
		}
		next := before
		next.known(sale.Kiosk, sale.Account, now)
		next.to(InWriting, v.Txn, now)

		return keepDelivery(ctx, tx, before, next, now)
	})

	return sale, err
}

// endedAs is why a delivery that has ended is not written.
func endedAs(d Delivery) error {
	if d.Stage == Withdrawn {
		return NotWritable{mis.NotPayable}
	}

	return NotWritable{mis.Written}
}

// soldTo is the sale of a visit, if it was sold onto the card in front.
func soldTo(ctx context.Context, tx Tx, v Visit) (Posting, error) {
	sale, err := onePosting(ctx, tx, v.Sale)
	switch {
	case errors.Is(err, stored.ErrNotFound):
		return sale, NotWritable{mis.NotPayable}
	case err != nil:
		return sale, err
	case !ownSerial(v.Kiosk, v.Txn) || v.Txn == v.Sale && sale.Kiosk != v.Kiosk || sale.System() != mis.CardSystem:
		return sale, NotWritable{mis.NotPayable}
	case sale.Sold.Card != v.Card.Serial:
		return sale, NotWritable{mis.OtherCard}
	case v.Card.Count == sale.Sold.Count && v.Card.Purse == sale.Sold.Amount:
		return sale, NotWritable{mis.Written}
	case v.Card.Count+1 != sale.Sold.Count:
		return sale, NotWritable{mis.CountDiffers}
	}

	return sale, nil
}

// goesOn refuses a visit that these books know to be over, or to be of something else.
func (v Visit) goesOn(ctx context.Context, tx Tx) error {
	rows, err := tx.Transactions(ctx, []string{v.Txn})
	if err != nil {
		return fmt.Errorf("cannot read transaction %s: %w", v.Txn, err)
	}
	if len(rows) == 0 || rows[0].Folded == nil {
		return nil
	}

	t := *rows[0].Folded
	names := v.Txn == v.Sale && t.Purpose == payments.Purchase || t.Purpose == payments.Rewrite && t.Original == v.Sale
	if over := t.Write.Fact(); !names || over != leg.Moving && over != leg.None {
		return NotWritable{mis.NotPayable}
	}

	return nil
}

// Say is one report to the card-meter system that is due now.
type Say struct {
	Serial  string
	Outcome metercard.Outcome
	Count   uint32
}

// DueReports claims at most limit reports for a while and returns them. What was sold and
// is not written for a day becomes a case meanwhile.
func (s *Deliverer) DueReports(ctx context.Context, now time.Time, limit int) ([]Say, error) {
	due, err := stored.View(ctx, s.b, func(tx Tx) ([]Delivery, error) { return tx.DueDeliveries(ctx, now, limit) })
	if err != nil {
		return nil, fmt.Errorf("cannot list deliveries: %w", err)
	}
	if len(due) == 0 {
		return nil, nil
	}

	var out []Say
	err = s.b.Update(ctx, func(tx Tx) error {
		out = nil
		for _, d := range due {
			before, err := tx.Delivery(ctx, d.Serial)
			if err != nil {
				return fmt.Errorf("cannot read the delivery of %s: %w", d.Serial, err)
			}
			if !before.Due(now) { // another was faster
				continue
			}
			say, err := claimReport(ctx, tx, before, now)
			if err != nil {
				return err
			}
			if say.Outcome != "" {
				out = append(out, say)
			}
		}

		return nil
	})

	return out, err
}

// claimReport claims the report of a delivery that is due; there is none where what was
// sold is late, nor while only a re-write of the sale is known: what a kiosk says of
// somebody else's sale is for these books to know before it is passed on.
func claimReport(ctx context.Context, tx Tx, before Delivery, now time.Time) (Say, error) {
	next := before
	if before.Outcome == "" || before.Said || before.Kiosk == "" {
		next.NextAt = 0
		age := now.Sub(time.UnixMilli(before.SoldAt))
		if age < 0 { // the clock was ahead when it was sold
			age, next.SoldAt = 0, stored.Millis(now)
		}
		if before.Outcome == "" && age < DeliverWithin { // a wrong clock put it off
			next.NextAt = stored.Millis(now.Add(DeliverWithin - age))
		}
		if before.Stage.Ended() || next.NextAt != 0 {
			return Say{}, keepDelivery(ctx, tx, before, next, now)
		}
		if err := keepDelivery(ctx, tx, before, next, now); err != nil {
			return Say{}, err
		}

		return Say{}, openNotWritten(ctx, tx, next, now)
	}
	next.Tries++
	next.NextAt = stored.Millis(now.Add(reportLease))

	return Say{before.Serial, before.Outcome, before.Count()}, keepDelivery(ctx, tx, before, next, now)
}

// Reported takes what became of a report: answered says that the card-meter system said
// something to it, whatever it was. One that nobody answered is said again.
func (s *Deliverer) Reported(ctx context.Context, r Say, answered bool, code, text string, now time.Time) error {
	return s.b.Update(ctx, func(tx Tx) error {
		before, err := tx.Delivery(ctx, r.Serial)
		if err != nil {
			return fmt.Errorf("delivery of %.32q: %w", r.Serial, err)
		}

		return keepDelivery(ctx, tx, before, before.heard(r.Outcome, answered, code, text, now), now)
	})
}

// NextReport is when DueReports has something to do, zero for never.
func (s *Deliverer) NextReport(ctx context.Context) (time.Time, error) {
	return stored.View(ctx, s.b, func(tx Tx) (time.Time, error) { return tx.NextDelivery(ctx) })
}

// Delivery is that of a sale, or stored.ErrNotFound.
func (s *Deliverer) Delivery(ctx context.Context, serial string) (Delivery, error) {
	return stored.View(ctx, s.b, func(tx Tx) (Delivery, error) { return tx.Delivery(ctx, serial) })
}

// Deliveries are the newest that f lets through.
func (s *Deliverer) Deliveries(ctx context.Context, f Filter) ([]Delivery, error) {
	return stored.View(ctx, s.b, func(tx Tx) ([]Delivery, error) { return tx.ListDeliveries(ctx, f.capped()) })
}
