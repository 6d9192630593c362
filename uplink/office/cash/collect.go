package cash

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// told is an event of a collection, and the account of the cassette after it, or why it
// cannot follow what was before.
type told struct {
	payments.Event

	after cassette.Account
	err   error
}

// collected takes an event of a collection.
func (w *work) collected(ctx context.Context, tx Tx, at Point, r record.Record, e told) error {
	c, err := w.collection(ctx, tx, r.Txn)
	if err != nil {
		return err
	}
	if e.err == nil && e.after.Collection.Serial != r.Txn {
		e.err = leg.ErrIllegal
	}
	if e.err != nil {
		if _, slip := e.Event.(collection.Slip); c.Refused == "" && !slip {
			c.Refused = stored.Text(fmt.Sprintf("record %d: %v", at.Seq, e.err))
		}

		return nil
	}

	c.Kept = e.after.Collection
	switch e := e.Event.(type) {
	case collection.Exchanged:
		w.exchanged(c, at, r)
	case collection.Closed:
		if err := w.closed(ctx, tx, c, at, r, e.Head); err != nil {
			return err
		}
	}
	w.p.Account = e.after

	return nil
}

// closed holds the hash on the slip against the journal.
func (w *work) closed(ctx context.Context, tx Tx, c *Collection, at Point, r record.Record, head string) error {
	before, err := tx.RecordHash(ctx, c.Kiosk, at.Incarnation, at.Seq-1)
	if err != nil {
		return fmt.Errorf("cannot read the record before %d: %w", at.Seq, err)
	}
	c.Slip = SlipWrong
	if head == before.String() {
		c.Slip = SlipRight
	}
	if c.EndedDate == "" {
		c.EndedDate = w.dated(r)
	}

	return nil
}

// exchanged divides the notes: what was inside is the collection's now.
func (w *work) exchanged(c *Collection, at Point, r record.Record) {
	was := w.p.Account
	c.From, c.To = w.p.Since, at
	c.Told, c.Odd = was.Piles, was.Unknown
	c.Doubtful, c.Doubt = was.Doubts, was.Doubt
	if c.Date == "" { // what people saw stays, however often the records are read
		c.Date, c.OutAt = w.dated(r), stored.Millis(w.now)
	}
	w.p.Since = at
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
	last, err := before(ctx, tx, c)
	if err != nil {
		return c, err
	}
	for _, m := range matters(c, last) {
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
