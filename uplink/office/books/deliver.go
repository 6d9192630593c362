package books

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/stored"
)

// DeliveryTx is deliveries.
type DeliveryTx interface {
	// Delivery locks its row until the end of an Update.
	Delivery(ctx context.Context, serial string) (Delivery, error)
	Deliveries(ctx context.Context, serials []string) ([]Delivery, error)
	// ListDeliveries is newest first. Open ones are those that have not ended.
	ListDeliveries(ctx context.Context, f Filter) ([]Delivery, error)
	// PutDelivery adds the row of version 1, and replaces the one of version d.Version-1,
	// else ErrStale.
	PutDelivery(ctx context.Context, d Delivery) error
	// DueDeliveries are those that are Due, by NextAt and serial.
	DueDeliveries(ctx context.Context, now time.Time, limit int) ([]Delivery, error)
	// NextDelivery is the earliest NextAt, zero if there is none.
	NextDelivery(ctx context.Context) (time.Time, error)
	// HandedOut are the kiosks that a sale was handed to, by kiosk.
	HandedOut(ctx context.Context, sale string) ([]HandedOut, error)
	// PutHandedOut replaces that of the same sale and kiosk.
	PutHandedOut(ctx context.Context, h HandedOut) error
}

// deliveryOf is the delivery of a sale, a fresh one if there is none.
func deliveryOf(ctx context.Context, tx Tx, serial string, sold metercard.Sold, now time.Time) (Delivery, error) {
	d, err := tx.Delivery(ctx, serial)
	if errors.Is(err, stored.ErrNotFound) {
		return Delivery{Serial: serial, Sold: sold, SoldAt: stored.Millis(now), Stage: ToWrite, NextAt: stored.Millis(now.Add(DeliverWithin))}, nil
	}
	if err != nil {
		return d, fmt.Errorf("cannot read the delivery of %s: %w", serial, err)
	}

	return d, nil
}

// delivers takes what the journals of visits say of the writing of cards.
func delivers(ctx context.Context, tx Tx, txns []*Transaction, now time.Time) error {
	for _, t := range txns {
		if t.Folded == nil || t.Folded.Write.State == "" {
			continue
		}
		if err := visited(ctx, tx, t, now); err != nil {
			return err
		}
	}

	return nil
}

// visited takes one of them.
func visited(ctx context.Context, tx Tx, t *Transaction, now time.Time) error {
	f := *t.Folded
	sold := f.Write.Sold
	serial := f.Serial
	if f.Purpose == payments.Rewrite {
		serial = f.Original
	}
	if !isSerial(serial) {
		text := fmt.Sprintf("re-write of %.32q, which is no serial", serial)
		return tx.AddCases(ctx, []Case{newCase(t.Kiosk, stored.Millis(now), ClassUnreadable, f.Serial, f.Serial, sold.Amount, text)})
	}
	before, err := deliveryOf(ctx, tx, serial, sold, now)
	if err != nil {
		return err
	}
	d := before
	if d.Sold == (metercard.Sold{}) { // the card-meter system forgot what it sold
		d.Sold = sold
	}
	if d.Sold != sold {
		text := fmt.Sprintf("the journal has %s yuan, purchase %d of card %s; these books sold %s yuan, purchase %d of card %s",
			sold.Amount, sold.Count, sold.Card, d.Sold.Amount, d.Sold.Count, d.Sold.Card)
		return tx.AddCases(ctx, []Case{newCase(t.Kiosk, stored.Millis(now), ClassEvidence, f.Serial+"-sold", f.Serial, sold.Amount, text)})
	}

	handed, err := handedTo(ctx, tx, d, t)
	if err != nil {
		return err
	}
	if !handed {
		return overheard(ctx, tx, before, d, t, now)
	}

	next, odd := d.after(f, now)
	if f.Purpose == payments.Purchase {
		next.known(t.Kiosk, t.Account, now)
	}
	if odd != "" {
		c := newCase(t.Kiosk, stored.Millis(now), ClassEvidence, serial+"-card", serial, d.Sold.Amount, odd)
		if err := tx.AddCases(ctx, []Case{c}); err != nil {
			return fmt.Errorf("cannot store the case of %s: %w", serial, err)
		}
	}

	return keepDelivery(ctx, tx, before, next, now)
}

