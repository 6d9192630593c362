package cash

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

const (
	kiosksAtOnce  = 100
	recordsAtOnce = 500
	mostAtOnce    = 4000 // records followed in one database transaction, unless all are read again
)

// Follow reads what came into the journals since it was last called, and returns how many
// records that was. What cannot be read now of one kiosk stands in no other's way, is tried
// again the next time, and is in the error.
func (v *Vault) Follow(ctx context.Context, now time.Time) (int, error) {
	var all int
	var bad error
	for after := ""; ; {
		unread, err := stored.View(ctx, v.b, func(tx Tx) ([]Read, error) { return tx.UnreadJournals(ctx, after, kiosksAtOnce) })
		if err != nil {
			return all, errors.Join(bad, fmt.Errorf("cannot read what is to be followed: %w", err))
		}
		for _, r := range unread {
			if r.Kiosk <= after { // several journals of one kiosk
				continue
			}
			after = r.Kiosk
			n, err := v.FollowKiosk(ctx, r.Kiosk, now)
			all += n
			if err != nil {
				bad = errors.Join(bad, fmt.Errorf("cannot follow kiosk %s: %w", r.Kiosk, err))
			}
		}
		if len(unread) < kiosksAtOnce || ctx.Err() != nil {
			return all, errors.Join(bad, ctx.Err())
		}
	}
}

// FollowKiosk is Follow for one kiosk.
func (v *Vault) FollowKiosk(ctx context.Context, kiosk string, now time.Time) (all int, err error) {
	for {
		n, more := 0, false
		err := v.b.Update(ctx, func(tx Tx) (err error) {
			n, more, err = v.follow(ctx, tx, kiosk, now)

			return err
		})
		all += n
		if err != nil || !more {
			return all, err
		}
	}
}

// work is what is read of one kiosk in one database transaction.
type work struct {
	v       *Vault
	now     time.Time
	p       Position
	days    map[string]Day         // by date, all from daysFrom on
	dirty   map[string]bool        // dates that changed
	from    string                 // empty: all are read
	found   map[string]*Collection // by serial
	changed []string               // serials, as they were first touched
	reads   map[uint8]uint64
	gone    []uint8 // that were read, and are none of the kiosk's journals any more
}

// follow reads some records of a kiosk. more says that there are others.
func (v *Vault) follow(ctx context.Context, tx Tx, kiosk string, now time.Time) (n int, more bool, err error) {
	w, journals, again, err := v.begin(ctx, tx, kiosk, now)
	if err != nil {
		return 0, false, err
	}
	for _, j := range journals {
		for w.reads[j.Incarnation] < j.Head.Seq {
			if n >= mostAtOnce && !again {
				return n, true, w.save(ctx, tx)
			}
			recs, err := tx.RecordsAfter(ctx, kiosk, j.Incarnation, w.reads[j.Incarnation], recordsAtOnce)
			if err != nil {
				return 0, false, fmt.Errorf("cannot read records: %w", err)
			}
			if len(recs) == 0 {
				return 0, false, fmt.Errorf("journal %d has no record after %d, and should end at %d", j.Incarnation, w.reads[j.Incarnation], j.Head.Seq)
			}
			for _, r := range recs {
				if err := w.apply(ctx, tx, Point{j.Incarnation, r.Seq}, r.Record); err != nil {
					return 0, false, err
				}
			}
			w.reads[j.Incarnation] = recs[len(recs)-1].Seq
			n += len(recs)
		}
	}
	if n == 0 {
		return 0, false, nil
	}

	return n, false, w.save(ctx, tx)
}

// rereads stands for a journal that no kiosk has: once it was read, all is read again.
const rereads = ^uint8(0)

// Reread has what is known of a kiosk made again from all of its records: two people have
// chosen which they are.
func Reread(ctx context.Context, tx Tx, kiosk string) error {
	if err := tx.PutCashReads(ctx, []Read{{Kiosk: kiosk, Incarnation: rereads, Seq: 1}}); err != nil {
		return fmt.Errorf("cannot have the records of kiosk %s read again: %w", kiosk, err)
	}

	return nil
}

// begin reads what is known of a kiosk. Where a journal has more that is before what was
// followed, all is to be read again.
func (v *Vault) begin(ctx context.Context, tx Tx, kiosk string, now time.Time) (w *work, journals []books.Journal, again bool, err error) {
	w = &work{v: v, now: now, days: map[string]Day{}, dirty: map[string]bool{}, from: "9", found: map[string]*Collection{}, reads: map[uint8]uint64{}}
	if journals, err = tx.JournalsOf(ctx, kiosk); err != nil {
		return w, nil, false, fmt.Errorf("cannot read journals: %w", err)
	}
	journals = slices.DeleteFunc(journals, func(j books.Journal) bool { return !j.Accounted() })
	slices.SortFunc(journals, func(a, b books.Journal) int { return cmp.Compare(a.Incarnation, b.Incarnation) })
	if w.p, err = position(ctx, tx, kiosk); err != nil {
		return w, nil, false, err
	}
	reads, err := tx.CashReads(ctx, kiosk)
	if err != nil {
		return w, nil, false, fmt.Errorf("cannot read how far journals were followed: %w", err)
	}
	last := uint8(0)
	for _, r := range reads {
		w.reads[r.Incarnation] = r.Seq
		last = max(last, r.Incarnation)
		if r.Seq > 0 && !slices.ContainsFunc(journals, func(j books.Journal) bool { return j.Incarnation == r.Incarnation }) {
			w.gone = append(w.gone, r.Incarnation)
		}
	}
	late := func(j books.Journal) bool { return j.Incarnation < last && w.reads[j.Incarnation] < j.Head.Seq }
	if again = slices.ContainsFunc(journals, late) || len(w.gone) > 0; again {
		return w, journals, true, w.forget(ctx, tx)
	}

	return w, journals, false, nil
}

