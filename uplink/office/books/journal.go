package books

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/stored"
)

const (
	gapLasts  = time.Minute // then a gap is an alarm and a case
	maxBranch = 10_000      // records kept of all branches of a kiosk
)

// Begin begins the journal of a kiosk's new incarnation inside tx. A transaction that
// still took money in the journal before can have no end any more: it becomes a case.
func Begin(ctx context.Context, tx Tx, kiosk string, incarnation uint8, now time.Time) (Journal, error) {
	at := stored.Millis(now)
	next := Journal{Kiosk: kiosk, Incarnation: incarnation, Head: record.Head{Hash: record.Genesis(kiosk, incarnation)}, BeganAt: at, UpdatedAt: at}

	old, err := tx.Journal(ctx, kiosk)
	if errors.Is(err, stored.ErrNotFound) {
		return next, tx.PutJournal(ctx, next)
	}
	if err != nil {
		return next, err
	}
	left, err := tx.OpenTransactions(ctx, kiosk)
	if err != nil {
		return next, fmt.Errorf("cannot read open transactions of kiosk %s: %w", kiosk, err)
	}
	var cases []Case
	for _, t := range left {
		cases = append(cases, old.lost(t, at))
	}
	if err := tx.AddCases(ctx, cases); err != nil {
		return next, fmt.Errorf("cannot store cases of kiosk %s: %w", kiosk, err)
	}
	return next, tx.PutJournal(ctx, next)
}

// Import takes in records of a journal that need not be the kiosk's present one: the
// unsent end of a board that was replaced. They must follow one of the journals that
// the books hold; record.ErrChain says that they follow none. It returns the end of
// that journal. What it ends closes its case of a lost journal.
func (s *Keeper) Import(ctx context.Context, kiosk string, recs []record.Record, now time.Time) (Journal, error) {
	var end Journal
	err := s.b.Update(ctx, func(tx Tx) error {
		journals, err := tx.JournalsOf(ctx, kiosk)
		if err != nil {
			return err
		}
		if len(journals) == 0 {
			return fmt.Errorf("%w: %.64q", ErrUnknown, kiosk)
		}
		journals = slices.DeleteFunc(journals, Journal.Branch)

		why := record.ErrChain
		for i, j := range journals {
			fresh, broken, err := follow(ctx, tx, j, recs)
			if err != nil {
				return err
			}
			if broken != nil {
				why = broken
				continue
			}
			if end = j; len(fresh) == 0 {
				return nil
			}
			if end, err = s.keep(ctx, tx, j, fresh, now); err != nil {
				return err
			}
			return found(ctx, tx, end, i > 0, fresh, now)
		}
		return why
	})
	return end, err
}

// inside is the money that may be in the cassette because of an open transaction.
func (t Transaction) inside() money.Amount {
	sum := t.Total + t.Doubt
	if t.Folded == nil {
		return sum
	}
	if i := t.Folded.Cash.Pending(); i >= 0 {
		sum += t.Folded.Cash.Notes[i].Value
	}
	return sum
}

// lost is the case of a transaction that is open at the end of a journal which goes on
// no more.
func (j Journal) lost(t Transaction, at int64) Case {
	text := fmt.Sprintf("journal of incarnation %d lost after record %d, with %s yuan in the cassette", j.Incarnation, j.Head.Seq, t.Total)
	return newCase(j.Kiosk, at, ClassLost, t.Serial, t.Serial, t.inside(), text)
}

// found makes the cases of a lost journal say what more of it was found: those whose
// transactions were closed after all are closed, and where it has ended, there is one
// for each that is open.
func found(ctx context.Context, tx Tx, j Journal, ended bool, recs []Sealed, now time.Time) error {
	kiosk := j.Kiosk
	var serials []string
	for _, r := range recs {
		if ownSerial(kiosk, r.Txn) {
			serials = append(serials, r.Txn)
		}
	}
	slices.Sort(serials)
	rows, err := tx.Transactions(ctx, slices.Compact(serials))
	if err != nil {
		return fmt.Errorf("cannot read transactions: %w", err)
	}

	for _, t := range rows {
		if t.Status == StatusTendering {
			if err := stillLost(ctx, tx, j.lost(t, stored.Millis(now)), ended); err != nil {
				return err
			}
			continue
		}
		if err := CloseIfOpen(ctx, tx, caseID(ClassLost, kiosk, t.Serial), "its journal was taken in", now); err != nil {
			return err
		}
	}
	return nil
}

// stillLost keeps the case of a lost transaction as it now is: a new one where the
// journal has ended, and in an open one what is known by now.
func stillLost(ctx context.Context, tx Tx, c Case, ended bool) error {
	had, err := tx.Case(ctx, c.ID)
	switch {
	case errors.Is(err, stored.ErrNotFound) && ended:
		return tx.AddCases(ctx, []Case{c})
	case errors.Is(err, stored.ErrNotFound), err == nil && !had.Open:
		return nil
	case err != nil:
		return fmt.Errorf("cannot read case %s: %w", c.ID, err)
	}
	had.Amount, had.Text = c.Amount, c.Text
	had.UpdatedAt = c.UpdatedAt
	return tx.PutCase(ctx, had)
}