// isSerial reports whether s is one of a transaction: 20 digits.
func isSerial(s string) bool { return ownSerial("", s) }

// keepDelivery stores a delivery as it is to be, and has its case say the same.
func keepDelivery(ctx context.Context, tx Tx, before, next Delivery, now time.Time) error {
	if before == next && before.Version > 0 {
		return nil
	}
	next.Version++
	next.UpdatedAt = stored.Millis(now)
	if err := tx.PutDelivery(ctx, next); err != nil {
		return fmt.Errorf("cannot store the delivery of %s: %w", next.Serial, err)
	}

	switch next.Stage {
	case OnCard:
		if err := retell(ctx, tx, next, now); err != nil {
			return err
		}
		return closeNotWritten(ctx, tx, next.Serial, "written by "+next.Visit, now)
	case NotOnCard, Unsure:
		return openNotWritten(ctx, tx, next, now)
	case OtherWay, Withdrawn:
		return nil
	}

	return retell(ctx, tx, next, now)
}

// openNotWritten opens the case of what was sold and is not on its card, unless it is
// open. While only a re-write of the sale is known there is none.
func openNotWritten(ctx context.Context, tx Tx, d Delivery, now time.Time) error {
	if d.Kiosk == "" {
		return nil
	}
	c, had, err := notWritten(ctx, tx, d.Serial)
	if err != nil {
		return err
	}
	if c.Open {
		return retell(ctx, tx, d, now)
	}
	text, err := partiesOf(ctx, tx, d)
	if err != nil {
		return err
	}

	ref := d.Serial
	if had {
		ref = fmt.Sprintf("%s-%d", d.Serial, d.Version)
	}
	if err := tx.AddCases(ctx, []Case{newCase(d.Kiosk, stored.Millis(now), ClassNotWritten, ref, d.Serial, d.Sold.Amount, text)}); err != nil {
		return fmt.Errorf("cannot store the case of %s: %w", d.Serial, err)
	}

	return nil
}

// retell has an open case say what is so now.
func retell(ctx context.Context, tx Tx, d Delivery, now time.Time) error {
	c, _, err := notWritten(ctx, tx, d.Serial)
	if err != nil || !c.Open {
		return err
	}
	if c.Text, err = partiesOf(ctx, tx, d); err != nil {
		return err
	}
	c.UpdatedAt = stored.Millis(now)

	return tx.PutCase(ctx, c)
}

func closeNotWritten(ctx context.Context, tx Tx, serial, how string, now time.Time) error {
	return CloseCasesOf(ctx, tx, serial, how, now, ClassNotWritten)
}

// notWritten is the open case of that class, else the last closed one, and whether there
// is any.
func notWritten(ctx context.Context, tx Tx, serial string) (c Case, had bool, err error) {
	cases, err := tx.CasesOf(ctx, serial)
	if err != nil {
		return c, false, fmt.Errorf("cannot read cases of %s: %w", serial, err)
	}
	for _, other := range cases {
		if other.Class == ClassNotWritten {
			if c, had = other, true; c.Open {
				break
			}
		}
	}

	return c, had, nil
}

// partiesOf is what each party has of a purchase, in words: money, sale, card, report.
func partiesOf(ctx context.Context, tx Tx, d Delivery) (string, error) {
	paid := "paid at a terminal"
	rows, err := tx.Postings(ctx, []string{d.Serial})
	if err != nil {
		return "", fmt.Errorf("cannot read posting %s: %w", d.Serial, err)
	}
	if len(rows) > 0 {
		paid = fmt.Sprintf("paid %s yuan by %s", rows[0].Amount, rows[0].Tender)
	}

	return fmt.Sprintf("%s; sold as %s: %s yuan, purchase %d of card %s; the card: %s; the report: %s",
		paid, d.Sold.Number, d.Sold.Amount, d.Sold.Count, d.Sold.Card, d.Stage, d.Report()), nil
}

