package settle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// RefusedCase is the ID of the case of a book of a date, or of one of its parts, of which a
// file stands, and a later one could not be taken in.
func RefusedCase(day, book string) string {
	return books.NewCase("", time.Time{}, books.ClassBookFile, refusedRef(day, book), "", 0, "").ID
}

func refusedRef(day, book string) string { return day + "-" + strings.ReplaceAll(book, " ", "-") }

// refusals keep a case of each book that has a file, and whose source has another one now that
// is refused or cannot be fetched: the date goes by the old one. The case is closed by the
// first run that fetches it again.
func (w *work) refusals(ctx context.Context, tx Tx, now time.Time) error {
	names := slices.Clone(bookNames)
	for _, f := range w.files {
		if name := bookName(f.Kind, f.Part); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, book := range names {
		id := RefusedCase(w.day, book)
		stands := slices.ContainsFunc(w.files, func(f File) bool { return bookName(f.Kind, f.Part) == book })
		why, failed := w.notes[book]
		if w.notes == nil || failed && why == noneYet { // nothing was fetched, or there is nothing new
			continue
		}
		if !failed || !stands { // without a file the date says so itself
			if err := books.CloseIfOpen(ctx, tx, id, "fetched again", now); err != nil {
				return err
			}
			continue
		}
		fresh := books.NewCase("", now, books.ClassBookFile, refusedRef(w.day, book), "", 0, stored.Text("book "+book+" of "+w.day+": "+why))
		c, err := tx.Case(ctx, id)
		switch {
		case errors.Is(err, stored.ErrNotFound):
			err = tx.AddCases(ctx, []books.Case{fresh})
		case err != nil:
			err = fmt.Errorf("cannot read case %s: %w", id, err)
		case !c.Open:
			err = books.CountCase(ctx, tx, fresh)
		case c.Text != fresh.Text:
			c.Text, c.UpdatedAt = fresh.Text, fresh.UpdatedAt
			err = tx.PutCase(ctx, c)
		}
		if err != nil {
			return err
		}
	}

	return nil
}
