package settle

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/payments/reconcile"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// question is whether the booking of a payment that the bank gave back (公共支付) is gone at
// the MIS: an open case of class booking-back.
type question struct {
	books.Case
	likeness string
}

// ofPublic are the cases of those transactions that the bank books itself, by serial.
func ofPublic(ctx context.Context, tx Tx, page []books.Transaction) (map[string][]books.Case, error) {
	var serials []string
	for _, t := range page {
		if t.Folded != nil && t.Folded.ByBank {
			serials = append(serials, t.Serial)
		}
	}
	if len(serials) == 0 {
		return nil, nil
	}
	cases, err := tx.CasesOf(ctx, serials...)
	if err != nil {
		return nil, fmt.Errorf("cannot read cases: %w", err)
	}
	of := map[string][]books.Case{}
	for _, c := range cases {
		of[c.Serial] = append(of[c.Serial], c)
	}
	return of, nil
}

// asks keeps the questions about a payment of the date. One that is close to midnight the bank
// may have booked on the other date: people answer that.
func (w *work) asks(o own) {
	from, _, err := span(w.day, w.room.rules.Zone)
	at := time.Unix(o.At, 0)
	if err != nil || at.Before(from.Add(edge)) || at.After(w.end.Add(-edge)) {
		return
	}
	for _, c := range o.asked {
		q := question{c, likeness(o.Account, c.Amount)}
		w.questions = append(w.questions, q)
		w.nobodys.asked[q.likeness] = true
	}
}

// answers has the book of the MIS answer the questions that are older than it is.
func (w *work) answers(ctx context.Context, tx Tx, now time.Time) error {
	var newest int64
	for _, f := range w.files {
		if f.Kind == reconcile.BookName(reconcile.MIS) {
			newest = max(newest, f.At)
		}
	}
	for _, q := range w.questions {
		if q.OpenedAt >= newest || newest < stored.Millis(w.end) {
			continue
		}
		if err := books.AnswerBookingBack(ctx, tx, q.ID, w.day, w.nobodys.left[q.likeness], now); err != nil {
			return err
		}
	}
	return nil
}
