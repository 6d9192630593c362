package books

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/stored"
)

// Ingest stores a kiosk's records and what follows from them in one database
// transaction, and returns the end of the kiosk's journal as it is then stored.
// Repeats are harmless, those of an older journal of the kiosk too: a board that was
// replaced may have had a batch on its way. Errors that leave the books as they were,
// except for what is said here:
//
//	ErrUnknown       the kiosk was never enrolled
//	ErrGap           records are missing before these; the head is returned. If it
//	                 lasts, an alarm and a case are stored
//	record.ErrChain  the records do not follow; they are kept beside the journal, an
//	                 alarm and a case are stored, and new orders of the kiosk are held
//	                 until records follow again
//
// The acknowledgement of a head is true whenever the error is nil or ErrGap. Records that
// fork the journal, or go on with a branch of it, are no error: the head is that of the
// branch then, and Forked (see fork.go).
func (s *Keeper) Ingest(ctx context.Context, kiosk string, recs []record.Record, now time.Time) (End, error) {
	var head End
	err := s.update(ctx, func(tx Tx) (verdict, err error) {
		j, err := tx.Journal(ctx, kiosk)
		if errors.Is(err, stored.ErrNotFound) {
			return nil, fmt.Errorf("%w: %.64q", ErrUnknown, kiosk)
		}
		if err != nil {
			return nil, err
		}
		head = End{j.Head, j.Forked > 0}
		fresh, broken, err := follow(ctx, tx, j, recs)
		if err == nil && broken != nil {
			broken, err = unlessOlder(ctx, tx, j, recs, broken)
		}
		left := uint8(0)
		if err == nil && broken != nil {
			left, err = leftOn(ctx, tx, j, recs)
		}
		if err == nil && broken != nil && left == 0 {
			branch, known, err := strays(ctx, tx, s, j, recs, now)
			if known || err != nil {
				head = End{branch, true}
				return nil, err
			}
		}
		switch {
		case err != nil:
			return nil, err
		case left != 0:
			return errors.Join(record.ErrChain, broken), goesOn(ctx, tx, j, recs, left, now)
		case errors.Is(broken, record.ErrChain):
			return broken, breakChain(ctx, tx, j, recs, broken, now)
		case errors.Is(broken, ErrGap):
			return broken, gap(ctx, tx, j, recs[0].Seq, now)
		case broken != nil || len(fresh) == 0:
			return broken, nil
		}
		if j, err = s.keep(ctx, tx, j, fresh, now); err != nil {
			return nil, err
		}
		head.Head = j.Head
		return nil, nil
	})
	return head, err
}

// follow checks recs against the stored journal and returns those that are new.
func follow(ctx context.Context, tx Tx, j Journal, recs []record.Record) (fresh []Sealed, broken, err error) {
	if len(recs) == 0 {
		return nil, nil, nil
	}
	if first := recs[0].Seq; first > j.Head.Seq+1 || first == 0 {
		return nil, fmt.Errorf("%w: from %d, have %d", ErrGap, first, j.Head.Seq), nil
	}
	last := recs[len(recs)-1]
	if last.Seq <= j.Head.Seq {
		broken, err := sameAsStored(ctx, tx, j, last)
		return nil, broken, err
	}
	head := j.Head
	for _, r := range recs {
		if r.Seq <= j.Head.Seq {
			continue
		}
		if !plain(r.Type) || !plain(r.Txn) {
			return nil, fmt.Errorf("%w: record %d has a type or serial that is not plain", record.ErrChain, r.Seq), nil
		}
		next, err := head.Follow(r)
		if err != nil {
			return nil, errors.Join(record.ErrChain, err), nil
		}
		head = next
		fresh = append(fresh, Sealed{r, head.Hash})
	}
	return fresh, nil, nil
}

func sameAsStored(ctx context.Context, tx Tx, j Journal, r record.Record) (broken, err error) {
	have, err := tx.RecordHash(ctx, j.Kiosk, j.Incarnation, r.Seq)
	if err != nil {
		return nil, fmt.Errorf("cannot read record %d: %w", r.Seq, err)
	}
	_, sum, err := r.Sum()
	if err != nil || sum != have {
		return fmt.Errorf("%w: record %d differs from the one stored", record.ErrChain, r.Seq), nil
	}
	return nil, nil
}

// unlessOlder is broken, or nil if an older journal of the kiosk holds the records: they
// say nothing about j.
func unlessOlder(ctx context.Context, tx Tx, j Journal, recs []record.Record, broken error) (error, error) {
	older, err := olderJournals(ctx, tx, j)
	if err != nil {
		return nil, err
	}

	last := recs[len(recs)-1]
	for _, old := range older {
		if last.Seq == 0 || last.Seq > old.Head.Seq {
			continue
		}
		differs, err := sameAsStored(ctx, tx, old, last)
		if err != nil {
			return nil, err
		}
		if differs == nil {
			return nil, nil
		}
	}
	return broken, nil
}

