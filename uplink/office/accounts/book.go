package accounts

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"wattkiosk/payments/ledger"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// PostAtOnce is how many keys are posted in one database transaction.
const PostAtOnce = 200

const dateForm = "20060102"

// Book posts entries. It is safe for concurrent use if its backend is.
type Book struct {
	b      stored.Backend[Tx]
	dateOf func(time.Time) string
}

// New is the book in b. dateOf is the business date, YYYYMMDD, of an instant.
func New(b stored.Backend[Tx], dateOf func(time.Time) string) *Book { return &Book{b, dateOf} }

// Post brings the entries to what is known now of every payment that changed since it was
// last posted, and returns how many entries that took. What can not be posted stays
// marked, stands in nobody's way, and is in the error. Called again, it posts what
// changed meanwhile, and nothing else.
func (b *Book) Post(ctx context.Context, now time.Time) (int, error) {
	var all int
	var bad error
	for after := ""; ; {
		wanted, last, err := b.wanted(ctx, after)
		if err != nil {
			return all, errors.Join(bad, fmt.Errorf("cannot read what is to be posted: %w", err))
		}
		n, err := b.round(ctx, wanted, now)
		if err != nil {
			return all, errors.Join(bad, fmt.Errorf("cannot post: %w", err))
		}
		all += n
		for _, w := range wanted {
			bad = errors.Join(bad, w.err)
		}
		if after = last; last == "" {
			return all, bad
		}
	}
}

// want is what should be posted under one key.
type want struct {
	Entry // without number and hash; its lines are those that are desired
	mark  Mark
	err   error
}

// wanted reads in one snapshot what the next marked keys should be. last is empty with the
// last of them.
func (b *Book) wanted(ctx context.Context, after string) (all []want, last string, err error) {
	err = b.b.View(ctx, func(tx Tx) error {
		marks, err := tx.MarkedKeys(ctx, after, PostAtOnce)
		if err != nil || len(marks) == 0 {
			return err
		}
		if len(marks) == PostAtOnce {
			last = marks[len(marks)-1].Key
		}
		all, err = b.gather(ctx, tx, marks)

		return err
	})

	return all, last, err
}

// round posts what is wanted under some keys, in one database transaction. Where something
// changed since, or another head office was faster, what was read is not posted: a truth
// must not be overwritten with an older one.
func (b *Book) round(ctx context.Context, wanted []want, now time.Time) (n int, err error) {
	entries := map[Mark]Entry{}
	var marks []Mark
	for _, w := range wanted {
		if w.err == nil {
			marks, entries[w.mark] = append(marks, w.mark), w.Entry
		}
	}
	if len(marks) == 0 {
		return 0, nil
	}
	err = b.b.Update(ctx, func(tx Tx) error {
		n = 0
		still, err := tx.Unmark(ctx, marks)
		if err != nil || len(still) == 0 {
			return err
		}
		fresh := make([]Entry, len(still))
		for i, m := range still {
			fresh[i] = entries[m]
		}
		n, err = post(ctx, tx, fresh, now)

		return err
	})

	return n, err
}

// post adds the entries that bring each key to what is desired, which are lines of wanted.
func post(ctx context.Context, tx Tx, wanted []Entry, now time.Time) (int, error) {
	head, err := tx.AccountHead(ctx) // locked: a chain has one end
	if err != nil {
		return 0, err
	}
	keys := make([]string, len(wanted))
	for i, e := range wanted {
		keys[i] = e.Key
	}
	posted, err := postedUnder(ctx, tx, keys)
	if err != nil {
		return 0, err
	}
	first, err := firstOpen(head.Sealed)
	if err != nil {
		return 0, err
	}

	var fresh []Entry
	for _, e := range wanted {
		if e.Lines, err = ledger.Diff(posted[e.Key], e.Lines); err != nil {
			return 0, fmt.Errorf("%s: %w", e.Key, err)
		}
		if len(e.Lines) == 0 {
			continue
		}
		if err := ledger.Check(e.Lines); err != nil {
			return 0, fmt.Errorf("%s: %w", e.Key, err)
		}
		e.Date, e.At = max(e.Date, first), stored.Millis(now)
		e = e.After(head)
		head.N, head.Hash = e.N, e.Hash
		head.UpdatedAt = e.At
		fresh = append(fresh, e)
	}
	if len(fresh) == 0 {
		return 0, nil
	}

	return len(fresh), errors.Join(tx.AddEntries(ctx, fresh), tx.PutAccountHead(ctx, head), balance(ctx, tx, fresh))
}

// postedUnder is the lines that stand under keys.
func postedUnder(ctx context.Context, tx Tx, keys []string) (map[string][]ledger.Line, error) {
	entries, err := tx.EntriesOf(ctx, keys)
	if err != nil {
		return nil, err
	}
	out := map[string][]ledger.Line{}
	for _, e := range entries {
		out[e.Key] = append(out[e.Key], e.Lines...)
	}

	return out, nil
}

// balance adds entries to the balances of their dates.
func balance(ctx context.Context, tx Tx, entries []Entry) error {
	moved, err := balancesOf(entries)
	if err != nil {
		return err
	}
	ids := make([]string, 0, len(moved))
	for id := range moved {
		ids = append(ids, id)
	}
	rows, err := tx.Balances(ctx, ids)
	if err != nil {
		return err
	}
	for _, r := range rows {
		m := moved[r.ID()]
		if err := errors.Join(m.Add(r.Debit), m.Add(-r.Credit)); err != nil {
			return fmt.Errorf("balance of %s: %w", r.ID(), err)
		}
		moved[r.ID()] = m
	}

	out := make([]Balance, 0, len(moved))
	for _, m := range moved {
		out = append(out, m)
	}

	return tx.PutBalances(ctx, out)
}

