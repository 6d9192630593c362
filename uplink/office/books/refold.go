package books

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/stored"
)

// refoldBatch is how many transactions are folded in one database transaction.
const refoldBatch = 500

// fill sets what a row shows of a folded transaction.
func (t *Transaction) fill(f payments.Transaction) {
	t.Folded = &f
	t.Account, t.Name, t.Address = stored.Text(f.Account), stored.Text(f.Name), stored.Text(f.Address)
	t.Arrears, t.Minimum, t.Online = f.Arrears, f.Minimum, f.Online
	t.Tender = stored.Text(string(f.Tender))
	t.Status = string(f.Status())
	t.Total, t.Doubt = f.Total(), f.InDoubt()
	t.closing(f)
	r := f.Post.Result
	t.Code, t.Text, t.Reference = stored.Text(r.Code), stored.Text(r.Text), stored.Text(r.Reference)
	t.ToArrears, t.ToAdvance = r.ToArrears, r.ToAdvance
	if f.ByBank && f.Status() == payments.Posted {
		t.Reference = stored.Text(f.Card.Answer.Reference)
	}
	t.Copies, t.SlipState = f.Copies, stored.Text(f.Slip)
}

// closing sets when the taking of money ended, and why. Rows of older software have that
// of cash only, so it is set again where it is shown.
func (t *Transaction) closing(f payments.Transaction) {
	t.Reason, t.ClosedAt = stored.Text(f.Reason()), 0
	if at := f.PaidAt(); !at.IsZero() {
		t.ClosedAt = at.UnixMilli()
	}
}

// Refold folds the transactions that software before this one stored without their
// folded value, from the records that are held. It returns how many there were. A
// head office calls it when it opens its books; it is idempotent.
func (s *Keeper) Refold(ctx context.Context) (int, error) {
	all := 0
	for {
		n := 0
		err := s.b.Update(ctx, func(tx Tx) error {
			rows, err := tx.Unfolded(ctx, refoldBatch)
			if err != nil {
				return err
			}
			for i := range rows {
				if err := refold(ctx, tx, &rows[i]); err != nil {
					return err
				}
			}
			n = len(rows)
			return tx.PutTransactions(ctx, rows)
		})
		if err != nil {
			return all, fmt.Errorf("cannot fold transactions: %w", err)
		}
		if all += n; n < refoldBatch {
			return all, nil
		}
	}
}

// refold folds one transaction from the records that are held. A record that does not
// fit was a case when it came, and is passed over as it was then.
func refold(ctx context.Context, tx Tx, t *Transaction) error {
	events, err := tx.Events(ctx, t.Kiosk, t.Serial, maxEvents)
	if err != nil {
		return fmt.Errorf("cannot read records of %s: %w", t.Serial, err)
	}

	var folded payments.Transaction
	for _, e := range events {
		if next, _, err := payments.Fold(folded, e.Record()); err == nil {
			folded = next
		}
	}
	if folded.Serial == "" { // nothing of it can be read: the row stays as it was shown
		t.Folded = &folded
		return nil
	}
	t.fill(folded)
	return nil
}

// Record is the event as the journal record that it was, without what only the chain
// needs.
func (e Event) Record() record.Record {
	return record.Record{
		Seq: e.Seq, Time: time.UnixMilli(e.At).UTC(), Trust: record.Trust(e.Trust), Type: e.Type, Txn: e.Txn, Version: e.Version, Payload: []byte(e.Payload),
	}
}

// notesOf are the notes of a transaction as its row holds them.
func notesOf(t Transaction) []Note {
	if t.Folded == nil {
		return nil
	}
	var out []Note
	for i, n := range t.Folded.Cash.Notes {
		out = append(out, Note{Serial: t.Serial, Index: int64(i), Value: n.Value, State: string(n.State), Inferred: n.Inferred, Evidence: stored.Text(n.Evidence)})
	}
	return out
}