// Report is how far the card-meter system is told, in one word: none, open or said.
func (d Delivery) Report() string {
	switch {
	case d.Outcome == "":
		return "none"
	case d.Said:
		return "said"
	}

	return "open"
}

// saleEnded takes a posting of the card-meter system to its end: what is sold is to be
// delivered, what was taken back is not.
func (s *Keeper) saleEnded(ctx context.Context, tx Tx, p Posting, now time.Time) error {
	if p.System() != mis.CardSystem {
		return nil
	}
	switch p.State {
	case posting.Posted:
		return errors.Join(stands(ctx, tx, p, now), s.book(ctx, tx, p, now))
	case posting.Owed:
		return errors.Join(fell(ctx, tx, p, now), unbook(ctx, tx, p, now))
	}

	return nil
}

// stands takes a sale that stands, perhaps because its reversal was refused.
func stands(ctx context.Context, tx Tx, p Posting, now time.Time) error {
	before, err := deliveryOf(ctx, tx, p.Serial, p.Sold, now)
	if err != nil {
		return err
	}

	next := before
	next.known(p.Kiosk, p.Account, now)
	if odd := next.sells(p.Sold, now); odd != "" {
		c := newCase(p.Kiosk, stored.Millis(now), ClassEvidence, p.Serial+"-sold", p.Serial, p.Sold.Amount, odd)
		if err := tx.AddCases(ctx, []Case{c}); err != nil {
			return fmt.Errorf("cannot store the case of %s: %w", p.Serial, err)
		}
	}
	if before.Stage == Withdrawn {
		next.Stage = ToWrite
		if next.Visit != "" {
			next.Stage = NotOnCard
		}
		next.wake(now)
	}

	return keepDelivery(ctx, tx, before, next, now)
}

// fell takes a sale that was taken back, or never was one.
func fell(ctx context.Context, tx Tx, p Posting, now time.Time) error {
	d, err := tx.Delivery(ctx, p.Serial)
	if errors.Is(err, stored.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read the delivery of %s: %w", p.Serial, err)
	}
	if d.Stage == OnCard || d.Stage == OtherWay {
		text := fmt.Sprintf("the sale was taken back, and purchase %d reached the meter: %s", d.Sold.Count, d.Stage)
		return tx.AddCases(ctx, []Case{newCase(p.Kiosk, stored.Millis(now), ClassEvidence, p.Serial+"-card", p.Serial, d.Sold.Amount, text)})
	}

	next := d
	next.Stage = Withdrawn
	if err := keepDelivery(ctx, tx, d, next, now); err != nil {
		return err
	}

	return closeNotWritten(ctx, tx, p.Serial, saleTakenBack, now)
}

// saleTakenBack is what the books say of the case of a card whose sale was taken back.
const saleTakenBack = "the sale was taken back"

// withdraw keeps the card from being written while its sale is taken back. It is refused
// while the card may hold it.
func withdraw(ctx context.Context, tx Tx, p Posting, now time.Time) error {
	if p.System() != mis.CardSystem {
		return nil
	}
	d, err := withdrawable(ctx, tx, p)
	if errors.Is(err, stored.ErrNotFound) { // nobody knows that it is sold, so nobody writes it
		return allReported(ctx, tx)
	}
	if err != nil {
		return err
	}
	if err := allReported(ctx, tx); err != nil {
		return err
	}

	next := d
	next.Stage = Withdrawn
	next.askNothing()

	return keepDelivery(ctx, tx, d, next, now)
}

// withdrawable is the delivery of a sale that may be taken back, or stored.ErrNotFound.
func withdrawable(ctx context.Context, tx Tx, p Posting) (Delivery, error) {
	d, err := tx.Delivery(ctx, p.Serial)
	switch {
	case err != nil:
		return d, fmt.Errorf("cannot read the delivery of %s: %w", p.Serial, err)
	case d.Stage != Withdrawn && !d.MayReverse():
		return d, fmt.Errorf("%w: the card may hold what was sold: %s", posting.ErrAction, d.Stage)
	}

	return d, nil
}
