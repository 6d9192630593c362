package cash

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// How long cash may be where it is. Then it is a case.
const (
	mayBeOpen      = 4 * time.Hour // two people at a kiosk that serves nobody meanwhile
	mayBeInTransit = 24 * time.Hour
	mayBeInVault   = 3 * 24 * time.Hour
	mayBeOnItsWay  = 3 * 24 * time.Hour // remitted, and not matched with the bank's line
)

// matter is what a person has to look at, or need not any more.
type matter struct {
	books.Case

	stands bool
}

// matters are those of one collection, whether they stand or not. Each is one case.
// before is the collection of the cassette before, the zero one where that says nothing.
func matters(c, before Collection) []matter {
	if (c.To == Point{}) && c.Refused == "" {
		return nil
	}

	return []matter{evidence(c), counted(c, before), onTheWay(c)}
}

func (c Collection) matter(class string, amount money.Amount, stands bool, text string) matter {
	now := time.UnixMilli(c.UpdatedAt)

	return matter{books.NewCase(c.Kiosk, now, class, c.Serial, "", amount, text), stands}
}

// evidence is that what the kiosk says of a collection is not what its records tell.
func evidence(c Collection) matter {
	text := ""
	divided := c.To != Point{}
	switch {
	case c.Refused != "":
		text = "does not follow: " + c.Refused
	case c.Slip == SlipWrong:
		text = "the hash on the slip is not that of the journal"
	case divided && (c.Kept.Expected() != c.Expected() || c.Kept.OlderNotes == 0 && !slices.Equal(c.Kept.Inside, c.Told)):
		text = fmt.Sprintf("the kiosk says that %s in %d notes were inside, its records say %s in %d", c.Kept.Expected(), collection.Notes(c.Kept.Inside)+c.Kept.OlderNotes, c.Expected(), collection.Notes(c.Told))
	}
	amount := money.Amount(0)
	if divided {
		amount = c.Kept.Expected() - c.Expected()
	}

	return c.matter(books.ClassCollection, amount, text != "", text)
}

// counted is the difference that the two found at the kiosk, and what may have caused it: a
// cassette that was put back full, though another one was said to be in, lacks all here and has
// as much too much the next time.
func counted(c, before Collection) matter {
	was, is := c.Kept.Counted()
	off := was - c.Expected()
	text := fmt.Sprintf("counted %s at the kiosk by %s and %s, expected %s", was, c.Kept.By, c.Kept.With, c.Expected())
	if c.Kept.Reason != "" {
		text += ": " + c.Kept.Reason
	}
	if c.Doubtful > 0 {
		text += fmt.Sprintf(" (%d notes of %s may be in it)", c.Doubtful, c.Doubt)
	}

	if c.Kept.Moved > 0 {
		text += fmt.Sprintf("; the cassette had been taken out %d times before, and nobody counted", c.Kept.Moved)
	}
	if short, was := before.short(); was && off == short {
		text += fmt.Sprintf("; as much was missing from collection %s: its cassette may have been put back with its notes", before.Serial)
	}
	if missing, is := c.short(); is && was == 0 {
		text += fmt.Sprintf("; nothing was counted: if the same cassette was put back, the next collection has %s too much", missing)
	}

	return c.matter(books.ClassCount, off, is && off != 0 && c.Kept.Stage == collection.Ended, text)
}

// short is what the two counted less than expected, and whether they did.
func (c Collection) short() (money.Amount, bool) {
	was, is := c.Kept.Counted()

	return c.Expected() - was, is && was < c.Expected() && c.Kept.Stage == collection.Ended
}

// before is the collection whose cassette was in before that of c, where c has more than was
// expected; else the zero one.
func before(ctx context.Context, tx Tx, c Collection) (Collection, error) {
	if was, is := c.Kept.Counted(); !is || was <= c.Expected() || c.From == (Point{}) {
		return Collection{}, nil
	}
	rows, err := tx.ListCollections(ctx, Filter{Kiosk: c.Kiosk, Limit: stored.MaxList})
	if err != nil {
		return Collection{}, fmt.Errorf("cannot list collections: %w", err)
	}
	i := slices.IndexFunc(rows, func(b Collection) bool { return b.To == c.From })
	if i < 0 {
		return Collection{}, nil
	}

	return rows[i], nil
}

// onTheWay is the difference between the two counts.
func onTheWay(c Collection) matter {
	forged := collection.Sum(c.Receipt.Counterfeit)
	off := c.Genuine() + forged - c.Carried()
	text := fmt.Sprintf("counted %s and %s of counterfeit notes in the vault by %s and %s, carried %s", c.Genuine(), forged, c.Receipt.By, c.Receipt.Approver, c.Carried())

	return c.matter(books.ClassReceipt, off, c.Receipt.At != 0 && off != 0, text)
}