// gap notes that records are missing after j.Head. A gap that lasts is an alarm and a
// case: records that head office once acknowledged may be lost to it, for instance
// because its books came out of a backup.
func gap(ctx context.Context, tx Tx, j Journal, first uint64, now time.Time) error {
	at := stored.Millis(now)
	switch {
	case j.GapSince == 0:
		if err := restored(ctx, tx, now); err != nil { // only these books said that they have what is missing
			return err
		}
		j.GapSince, j.UpdatedAt = at, at
		j.RestoredAt = cmp.Or(j.RestoredAt, at)
		return tx.PutJournal(ctx, j)
	case at-j.GapSince < gapLasts.Milliseconds():
		return nil
	}

	p := newProjection(j, at)
	text := fmt.Sprintf("records from %d to %d are missing", j.Head.Seq+1, first-1)
	p.alarm(Alarm{Code: AlarmGap, On: true, Detail: text})
	p.open(ClassGap, gapRef(j), "", 0, text)
	return p.save(ctx, tx)
}

func gapRef(j Journal) string { return fmt.Sprintf("%d-%d", j.Incarnation, j.Head.Seq) }

// gapFilled closes the case of the gap after j.Head: the records came after all.
func gapFilled(ctx context.Context, tx Tx, j Journal, now time.Time) error {
	if j.GapSince == 0 {
		return nil
	}

	return CloseIfOpen(ctx, tx, caseID(ClassGap, j.Kiosk, gapRef(j)), "the records came", now)
}

// branch keeps records that do not follow j, as evidence: a board that was copied writes
// a journal of its own. Each closing among them is a case. What j or an older journal
// holds is no news.
func branch(ctx context.Context, tx Tx, p *projection, j Journal, recs []record.Record) error {
	have, err := tx.Branch(ctx, p.kiosk)
	if err != nil || have >= maxBranch {
		return err
	}
	older, err := olderJournals(ctx, tx, j)
	if err != nil {
		return err
	}
	sealed, err := unheld(ctx, tx, append([]Journal{j}, older...), recs)
	if err != nil || len(sealed) == 0 {
		return err
	}
	fork, err := forkOf(ctx, tx, j, sealed[0].Record)
	if err != nil {
		return err
	}

	for _, r := range sealed {
		old, err := p.isCase(ctx, tx, r.Record, p.incarnation, fork)
		if err != nil {
			return err
		}
		if !old {
			p.branched(r.Record)
		}
	}
	return tx.AddBranch(ctx, p.kiosk, p.incarnation, sealed)
}

// unheld are the records, of those that can be kept, which none of the journals has.
func unheld(ctx context.Context, tx Tx, journals []Journal, recs []record.Record) ([]Sealed, error) {
	var out []Sealed
	for _, r := range recs {
		_, sum, err := r.Sum()
		if err != nil || !plain(r.Type) || !plain(r.Txn) {
			continue
		}
		held, err := holds(ctx, tx, journals, r.Seq, sum)
		if err != nil {
			return nil, err
		}
		if !held {
			out = append(out, Sealed{r, sum})
		}
	}
	return out, nil
}

// forkOf is the number of the first record that j has otherwise, where r is that one; else
// it is 0, and came in a batch before.
func forkOf(ctx context.Context, tx Tx, j Journal, r record.Record) (uint64, error) {
	follows, err := holds(ctx, tx, []Journal{j}, r.Seq-1, r.Prev)
	if err != nil || !follows {
		return 0, err
	}
	return r.Seq, nil
}

// isCase reports whether r says once more of a note that nobody can place it, which the
// journal of an incarnation said before the branch left it at fork: it is one note, and one
// case.
func (p *projection) isCase(ctx context.Context, tx Tx, r record.Record, of uint8, fork uint64) (bool, error) {
	e, err := payments.Decode(r)
	again, ok := e.(cash.NoteUnresolved)
	if err != nil || !ok || fork == 0 {
		return false, nil
	}

	events, err := tx.Events(ctx, p.kiosk, r.Txn, maxEvents)
	if err != nil {
		return false, fmt.Errorf("cannot read records of %s: %w", r.Txn, err)
	}
	return slices.ContainsFunc(events, func(old Event) bool {
		e, err := payments.Decode(old.Record())
		was, ok := e.(cash.NoteUnresolved)

		return err == nil && ok && old.Incarnation == of && old.Seq < fork && was.Note == again.Note && was.Value == again.Value
	}), nil
}

// holds reports whether one of the journals has the record of this number and hash.
func holds(ctx context.Context, tx Tx, journals []Journal, seq uint64, sum record.Hash) (bool, error) {
	for _, j := range journals {
		have, err := tx.RecordHash(ctx, j.Kiosk, j.Incarnation, seq)
		if err != nil && !errors.Is(err, stored.ErrNotFound) {
			return false, fmt.Errorf("cannot read record %d: %w", seq, err)
		}
		if err == nil && have == sum {
			return true, nil
		}
	}
	return false, nil
}
