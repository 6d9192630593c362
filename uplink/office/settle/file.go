package settle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// Forms are those of the books' files, by book.
func Forms() map[string]form.Kind {
	return map[string]form.Kind{MIS: form.Ledger104, CardSystem: form.Ledger104, POSP: form.POSPDetail, Acquirer: form.Acquirer, Bank: form.BankCSV}
}

// Incoming is a file on its way in.
type Incoming struct {
	Kind string // name of the book
	Part string // which of several that the book has for a date; empty where it has one
	Day  string // YYYYMMDD
	Name string // for faults, and for people
	By   string // a person, or a head office
	// Quiet says that it is known to be whole, so that one without a byte is a day without
	// payments (form.Options).
	Quiet bool
}

const (
	linesAtOnce = 1000             // lines of one commit
	loadLease   = 10 * time.Minute // for which one who stores lines is taken to be at it
)

// Import takes in a file, all of it or nothing. What is wrong with it is a *form.Faults. The
// same file again is no second one, and the one that stands is returned with false. A date
// that is signed is ErrSigned, and a part of a book that has none is
// ErrNoPart; a file that another takes in at the same time is ErrBusy. The
// date is due again if it was run before.
//
// The file is read twice, from its present place on. clock is asked as it goes. What a person
// brings for a signed date, and what is wrong with it, is in the audit log.
func (r *Room) Import(ctx context.Context, in Incoming, from io.ReadSeeker, clock func() time.Time) (f File, fresh bool, err error) {
	f, fresh, err = r.takeIn(ctx, in, from, clock)
	var faults *form.Faults
	if strings.HasPrefix(in.By, fetchedBy) || !errors.Is(err, ErrSigned) && !errors.As(err, &faults) {
		return f, fresh, err
	}

	return f, fresh, errors.Join(err, r.b.Update(context.WithoutCancel(ctx), func(tx Tx) error {
		return people.AddRefused(ctx, tx, people.Audit{
			At: stored.Millis(clock()), User: in.By, Action: "import " + in.Kind, Object: in.Day, Reason: in.Name + ": " + err.Error(),
		})
	}))
}

func (r *Room) takeIn(ctx context.Context, in Incoming, from io.ReadSeeker, clock func() time.Time) (f File, fresh bool, err error) {
	kind, known := Forms()[in.Kind]
	if !known {
		return f, false, fmt.Errorf("%w: %.20q", ErrKind, in.Kind)
	}
	if err := begun(in.Day, r.rules.Zone, clock()); err != nil {
		return f, false, err
	}
	if !partName(in.Part) {
		return f, false, fmt.Errorf("part %.20q: %w", in.Part, ErrPart)
	}
	if !r.rules.hasPart(in.Kind, in.Part) {
		return f, false, fmt.Errorf("part %.20q of %s: %w", in.Part, in.Kind, ErrNoPart)
	}
	begin, err := from.Seek(0, io.SeekCurrent)
	if err != nil {
		return f, false, fmt.Errorf("cannot read %s: %w", in.Name, err)
	}
	options := form.Options{Name: in.Name, Date: in.Day, Zone: r.rules.Zone, Quiet: in.Quiet, Detail: r.rules.Detail}
	if b, has := r.rules.Bills[in.Part]; has && in.Part != "" {
		options.Bill = &b
	}
	sum, err := form.Read(kind, from, options, func(form.Entry) error { return nil })
	if err != nil {
		return f, false, err
	}

	now := clock()
	f = File{
		ID: fileID(in, sum.SHA256), Day: in.Day, Kind: in.Kind, Part: stored.Text(in.Part), Name: stored.Text(in.Name), Count: sum.Count, Sum: sum.Sum, Backs: sum.Backs, Back: sum.Back, SHA256: sum.SHA256,
		State: Loading, By: in.By, At: stored.Millis(now), Owner: token(in.By), Until: stored.Millis(now.Add(loadLease)),
	}
	if f, fresh, err = r.begin(ctx, f, now); err != nil || !fresh {
		return f, false, err
	}
	if _, err = from.Seek(begin, io.SeekStart); err == nil {
		f, err = r.store(ctx, kind, f, from, options, clock)
	}
	if err == nil {
		f, err = r.whole(ctx, f, clock())
	}
	if err != nil {
		return f, false, errors.Join(err, r.drop(context.WithoutCancel(ctx), f))
	}

	return f, true, nil
}