// keepMatter has a case stand, as it is known now, or not stand.
func keepMatter(ctx context.Context, tx Tx, m matter, now time.Time) error {
	had, err := tx.Case(ctx, m.ID)
	switch {
	case err != nil && !errors.Is(err, stored.ErrNotFound):
		return fmt.Errorf("cannot read case %s: %w", m.ID, err)
	case !m.stands:
		return books.CloseIfOpen(ctx, tx, m.ID, "agrees after all", now)
	case err != nil:
		if m.Owner, err = owner(ctx, tx); err != nil {
			return err
		}

		return tx.AddCases(ctx, []books.Case{m.Case})
	case had.Open && (had.Amount != m.Amount || had.Text != m.Text):
		had.Amount, had.Text = m.Amount, m.Text
		had.UpdatedAt = stored.Millis(now)

		return tx.PutCase(ctx, had)
	case !had.Open && (had.ClosedBy == books.ClosedByOffice || had.Amount != m.Amount): // what a person settled was another sum
		return books.Reopen(ctx, tx, had, m.Case)
	}

	return nil
}

// lateCase names the case of cash that is too long where it is: one for each place.
func lateCase(kiosk, of string, p Phase) string {
	return books.NewCase(kiosk, time.Time{}, books.ClassCashLate, of+"-"+string(p), "", 0, "").ID
}

// settleLate closes the cases of the places that a collection has left.
func settleLate(ctx context.Context, tx Tx, c Collection, now time.Time) error {
	for _, p := range []Phase{Underway, InTransit, Received} {
		if p == c.Phase() && (p != InTransit || c.Kept.Stage == collection.Ended) {
			continue
		}
		if p == Underway && c.Kept.Open() { // it is out, and not counted
			continue
		}
		if err := books.CloseIfOpen(ctx, tx, lateCase(c.Kiosk, c.Serial, p), "it went on", now); err != nil {
			return err
		}
	}

	return nil
}

// Watch makes a case of all cash that is too long where it is, each with an owner.
func (v *Vault) Watch(ctx context.Context, now time.Time) error {
	return v.b.Update(ctx, func(tx Tx) error {
		for _, p := range []Phase{Underway, InTransit, Received} {
			if err := watchAll(ctx, tx, p, now); err != nil {
				return err
			}
		}
		page := func(after string) ([]Remittance, error) { return tx.UnmatchedRemittances(ctx, after, stored.MaxList) }

		return eachRemittance(page, func(r Remittance) error {
			late := longer(r.At, now, mayBeOnItsWay)
			text := fmt.Sprintf("remitted on %s by %s and %s, and not matched with the bank", dashed(r.Date), r.By, r.Approver)

			return tooLong(ctx, tx, "", r.ID, Remitted, r.Amount, late, text, now)
		})
	})
}

// watchAll watches all collections in a phase, page by page.
func watchAll(ctx context.Context, tx Tx, p Phase, now time.Time) error {
	for after := ""; ; {
		rows, err := tx.CollectionsIn(ctx, p, after, stored.MaxList)
		if err != nil {
			return fmt.Errorf("cannot list collections: %w", err)
		}
		for _, c := range rows {
			if err := watch(ctx, tx, c, now); err != nil {
				return err
			}
			after = c.Serial
		}
		if len(rows) < stored.MaxList {
			return nil
		}
	}
}

// longer reports whether something has lain for too long since at, Unix ms. So has what a
// clock that was years ahead put off until then.
func longer(at int64, now time.Time, most time.Duration) bool {
	age := now.Sub(time.UnixMilli(at))

	return age > most || age < -most
}

func watch(ctx context.Context, tx Tx, c Collection, now time.Time) error {
	switch {
	case c.Kept.Open() && longer(c.SeenAt, now, mayBeOpen):
		return tooLong(ctx, tx, c.Kiosk, c.Serial, Underway, c.Expected(), true, fmt.Sprintf("open at the kiosk, by %s and %s", c.Kept.By, c.Kept.With), now)
	case c.Phase() == InTransit && longer(c.OutAt, now, mayBeInTransit):
		return tooLong(ctx, tx, c.Kiosk, c.Serial, InTransit, c.Carried(), true, fmt.Sprintf("in transit, with %s and %s", c.Kept.By, c.Kept.With), now)
	case c.Phase() == Received && longer(c.Receipt.At, now, mayBeInVault):
		return tooLong(ctx, tx, c.Kiosk, c.Serial, Received, c.Vaulted(), true, "in the vault, and not remitted", now)
	}

	return nil
}

func tooLong(ctx context.Context, tx Tx, kiosk, of string, p Phase, amount money.Amount, late bool, text string, now time.Time) error {
	if !late {
		return books.CloseIfOpen(ctx, tx, lateCase(kiosk, of, p), "it went on", now)
	}
	c := books.NewCase(kiosk, now, books.ClassCashLate, of+"-"+string(p), "", amount, text)
	if _, err := tx.Case(ctx, c.ID); !errors.Is(err, stored.ErrNotFound) {
		return err
	}
	var err error
	if c.Owner, err = owner(ctx, tx); err != nil {
		return err
	}

	return tx.AddCases(ctx, []books.Case{c})
}

// dashed is a business date as people have it.
func dashed(date string) string {
	t, err := time.Parse(dateForm, date)
	if err != nil {
		return date
	}

	return t.Format(time.DateOnly)
}