// forget takes back what was read of a kiosk, and leaves what people did.
func (w *work) forget(ctx context.Context, tx Tx) error {
	had := w.p
	w.p = Position{Kiosk: had.Kiosk, Capacity: had.Capacity, Version: had.Version}
	w.reads, w.from = map[uint8]uint64{}, ""
	all, err := tx.CollectionsOf(ctx, had.Kiosk)
	if err != nil {
		return fmt.Errorf("cannot read collections: %w", err)
	}
	for _, c := range all {
		c.Kept = collection.Collection{}
		c.From, c.To = Point{}, Point{}
		c.Told, c.Odd = nil, 0
		c.Doubtful, c.Doubt = 0, 0
		c.Slip, c.Refused = NoSlip, ""
		w.found[c.Serial] = &c
		w.changed = append(w.changed, c.Serial)
	}

	return tx.ForgetCashDays(ctx, had.Kiosk)
}

// apply takes one record. What cannot be read, or is not this kiosk's, is a case of the
// books already, and no note.
func (w *work) apply(ctx context.Context, tx Tx, at Point, r record.Record) error {
	e, err := payments.Decode(r)
	if err != nil || e == nil || r.Txn != "" && !books.OwnSerial(w.p.Kiosk, r.Txn) || !sane(e) {
		return nil //nolint:nilerr // see above
	}
	next, err := w.p.Account.Take(r.Txn, e)
	if _, moved := e.(collection.Moved); collection.Is(e) && !moved { // that is of no collection
		return w.collected(ctx, tx, at, r, told{e, next, err})
	}
	if err != nil {
		return nil //nolint:nilerr // notes are in the account whatever was before
	}
	w.p.Account = next
	if n, is := noteIn(w.p.Kiosk, at, r); is && r.Trust != record.Untrusted { // else nobody knows of which day it is
		return w.cameIn(ctx, tx, n.Value, w.v.dateOf(r.Time))
	}

	return nil
}

// sane reports whether an event tells of notes that there can be.
func sane(e payments.Event) bool {
	value := money.Amount(0)
	switch e := e.(type) {
	case cash.NoteStacked:
		value = e.Value
	case cash.NoteUnresolved:
		value = e.Value
	case cash.StrayNote:
		value = e.Value
	}

	return value >= 0 && value <= money.Max
}

// cameIn counts a note among those of a date.
func (w *work) cameIn(ctx context.Context, tx Tx, value money.Amount, date string) error {
	if err := w.readDays(ctx, tx, date); err != nil {
		return err
	}
	d := w.days[date]
	d.Kiosk, d.Date = w.p.Kiosk, date
	d.Notes++
	d.Amount += value
	w.days[date], w.dirty[date] = d, true
	if w.p.FirstDay == "" || date < w.p.FirstDay {
		w.p.FirstDay = date
	}

	return nil
}

// readDays has the days from a date on read.
func (w *work) readDays(ctx context.Context, tx Tx, date string) error {
	if date >= w.from {
		return nil
	}
	rows, err := tx.CashDays(ctx, w.p.Kiosk, date)
	if err != nil {
		return fmt.Errorf("cannot read days of cash: %w", err)
	}
	for _, d := range rows {
		if !w.dirty[d.Date] {
			w.days[d.Date] = d
		}
	}
	w.from = date

	return nil
}

// save stores what was read, and what follows from it.
func (w *work) save(ctx context.Context, tx Tx) error {
	if _, err := putPosition(ctx, tx, w.p, w.now); err != nil {
		return err
	}
	var reads []Read
	for _, n := range w.gone {
		reads = append(reads, Read{Kiosk: w.p.Kiosk, Incarnation: n})
	}
	for _, incarnation := range slices.Sorted(maps.Keys(w.reads)) {
		reads = append(reads, Read{w.p.Kiosk, incarnation, w.reads[incarnation]})
	}
	var days []Day
	for _, date := range slices.Sorted(maps.Keys(w.dirty)) {
		days = append(days, w.days[date])
	}
	for _, step := range []func() error{
		func() error { return tx.PutCashReads(ctx, reads) },
		func() error { return tx.PutCashDays(ctx, days) },
		func() error { return w.saveCollections(ctx, tx) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("cannot store what was read: %w", err)
		}
	}

	return nil
}