// balancesOf are the balances that entries make, by ID.
func balancesOf(entries []Entry) (map[string]Balance, error) {
	out := map[string]Balance{}
	for _, e := range entries {
		for _, l := range e.Lines {
			b := Balance{Date: e.Date, Kiosk: e.Kiosk, Account: l.Account}
			if had, ok := out[b.ID()]; ok {
				b = had
			}
			if err := b.Add(l.Amount); err != nil {
				return nil, fmt.Errorf("balance of %s: %w", b.ID(), err)
			}
			out[b.ID()] = b
		}
	}

	return out, nil
}

// firstOpen is the date after the last sealed one, empty if none is.
func firstOpen(sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	day, err := dayOf(sealed)

	return day.AddDate(0, 0, 1).Format(dateForm), err
}

func dayOf(date string) (time.Time, error) {
	day, err := time.Parse(dateForm, date)
	if err != nil {
		return day, fmt.Errorf("%w: %.20q", ErrDate, date)
	}

	return day, nil
}

// SealIn closes the books up to a date, and returns the head of the chain that this is
// about. A date that is sealed already is ErrSealed, one that has not begun ErrDate: else a
// wrong clock would send all that comes to a date that never was. Whoever seals has posted before: what
// is marked still goes to the first date after it.
func (b *Book) SealIn(ctx context.Context, tx Tx, date string, now time.Time) (Head, error) {
	head, err := tx.AccountHead(ctx)
	if err != nil {
		return head, err
	}
	if _, err := dayOf(date); err != nil {
		return head, err
	}
	if today := b.dateOf(now); date > today {
		return head, fmt.Errorf("%w: %s has not begun on %s", ErrDate, date, today)
	}
	if date <= head.Sealed {
		return head, fmt.Errorf("%w: %s, and all up to %s", ErrSealed, date, head.Sealed)
	}
	head.Sealed, head.UpdatedAt = date, stored.Millis(now)

	return head, tx.PutAccountHead(ctx, head)
}

// ReopenIn opens a sealed date again, and all after it.
func (b *Book) ReopenIn(ctx context.Context, tx Tx, date string, now time.Time) (Head, error) {
	head, err := tx.AccountHead(ctx)
	if err != nil {
		return head, err
	}
	day, err := dayOf(date)
	if err != nil || date > head.Sealed {
		return head, err
	}
	head.Sealed, head.UpdatedAt = day.AddDate(0, 0, -1).Format(dateForm), stored.Millis(now)

	return head, tx.PutAccountHead(ctx, head)
}

// Document is what moved money that is of no single payment: a collection, a count, what a
// bank paid. Its lines are what should stand under its key.
type Document struct {
	Key   string // not a serial: such as collection-10000001-000012
	Kiosk string
	Date  string // business date, YYYYMMDD
	Kind  string // a ledger.Move, or count
	Why   string
	By    string
	Lines []ledger.Line
}

// documentKey is what a document may be called: no serial, and no case.
var documentKey = regexp.MustCompile(`^(collection|count|receipt|remittance|deposit|bank|acquirer|mis|card-system|refund|counter|claim|forged|surplus|shortage|counterfeit|suspense)-[0-9a-zA-Z-]{1,60}$`)

// RecordIn posts a document, inside the database transaction of what it follows from. The
// same document again changes nothing; one with other lines under the same key posts the
// difference. It returns whether an entry was made.
func (b *Book) RecordIn(ctx context.Context, tx Tx, d Document, now time.Time) (bool, error) {
	if !documentKey.MatchString(d.Key) {
		return false, fmt.Errorf("%w: %.80q", ErrKey, d.Key)
	}
	if _, err := dayOf(d.Date); err != nil {
		return false, err
	}
	e := Entry{Date: d.Date, Key: d.Key, Kiosk: d.Kiosk, Kind: d.Kind, Why: stored.Text(d.Why), By: stored.Text(d.By), Lines: d.Lines}
	n, err := post(ctx, tx, []Entry{e}, now)

	return n > 0, err
}

// Seal is SealIn in a database transaction of its own.
func (b *Book) Seal(ctx context.Context, date string, now time.Time) (h Head, err error) {
	err = b.b.Update(ctx, func(tx Tx) error { h, err = b.SealIn(ctx, tx, date, now); return err })

	return h, err
}

// Reopen is ReopenIn in a database transaction of its own.
func (b *Book) Reopen(ctx context.Context, date string, now time.Time) (h Head, err error) {
	err = b.b.Update(ctx, func(tx Tx) error { h, err = b.ReopenIn(ctx, tx, date, now); return err })

	return h, err
}

// Record is RecordIn in a database transaction of its own.
func (b *Book) Record(ctx context.Context, d Document, now time.Time) (made bool, err error) {
	err = b.b.Update(ctx, func(tx Tx) error { made, err = b.RecordIn(ctx, tx, d, now); return err })

	return made, err
}

// Entries are those of one key, oldest first.
func (b *Book) Entries(ctx context.Context, key string) ([]Entry, error) {
	return stored.View(ctx, b.b, func(tx Tx) ([]Entry, error) { return tx.EntriesOf(ctx, []string{key}) })
}

// Head is the end of the chain.
func (b *Book) Head(ctx context.Context) (Head, error) {
	return stored.View(ctx, b.b, func(tx Tx) (Head, error) { return tx.AccountHead(ctx) })
}

// isStray reports whether a key is the case of a stray note.
func isStray(key string) bool { return books.OfStray(key) }
