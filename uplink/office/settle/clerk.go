package settle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/settle/source"
	"wattkiosk/uplink/office/stored"
)

// Source is where the files of a book come from.
type Source struct {
	Book string
	Part string // which of several that the book has for a date; empty where it has one
	source.Source
}

// bookName is what the notes of a run, and cases, call a book, or one of its parts.
func bookName(book, part string) string {
	if part == "" {
		return book
	}

	return book + " " + part
}

// Clerk reconciles by itself: each date when it is over, and again what is not complete. Any
// number of head offices may have one; whoever is first does it.
type Clerk struct {
	Room    *Room
	Owner   string // name of the head office
	Sources []Source
	Clock   func() time.Time
	Dir     string // for files on their way in; empty is the system's
	Log     *slog.Logger
}

// lookEvery is how often the clerk looks at what is due.
const lookEvery = time.Minute

// Run looks at what is due until ctx ends.
func (c *Clerk) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := c.Look(ctx); err != nil && ctx.Err() == nil {
			c.Log.Error("cannot reconcile", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Look does what is due now: the oldest date first.
func (c *Clerk) Look(ctx context.Context) error {
	now := c.Clock()
	if err := errors.Join(c.Room.Abandon(ctx, now), c.Room.Plan(ctx, now)); err != nil {
		return err
	}
	days, err := c.Room.DueDays(ctx, now, stored.MaxList)
	if err != nil {
		return fmt.Errorf("cannot read what is due: %w", err)
	}
	for _, day := range days {
		r, err := c.Reconcile(ctx, day)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrBusy):
		case err != nil:
			c.Log.Error("cannot reconcile a date", "date", day, "error", err)
		default:
			c.Log.Info("date reconciled", "date", day, "state", r.Date.State, "breaks", r.Date.Breaks, "missing", len(r.Date.Missing))
		}
	}

	return c.Room.Remind(ctx, now)
}

// Reconcile fetches the files of a date, and runs it.
func (c *Clerk) Reconcile(ctx context.Context, day string) (Result, error) {
	if err := begun(day, c.Room.Zone(), c.Clock()); err != nil {
		return Result{}, err
	}
	notes, err := c.fetch(ctx, day)
	if err != nil {
		return Result{}, err
	}

	return c.Room.run(ctx, day, c.Owner, notes, c.Clock)
}

// noneYet is the note of a book of which the other side has no file.
const noneYet = "the other side has no file of it yet"

// fetchedBy begins the name in File.By of a file that no person brought.
const fetchedBy = "fetched by "

// fetch takes in what the sources have of a date, and says by book why there is nothing. A
// file that a person brought is not looked for: it takes the place of the one that is fetched.
func (c *Clerk) fetch(ctx context.Context, day string) (notes map[string]string, err error) {
	d, err := c.Room.Detail(ctx, day)
	if err != nil || d.Date.State == Signed {
		return nil, err
	}
	brought := map[string]bool{}
	for _, f := range standing(d.Files) {
		if !strings.HasPrefix(f.By, fetchedBy) {
			brought[bookName(f.Kind, f.Part)] = true
		}
	}

	notes = map[string]string{}
	for _, s := range c.Sources {
		name := bookName(s.Book, s.Part)
		if brought[name] {
			continue
		}
		err := c.take(ctx, s, day)
		var faults *form.Faults
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err == nil:
		case errors.Is(err, ErrBusy):
			return nil, err // another head office is at it
		case errors.Is(err, source.ErrNotYet):
			notes[name] = noneYet
		case errors.As(err, &faults):
			notes[name] = "its file is refused: " + faults.Error()
		default:
			notes[name] = "its file cannot be fetched: " + err.Error()
		}
		if notes[name] != "" {
			c.Log.Warn("no book", "book", name, "date", day, "why", notes[name])
		}
	}

	return notes, nil
}

// Bring takes in a file that a person brings, all of it or nothing, as Room.Import does; from
// is read once, into a temporary file.
func (c *Clerk) Bring(ctx context.Context, in Incoming, from io.Reader) (f File, fresh bool, err error) {
	err = Spool(c.Dir, from, func(spooled *os.File) (err error) {
		f, fresh, err = c.Room.Import(ctx, in, spooled, c.Clock)

		return err
	})

	return f, fresh, err
}

// take fetches one file into a temporary one, and takes that in.
func (c *Clerk) take(ctx context.Context, s Source, day string) (err error) {
	name, from, err := s.Open(ctx, day)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()

	return Spool(c.Dir, from, func(f *os.File) error {
		// A source gives whole files only, so that one without a byte is a day without payments.
		_, _, err := c.Room.Import(ctx, Incoming{Kind: s.Book, Part: s.Part, Day: day, Name: name, By: fetchedBy + c.Owner, Quiet: true}, f, c.Clock)

		return err
	})
}

// Spool has use read a stream from a temporary file in dir, which has no name any more: it is
// gone afterwards, also after a kill.
func Spool(dir string, from io.Reader, use func(*os.File) error) (err error) {
	f, err := os.CreateTemp(dir, "book-")
	if err != nil {
		return fmt.Errorf("cannot spool a file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := os.Remove(f.Name()); err != nil {
		return fmt.Errorf("cannot spool a file: %w", err)
	}
	if _, err := io.Copy(f, from); err != nil {
		return fmt.Errorf("cannot read to the end: %w", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("cannot read a spooled file: %w", err)
	}

	return use(f)
}

// remindDays is of how many dates that are not signed people are reminded, the oldest first:
// in that order they are signed.
const remindDays = 30

// Remind keeps a case of each date that is not signed by the hour at which it should be, and
// tells others of it later (Escalation).
func (r *Room) Remind(ctx context.Context, now time.Time) error {
	dates, err := r.Unsigned(ctx, remindDays)
	if err != nil {
		return fmt.Errorf("cannot read dates: %w", err)
	}
	for _, d := range dates {
		late, err := at(d.Day, 24+signHour, r.rules.Zone)
		if err != nil {
			return err
		}
		if now.Before(late) {
			continue
		}
		why := "not signed: " + string(d.State)
		if len(d.Missing) > 0 {
			why = "not complete: " + strings.Join(d.Missing, "; ")
		}
		c := books.NewCase("", now, books.ClassUnsigned, d.Day, "", 0, "date "+d.Day+" is "+why)
		if err := r.b.Update(ctx, func(tx Tx) error { return remind(ctx, tx, d.Day, c) }); err != nil {
			return fmt.Errorf("cannot remind of %s: %w", d.Day, err)
		}
		if err := DeadlinesOf(r).escalate(ctx, d.Day, now); err != nil {
			return err
		}
	}

	return nil
}

// remind keeps the case of a date that is still not signed.
func remind(ctx context.Context, tx Tx, day string, c books.Case) error {
	d, err := dateOf(ctx, tx, day)
	if err != nil || d.State == Signed {
		return err
	}
	had, err := tx.Case(ctx, c.ID)
	switch {
	case errors.Is(err, stored.ErrNotFound):
		return tx.AddCases(ctx, []books.Case{c})
	case err != nil || !had.Open || had.Text == c.Text:
		return err
	}
	had.Text, had.UpdatedAt = c.Text, c.UpdatedAt

	return tx.PutCase(ctx, had)
}

// unsignedCase is the ID of the case of a date that is not signed in time.
func unsignedCase(day string) string {
	return books.NewCase("", time.Time{}, books.ClassUnsigned, day, "", 0, "").ID
}
