package kiosktest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/stored"
)

// closing is when a payment was really closed, and by what clock it was stamped.
type closing struct {
	at    time.Time
	trust record.Trust
}

// closings are those of the journal, by serial.
func (w *box) closings(b *account) map[string]closing {
	out := map[string]closing{}
	for _, r := range b.records {
		if e, err := payments.Decode(r); err == nil {
			if _, is := e.(cash.Closed); is {
				out[r.Txn] = closing{w.written[r.Seq], r.Trust}
			}
		}
	}

	return out
}

// auditTimes: the business date in the MIS is of an instant between the payment and its
// booking, and the time of payment is the kiosk's only where its clock can be believed.
func (w *box) auditTimes(b *account) error {
	closed := w.closings(b)
	for _, e := range w.office.booked() {
		c, known := closed[e.Serial]
		if !known || b.twice[e.Serial] || w.office.clock.wrongBetween(c.at, e.Time) {
			continue
		}
		if paid, booked := dateOf(c.at), dateOf(e.Time); e.Date < paid || e.Date > booked {
			return fmt.Errorf("%s: paid on %s, booked on %s, business date %s", e.Serial, paid, booked, e.Date)
		}
	}
	for serial, c := range closed {
		if b.twice[serial] {
			continue
		}
		if err := w.auditPaidAt(serial, c, b.txns[serial].Cash.ClosedAt); err != nil {
			return err
		}
	}

	return nil
}

// How far a time of the kiosk may lie from that of head office and be taken for the
// time of the payment.
const (
	believedAhead  = 10 * time.Minute
	believedBehind = 200 * 24 * time.Hour
)

// auditPaidAt holds the time that head office has for a payment against when it was,
// and what the kiosk's clock then showed.
func (w *box) auditPaidAt(serial string, c closing, shown time.Time) error {
	p, err := w.office.books.Posting(context.Background(), serial)
	if errors.Is(err, stored.ErrNotFound) || err == nil && w.office.clock.wrongBetween(c.at, w.now) {
		return nil
	}
	if err != nil {
		return err
	}
	told, err := time.ParseInLocation("20060102150405", p.Time, china)
	if err != nil {
		return err
	}

	const second = time.Second // times are told in whole ones
	switch {
	case !told.Before(c.at.Add(-second)) && !told.After(w.now):
		return nil // when it was, or when head office heard of it
	case c.trust != record.Untrusted && told.Equal(shown.Truncate(second)) && told.After(c.at.Add(-believedBehind-second)) && told.Before(w.now.Add(believedAhead+second)):
		return nil // the kiosk's clock, which nobody could know to be wrong
	case told.Equal(shown.Truncate(second)) && told.After(c.at.Add(-believedAhead-second)) && told.Before(w.now.Add(believedAhead+second)):
		return nil // or so little that it does not matter
	}

	return fmt.Errorf("%s was paid at %s, by the kiosk's clock (trust %d) at %s; head office says %s", serial, c.at.In(china), c.trust, shown.In(china), told)
}
