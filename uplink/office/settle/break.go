package settle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// breakID names a break by what makes it the same one.
func breakID(day string, b reconcile.Break) string {
	of := b.Serial
	if of == "" {
		of = "batch " + b.Batch
	}
	h := sha256.Sum256([]byte(day + "\x00" + string(b.Class) + "\x00" + of))
	return "break-" + hex.EncodeToString(h[:8])
}

// said is a break as it is kept.
func said(day string, b reconcile.Break, kiosks map[string]bool) Break {
	out := Break{
		ID: breakID(day, b), Day: day, Class: b.Class, Serial: b.Serial, Batch: b.Batch, Account: b.Account,
		Sides: map[string]money.Amount{}, Proposal: b.Proposal, State: BreakOpen, Of: booksOf(b), Lacks: b.Missing(),
	}
	for n, s := range b.Sides {
		if s.Rows > 0 {
			out.Sides[reconcile.BookName(n)] = s.Amount
		}
	}
	if kiosk, _ := kioskOf(b.Serial); kiosks[kiosk] {
		out.Kiosk = kiosk
	}
	return out
}

// kioskOf is the kiosk whose serial one may be.
func kioskOf(serial string) (string, bool) {
	const digits, serialDigits = 8, 20
	if len(serial) != serialDigits {
		return "", false
	}
	return serial[:digits], true
}

// Amount is what is at stake: the largest difference between two books, or what stands on one
// side only.
func (b Break) Amount() money.Amount {
	var most money.Amount
	least := money.Amount(-1)
	for _, a := range b.Sides {
		most = max(most, a)
		if least < 0 || a < least {
			least = a
		}
	}
	if b.Class == reconcile.Amount {
		return most - least
	}
	return most
}

// Lacking are the books that must have it and have nothing, by name.
func (b Break) Lacking() []string {
	out := []string{}
	for n := range reconcile.MaxBooks {
		if b.Lacks.Has(n) {
			out = append(out, reconcile.BookName(n))
		}
	}

	return out
}

// text is a break for people.
func (b Break) text(why string) string {
	var sides []string
	for n := range reconcile.MaxBooks {
		name := reconcile.BookName(n)
		if a, has := b.Sides[name]; has {
			sides = append(sides, name+" "+a.String())
		} else if b.Lacks.Has(n) {
			sides = append(sides, name+" nothing")
		}
	}
	of := ""
	if b.Batch != "" {
		of = ", batch " + b.Batch
	}
	return stored.Text(fmt.Sprintf("%s of %s%s: %s; %s: %s", b.Class, b.Day, of, strings.Join(sides, ", "), b.Proposal, why))
}

// finish writes what the run found, in one database transaction, if the run is still ours.
func (w *work) finish(ctx context.Context, agreed []Break) (out Result, err error) {
	now := w.clock()
	err = w.room.b.Update(ctx, func(tx Tx) error {
		out = Result{}
		if _, err := mine(ctx, tx, w.day, w.owner); err != nil {
			return err
		}
		d, err := dateOf(ctx, tx, w.day)
		if err != nil {
			return err
		}
		if d.State == Signed {
			return fmt.Errorf("%s: %w", w.day, ErrSigned)
		}

		d.Run++
		d.Version++
		d.Books, d.Missing = w.figures, w.missing
		d.Settlements = w.settled
		d.RanAt, d.UpdatedAt = stored.Millis(now), stored.Millis(now)
		if out.Breaks, err = w.keep(ctx, tx, d, now); err != nil {
			return err
		}
		d.Breaks = int64(len(out.Breaks))
		d.State = stateOf(d)
		out.Date = d
		if err := tx.PutDate(ctx, d); err != nil {
			return lost(err)
		}
		if err := agreeOthers(ctx, tx, agreed, now, fmt.Sprintf("agreed with what the run of %s found", w.day)); err != nil {
			return err
		}
		if err := w.answers(ctx, tx, now); err != nil {
			return err
		}
		if err := w.refusals(ctx, tx, now); err != nil {
			return err
		}
		again := time.Time{}
		if d.State == Incomplete {
			if again, err = w.room.nextTry(w.day, now); err != nil {
				return err
			}
		}
		return ends(ctx, tx, w.day, w.owner, again, now)
	})
	return out, err
}

func stateOf(d Date) State {
	switch {
	case len(d.Missing) > 0:
		return Incomplete
	case d.Breaks > 0:
		return Broken
	}
	return Balanced
}