// olderJournals are the journals of j's kiosk before j.
func olderJournals(ctx context.Context, tx Tx, j Journal) ([]Journal, error) {
	all, err := tx.JournalsOf(ctx, j.Kiosk)
	if err != nil {
		return nil, fmt.Errorf("cannot read journals of kiosk %s: %w", j.Kiosk, err)
	}
	return slices.DeleteFunc(all, func(o Journal) bool { return o.Incarnation >= j.Incarnation || o.Branch() }), nil
}

// keep stores new records and their projections, and returns the journal as it then is.
func (s *Keeper) keep(ctx context.Context, tx Tx, j Journal, fresh []Sealed, now time.Time) (Journal, error) {
	last := fresh[len(fresh)-1]
	if err := gapFilled(ctx, tx, j, now); err != nil {
		return j, err
	}
	j.Head = record.Head{Seq: last.Seq, Hash: last.Hash}
	j.GapSince, j.Broken, j.ClockLost = 0, false, last.Trust == record.Untrusted
	j.UpdatedAt = stored.Millis(now)

	p := newProjection(j, stored.Millis(now))
	if err := p.load(ctx, tx, j, fresh); err != nil {
		return j, err
	}
	if err := tx.AddRecords(ctx, j.Kiosk, j.Incarnation, fresh); err != nil {
		return j, fmt.Errorf("cannot store records: %w", err)
	}
	for _, r := range fresh {
		if err := p.takes(ctx, tx, r.Record); err != nil {
			return j, err
		}
	}
	p.alarm(Alarm{Code: AlarmChain}) // what follows ends these alarms
	p.alarm(Alarm{Code: AlarmGap})
	if err := p.save(ctx, tx); err != nil {
		return j, err
	}

	if err := s.order(ctx, tx, j, p.orders, now); err != nil {
		return j, err
	}
	if err := s.recall(ctx, tx, p.touched(), now); err != nil {
		return j, err
	}
	if err := voided(ctx, tx, p.touched(), now); err != nil {
		return j, err
	}
	if err := delivers(ctx, tx, p.touched(), now); err != nil {
		return j, err
	}
	if err := release(ctx, tx, p.orders, now); err != nil {
		return j, fmt.Errorf("cannot release held orders: %w", err)
	}
	return j, tx.PutJournal(ctx, j)
}

// takes projects one record; of a payment that another side of a fork has it makes cases of
// the money only.
func (p *projection) takes(ctx context.Context, tx Tx, r record.Record) error {
	if !p.beside[r.Txn] {
		p.apply(r)
		return nil
	}
	old, err := p.isCase(ctx, tx, r, p.forkOf, p.forkAt)
	if err == nil && !old {
		p.branched(r)
	}

	return err
}

// order makes sure of the postings that records order.
func (s *Keeper) order(ctx context.Context, tx Tx, j Journal, orders []Order, now time.Time) error {
	if len(orders) == 0 {
		return nil
	}
	check, err := newChecker(ctx, tx, j)
	if err != nil {
		return err
	}
	_, verdicts, err := s.ensureAll(ctx, tx, check, orders, recallGrace, now)
	if err != nil {
		return err
	}
	var cases []Case
	for i, o := range orders {
		if errors.Is(verdicts[i], ErrOrder) { // a conflict has its case already
			cases = append(cases, newCase(o.Kiosk, stored.Millis(now), ClassUnreadable, o.Serial, o.Serial, o.Amount, verdicts[i].Error()))
		}
	}
	if err := tx.AddCases(ctx, cases); err != nil {
		return fmt.Errorf("cannot store cases: %w", err)
	}
	return nil
}

func breakChain(ctx context.Context, tx Tx, j Journal, recs []record.Record, why error, now time.Time) error {
	p := newProjection(j, stored.Millis(now))
	p.alarm(Alarm{Code: AlarmChain, On: true, Detail: why.Error()})
	ref := fmt.Sprintf("%d-%d", j.Incarnation, j.Head.Seq)
	p.open(ClassChain, ref, "", 0, fmt.Sprintf("records %d to %d: %v", recs[0].Seq, recs[len(recs)-1].Seq, why))
	if err := branch(ctx, tx, p, j, recs); err != nil {
		return fmt.Errorf("cannot keep a branch: %w", err)
	}
	if err := p.save(ctx, tx); err != nil {
		return err
	}

	j.Broken, j.UpdatedAt = true, stored.Millis(now)
	return tx.PutJournal(ctx, j)
}

// goesOn keeps what a board writes whose side of a fork two people left: as evidence, with a
// case of all money in it. Orders of the kiosk are not held because of it.
func goesOn(ctx context.Context, tx Tx, j Journal, recs []record.Record, left uint8, now time.Time) error {
	p := newProjection(j, stored.Millis(now))
	p.incarnation, p.left = left, branchName(Journal{Incarnation: left, Of: j.Incarnation})
	text := fmt.Sprintf("the board whose side of the journal was left goes on: record %d", recs[len(recs)-1].Seq)
	p.alarm(Alarm{Code: AlarmChain, On: true, Detail: text})
	p.open(ClassChain, "left-"+p.left, "", 0, text)
	if err := branch(ctx, tx, p, j, recs); err != nil {
		return fmt.Errorf("cannot keep a branch: %w", err)
	}

	return p.save(ctx, tx)
}

// plain reports whether s is printable ASCII, as every type and serial is.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}
