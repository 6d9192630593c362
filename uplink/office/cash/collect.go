package cash

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// isOfCollection reports whether records of a type are of a collection, and of no
// transaction.
func isOfCollection(recordType string) bool { return strings.HasPrefix(recordType, "collection-") }

// collected takes an event of a collection.
func (w *work) collected(ctx context.Context, tx Tx, at Point, r record.Record, e payments.Event) error {
	c, err := w.collection(ctx, tx, r.Txn)
	if err != nil {
		return err
	}
	next, err := c.Kept.Apply(r.Txn, e)
	if err != nil {
		if c.Refused == "" {
			c.Refused = stored.Text(fmt.Sprintf("record %d: %v", at.Seq, err))
		}

		return nil
	}

	c.Kept = next
	switch e := e.(type) {
	case collection.Exchanged:
		w.exchanged(c, at, r, e)
	case collection.Closed:
		before, err := tx.RecordHash(ctx, c.Kiosk, at.Incarnation, at.Seq-1)
		if err != nil {
			return fmt.Errorf("cannot read the record before %d: %w", at.Seq, err)
		}
		c.Slip = SlipWrong
		if e.Head == before.String() {
			c.Slip = SlipRight
		}
		if c.EndedDate == "" {
			c.EndedDate = w.dated(r)
		}
	}

	return nil
}

// exchanged divides the notes: what was inside is the collection's now.
func (w *work) exchanged(c *Collection, at Point, r record.Record, e collection.Exchanged) {
	c.From, c.To = w.p.Since, at
	c.Told, c.Odd = w.p.Inside, w.p.Odd
	c.Doubtful, c.Doubt = w.p.DoubtfulNotes(), w.p.Doubt()
	if c.Date == "" { // what people saw stays, however often the records are read
		c.Date, c.OutAt = w.dated(r), stored.Millis(w.now)
	}

	w.p.Since, w.p.SinceAt = at, stored.Millis(r.Time)
	w.p.Cassette, w.p.Moved = e.In, 0
	w.p.Inside, w.p.Odd = nil, 0
	w.p.Doubts = nil
}

// dated is the business date of a record: that of now, where its clock was lost or cannot
// be right.
func (w *work) dated(r record.Record) string {
	if r.Trust == record.Untrusted || r.Time.After(w.now) {
		return w.v.dateOf(w.now)
	}

	return w.v.dateOf(r.Time)
}

// collection is the row of a serial, a new one where there is none.
func (w *work) collection(ctx context.Context, tx Tx, serial string) (*Collection, error) {
	if c, ok := w.found[serial]; ok {
		if !slices.Contains(w.changed, serial) {
			w.changed = append(w.changed, serial)
		}

		return c, nil
	}
	c, err := tx.Collection(ctx, serial)
	if errors.Is(err, stored.ErrNotFound) {
		c, err = Collection{Serial: serial, Kiosk: w.p.Kiosk, SeenAt: stored.Millis(w.now)}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read collection %s: %w", serial, err)
	}
	w.found[serial] = &c
	w.changed = append(w.changed, serial)

	return &c, nil
}

func (w *work) saveCollections(ctx context.Context, tx Tx) error {
	for _, serial := range w.changed {
		if _, err := w.v.put(ctx, tx, *w.found[serial], w.now); err != nil {
			return err
		}
	}

	return nil
}

// put stores a collection, with the entries and cases that follow from it.
func (v *Vault) put(ctx context.Context, tx Tx, c Collection, now time.Time) (Collection, error) {
	c.Version++
	c.UpdatedAt = stored.Millis(now)
	if err := tx.PutCollection(ctx, c); err != nil {
		return c, fmt.Errorf("cannot store collection %s: %w", c.Serial, err)
	}
	docs, err := documents(c)
	if err != nil {
		return c, fmt.Errorf("collection %s: %w", c.Serial, err)
	}
	for _, d := range docs {
		if _, err := v.entries.RecordIn(ctx, tx, d, now); err != nil {
			return c, fmt.Errorf("cannot post %s: %w", d.Key, err)
		}
	}
	for _, m := range matters(c) {
		if err := keepMatter(ctx, tx, m, now); err != nil {
			return c, err
		}
	}

	return c, settleLate(ctx, tx, c, now)
}

// Collections are the newest that f lets through.
func (v *Vault) Collections(ctx context.Context, f Filter) ([]Collection, error) {
	f.Limit = stored.Limit(f.Limit)

	return stored.View(ctx, v.b, func(tx Tx) ([]Collection, error) { return tx.ListCollections(ctx, f) })
}

// Collection is one of them, or stored.ErrNotFound.
func (v *Vault) Collection(ctx context.Context, serial string) (Collection, error) {
	return stored.View(ctx, v.b, func(tx Tx) (Collection, error) { return collectionOf(ctx, tx, serial) })
}

func collectionOf(ctx context.Context, tx Tx, serial string) (Collection, error) {
	c, err := tx.Collection(ctx, serial)
	if err != nil {
		return c, fmt.Errorf("collection %.32q: %w", serial, err)
	}

	return c, nil
}

func audit(by, action, object, reason string, now time.Time) people.Audit {
	return people.Audit{At: stored.Millis(now), User: by, Action: action, Object: stored.Text(object), Reason: stored.Text(reason)}
}