// keep stores the breaks of a date as this run found them, and returns those that are open.
func (w *work) keep(ctx context.Context, tx Tx, d Date, now time.Time) ([]Break, error) {
	for i := range w.figures {
		w.figures[i].Breaks = 0 // of a try before this one
	}
	before, err := breaksOf(ctx, tx, w.day)
	if err != nil {
		return nil, err
	}
	had := map[string]Break{}
	for _, b := range before {
		had[b.ID] = b
	}
	kiosks, err := tx.Kiosks(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read kiosks: %w", err)
	}
	known := map[string]bool{}
	for _, k := range kiosks {
		known[k.ID] = true
	}

	var rows, open []Break
	for _, f := range w.found {
		b := said(w.day, f, known)
		old, was := had[b.ID]
		delete(had, b.ID)
		b.FirstRun, b.FoundAt = d.Run, stored.Millis(now)
		if was {
			b.FirstRun, b.FoundAt = old.FirstRun, old.FoundAt
		}
		b.Run, b.UpdatedAt = d.Run, stored.Millis(now)
		if err := w.matter(ctx, tx, &b, old, reconcile.Why(f), now); err != nil {
			return nil, err
		}
		rows = append(rows, b)
		if b.State == BreakOpen {
			count(w.figures, b.Of, 1)
			open = append(open, b)
		}
	}
	slices.SortFunc(open, func(x, y Break) int { return strings.Compare(x.ID, y.ID) })
	if err := tx.PutBreaks(ctx, rows); err != nil {
		return nil, fmt.Errorf("cannot store the breaks of %s: %w", w.day, err)
	}

	var gone []Break
	for _, b := range before {
		if _, left := had[b.ID]; left && b.State == BreakOpen {
			b.Run = d.Run
			gone = append(gone, b)
		}
	}
	return open, agreeAll(ctx, tx, gone, now, fmt.Sprintf("agreed at run %d", d.Run))
}

// matter keeps the case of a break. One that a person closed stays closed as long as the books
// say the same of it; what the machine,
// or the kiosk, will tell of a date that is not complete is nobody's work yet.
func (w *work) matter(ctx context.Context, tx Tx, b *Break, old Break, why string, now time.Time) error {
	c, err := tx.Case(ctx, b.ID)
	none := errors.Is(err, stored.ErrNotFound)
	if err != nil && !none {
		return fmt.Errorf("cannot read case %s: %w", b.ID, err)
	}
	same := old.ID == "" || maps.Equal(old.Sides, b.Sides) // else what a person settled was another sum
	if !none && !c.Open && c.ClosedBy != books.ClosedByOffice && same {
		b.State, b.Resolution = BreakClosed, c.Resolution
		return nil
	}
	if none && len(w.missing) > 0 && (b.Proposal == reconcile.Wait || b.Proposal == reconcile.AskKiosk) {
		return nil
	}

	fresh := books.NewCase(b.Kiosk, now, books.ClassBreak, "", b.Serial, b.Amount(), b.text(why))
	fresh.ID = b.ID
	switch {
	case none:
		return tx.AddCases(ctx, []books.Case{fresh})
	case c.Open && c.Text == fresh.Text && c.Amount == fresh.Amount:
		return nil
	case c.Open:
		c.Text, c.Amount = fresh.Text, fresh.Amount
		c.UpdatedAt = stored.Millis(now)
		return tx.PutCase(ctx, c)
	}
	return books.CountCase(ctx, tx, fresh)
}

// agreeAll ends breaks that are not there any more, and their cases.
func agreeAll(ctx context.Context, tx Tx, gone []Break, now time.Time, how string) error {
	for i := range gone {
		gone[i].State, gone[i].Resolution = BreakAgreed, how
		gone[i].UpdatedAt = stored.Millis(now)
		if err := books.CloseIfOpen(ctx, tx, gone[i].ID, how, now); err != nil {
			return err
		}
	}
	if err := tx.PutBreaks(ctx, gone); err != nil {
		return fmt.Errorf("cannot store breaks that agree: %w", err)
	}
	return nil
}

// agreeOthers ends breaks of other dates, those that are still open, and says so of their
// dates. A signed date stays as it was sealed: that its break agreed is the break's to say.
func agreeOthers(ctx context.Context, tx Tx, gone []Break, now time.Time, how string) error {
	of := map[string][]string{}
	for _, b := range gone {
		of[b.Day] = append(of[b.Day], b.ID)
	}
	for _, day := range slices.Sorted(maps.Keys(of)) {
		d, err := tx.Date(ctx, day)
		if err != nil {
			return fmt.Errorf("cannot read date %s: %w", day, err)
		}
		var still []Break
		for _, id := range of[day] {
			b, err := tx.Break(ctx, id)
			if err != nil {
				return fmt.Errorf("cannot read break %s: %w", id, err)
			}
			if b.State == BreakOpen {
				still = append(still, b)
			}
		}
		if err := agreeAll(ctx, tx, still, now, how); err != nil {
			return err
		}
		if d.State == Signed || len(still) == 0 {
			continue
		}
		d.Breaks -= int64(len(still))
		d.Books = slices.Clone(d.Books)
		for _, b := range still {
			count(d.Books, b.Of, -1)
		}
		d.State = stateOf(d)
		d.UpdatedAt = stored.Millis(now)
		d.Version++
		if err := tx.PutDate(ctx, d); err != nil {
			return fmt.Errorf("cannot store date %s: %w", day, err)
		}
	}
	return nil
}