// hasPart reports whether a book may have a part: one that has a file of its own beside a part of
// it would have each payment twice. Which acquirers there are is not known here.
func (r Rules) hasPart(kind, part string) bool {
	return part == "" || kind == Acquirer || slices.ContainsFunc(r.Books, func(b Book) bool { return b.Name == kind && b.Part == part })
}

// partName reports whether a part of a book may be called so.
func partName(s string) bool {
	const longest = 40

	return len(s) <= longest && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// drop takes a file back that did not become whole, if it is still ours.
func (r *Room) drop(ctx context.Context, f File) error {
	return r.b.Update(ctx, func(tx Tx) error {
		had, err := tx.BookFile(ctx, f.ID)
		if errors.Is(err, stored.ErrNotFound) || err == nil && (had.State != Loading || had.Owner != f.Owner) {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.DropFile(ctx, f.ID)
	})
}

// fileID names a file by what makes it the same file.
func fileID(in Incoming, sum string) string {
	h := sha256.Sum256([]byte(in.Day + "\x00" + in.Kind + "\x00" + in.Part + "\x00" + sum))
	return in.Day + "-" + in.Kind + "-" + hex.EncodeToString(h[:12])
}

// begin makes the row of a file, unless it is there and stands. One that stood before and was
// replaced since stands again. What another left behind half stored is thrown away.
func (r *Room) begin(ctx context.Context, f File, now time.Time) (out File, fresh bool, err error) {
	err = r.b.Update(ctx, func(tx Tx) error {
		out, fresh = f, true
		if err := unsigned(ctx, tx, f.Day); err != nil {
			return err
		}
		had, err := tx.BookFile(ctx, f.ID)
		switch {
		case errors.Is(err, stored.ErrNotFound):
		case err != nil:
			return fmt.Errorf("cannot read file %s: %w", f.ID, err)
		case had.State == Loading && had.Until > stored.Millis(now):
			return fmt.Errorf("file %s: %w", f.ID, ErrBusy)
		case had.State == Loading:
			if err := tx.DropFile(ctx, f.ID); err != nil {
				return err
			}
		case had.Stands():
			out, fresh = had, false
			return nil
		default:
			out, fresh = had, false
			out.ReplacedAt, out.At = 0, stored.Millis(now)
			out.By = f.By
			out.Version++
			return errors.Join(takePlace(ctx, tx, out, "import again", now), tx.PutFile(ctx, out), again(ctx, tx, f.Day, now))
		}
		out.Version = 1
		return tx.PutFile(ctx, out)
	})
	return out, fresh, err
}

// unsigned says whether a date may be changed.
func unsigned(ctx context.Context, tx DateTx, day string) error {
	d, err := dateOf(ctx, tx, day)
	if err == nil && d.State == Signed {
		err = fmt.Errorf("%s: %w", day, ErrSigned)
	}
	return err
}

// store stores the lines of a file, chunk by chunk.
func (r *Room) store(ctx context.Context, kind form.Kind, f File, from io.Reader, o form.Options, clock func() time.Time) (File, error) {
	lines := make([]Line, 0, linesAtOnce)
	flush := func() (err error) {
		if len(lines) > 0 {
			f, err = r.chunk(ctx, f, lines, clock())
		}
		lines = lines[:0]
		return err
	}
	if f.Count == 0 {
		return f, nil
	}
	sum, err := form.Read(kind, from, o, func(e form.Entry) error {
		lines = append(lines, lineOf(f, e))
		if len(lines) < linesAtOnce {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err == nil && sum.SHA256 != f.SHA256 {
		err = fmt.Errorf("%s was changed while it was read", f.Name)
	}
	return f, err
}

// lineOf is a line as it is kept.
func lineOf(f File, e form.Entry) Line {
	l := Line{
		File: f.ID, Serial: stored.Text(e.Serial), N: e.Line, Account: stored.Text(e.Account), Batch: stored.Text(e.Batch), Terminal: stored.Text(e.Terminal), Trace: stored.Text(e.Trace),
		Reference: stored.Text(e.Reference), Amount: e.Amount, At: stored.Millis(e.At), State: e.State,
	}
	if l.Serial == "" {
		l.Serial = unnamed(l.Terminal, l.Trace)
	}
	return l
}

// unnamed is what a line is called that has no serial of ours.
func unnamed(terminal, trace string) string {
	return POSP + "-" + terminal + "-" + strings.Repeat("0", max(0, traceDigits-len(trace))) + trace
}

const traceDigits = 6

// chunk stores some lines, if the file is still ours to store.
func (r *Room) chunk(ctx context.Context, f File, lines []Line, now time.Time) (File, error) {
	next := f
	next.Version++
	next.Until = stored.Millis(now.Add(loadLease))
	err := r.b.Update(ctx, func(tx Tx) error {
		if err := tx.PutFile(ctx, next); err != nil {
			return lost(err)
		}
		return tx.AddLines(ctx, lines)
	})
	if err != nil {
		return f, err
	}
	return next, nil
}

// lost says of a row that another saved that it was taken over.
func lost(err error) error {
	if errors.Is(err, stored.ErrStale) || errors.Is(err, stored.ErrNotFound) {
		return ErrLost
	}
	return err
}

// whole makes a file count, in the place of those before it, and its date due again.
func (r *Room) whole(ctx context.Context, f File, now time.Time) (File, error) {
	w := f
	w.State, w.Owner = Whole, ""
	w.Until = 0
	w.Version++
	err := r.b.Update(ctx, func(tx Tx) error {
		if err := unsigned(ctx, tx, f.Day); err != nil {
			return err
		}
		if err := takePlace(ctx, tx, w, "import", now); err != nil {
			return err
		}
		if err := tx.PutFile(ctx, w); err != nil {
			return lost(err)
		}
		return again(ctx, tx, f.Day, now)
	})
	if err != nil {
		return f, err
	}
	return w, nil
}

// takePlace takes the place of the files of the same kind, part and date. The trail is
// written first: that locks the end of the audit log, so that of two files which become
// whole at the same time the later one sees the earlier.
func takePlace(ctx context.Context, tx Tx, f File, act string, now time.Time) error {
	if err := told(ctx, tx, f, act, now); err != nil {
		return err
	}
	files, err := tx.FilesOf(ctx, f.Day)
	if err != nil {
		return fmt.Errorf("cannot read the files of %s: %w", f.Day, err)
	}
	for _, o := range files {
		if o.ID == f.ID || o.Kind != f.Kind || o.Part != f.Part || !o.Stands() {
			continue
		}
		o.ReplacedAt = stored.Millis(now)
		o.Version++
		if err := tx.PutFile(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// told is the trail of a file.
func told(ctx context.Context, tx people.AuditTx, f File, act string, now time.Time) error {
	return tx.AddAudit(ctx, people.Audit{
		At: stored.Millis(now), User: f.By, Action: act + " " + f.Kind, Object: f.ID,
		Reason: stored.Text(fmt.Sprintf("%s: %d lines, %s yuan, sha256 %s", f.Name, f.Count, f.Sum, f.SHA256)),
	})
}

// Abandon throws away what was left half stored. A head office calls it when it starts, and
// at times.
func (r *Room) Abandon(ctx context.Context, now time.Time) error {
	return r.b.Update(ctx, func(tx Tx) error {
		files, err := tx.LoadingFiles(ctx)
		if err != nil {
			return err
		}
		for _, f := range files {
			if f.Until > stored.Millis(now) {
				continue
			}
			if err := tx.DropFile(ctx, f.ID); err != nil {
				return err
			}
		}
		return nil
	})
}
