package settle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// Sealed is what a date is sealed with. Its JSON is what the seal is of.
type Sealed struct {
	Day      string       `json:"day"`
	Run      int64        `json:"run"`
	Books    []Figures    `json:"books"`
	Settled  []Settlement `json:"settled,omitempty"` // of batches of bank terminals
	Breaks   string       `json:"breaks"`            // SHA-256 over all breaks that the date ever had
	Carried  []Carried    `json:"carried"`           // of these: those that were open
	Files    []SealedFile `json:"files"`
	Ledger   string       `json:"ledger"`   // number and hash of the last entry; empty without entries
	Journals []SealedHead `json:"journals"` // of all kiosks, by number
	SignedBy string       `json:"signed_by"`
	SignedAt int64        `json:"signed_at"`
	Before   string       `json:"before"` // seal of the date before; empty for the first one
}

// SealedFile is a file that counted. Lines is the SHA-256 over its lines as they are stored.
type SealedFile struct {
	ID    string `json:"id"`
	Lines string `json:"lines"`
}

// Carried is an open break that somebody works on when its date is signed.
type Carried struct {
	ID    string `json:"id"`
	Owner string `json:"owner"`
	Next  string `json:"next"`
}

// SealedHead is the end of a journal as head office held it.
type SealedHead struct {
	Kiosk       string `json:"kiosk"`
	Incarnation uint8  `json:"incarnation"`
	Seq         uint64 `json:"seq"`
	Hash        string `json:"hash"`
}

// ErrDue says that a date has to be run again before it can be signed.
var ErrDue = errors.New("something came since its last run: it is to be run again first")

// ErrLater says that a later date is signed.
var ErrLater = errors.New("a later date is signed, and has to be opened again first")

// Sign seals a date. ErrIncomplete says that it was not run, or is not complete; ErrDue that
// it is to be run again; ErrUnhandled that an open break has no owner or no next step;
// ErrBefore that the date before it is not signed; ErrAltered that it is, and what it was sealed
// with is not what head office holds any more: no seal is put on top of that.
func (r *Room) Sign(ctx context.Context, day, person string, now time.Time) (Date, error) {
	if r.accounts != nil {
		if _, err := r.accounts.Post(ctx, now); err != nil {
			return Date{}, fmt.Errorf("cannot post the entries: %w", err)
		}
	}
	if err := standsOn(ctx, r, day); err != nil {
		return Date{}, err
	}
	files, err := r.sealFiles(ctx, day)
	if err != nil {
		return Date{}, err
	}
	var d Date
	err = r.b.Update(ctx, func(tx Tx) (err error) {
		if d, err = dateOf(ctx, tx, day); err != nil {
			return err
		}
		body, err := r.sealable(ctx, tx, d)
		if err != nil {
			return err
		}
		if body.Files, err = stillThese(ctx, tx, day, files); err != nil {
			return err
		}
		if r.accounts != nil {
			head, err := r.accounts.SealIn(ctx, tx, day, now)
			if err != nil {
				return fmt.Errorf("cannot seal the entries: %w", err)
			}
			body.Ledger = fmt.Sprintf("%d %x", head.N, head.Hash)
		}
		body.SignedBy, body.SignedAt = person, stored.Millis(now)
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}

		d.State, d.Sealed = Signed, string(text)
		d.Seal = sealOf(d.Sealed)
		d.SignedBy, d.SignedAt = person, stored.Millis(now)
		d.UpdatedAt = stored.Millis(now)
		d.Version++
		if err := tx.PutDate(ctx, d); err != nil {
			return lost(err)
		}
		if err := books.CloseIfOpen(ctx, tx, unsignedCase(day), "signed", now); err != nil {
			return err
		}
		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: person, Action: "sign date", Object: day, Reason: d.Seal})
	})
	return d, err
}

// standsOn looks whether the date before is as it was sealed, if it is signed.
func standsOn(ctx context.Context, r *Room, day string) error {
	earlier, err := r.Dates(ctx, day, 1)
	if err != nil || len(earlier) == 0 || earlier[0].State != Signed {
		return err
	}
	wrong, err := r.Unsealed(ctx, earlier[0])
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s, %s: %w", wrong[0].Day, wrong[0].Text, ErrAltered)
	}

	return nil
}

func sealOf(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// sealFiles are the files of a date that count, with what is in them.
func (r *Room) sealFiles(ctx context.Context, day string) ([]SealedFile, error) {
	files, err := stored.View(ctx, r.b, func(tx Tx) ([]File, error) { return tx.FilesOf(ctx, day) })
	if err != nil {
		return nil, fmt.Errorf("cannot read the files of %s: %w", day, err)
	}
	out := []SealedFile{}
	for _, f := range standing(files) {
		lines, err := r.linesDigest(ctx, f.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, SealedFile{f.ID, lines})
	}
	return out, nil
}

// stillThese says that the files of a date are the ones that were looked at.
func stillThese(ctx context.Context, tx FileTx, day string, looked []SealedFile) ([]SealedFile, error) {
	files, err := tx.FilesOf(ctx, day)
	if err != nil {
		return nil, fmt.Errorf("cannot read the files of %s: %w", day, err)
	}
	same := slices.EqualFunc(standing(files), looked, func(f File, s SealedFile) bool { return f.ID == s.ID })
	if !same {
		return nil, fmt.Errorf("%s: %w", day, ErrDue)
	}
	return looked, nil
}

// sealable is what a date is to be sealed with, but for who does it, or why it cannot be.
func (r *Room) sealable(ctx context.Context, tx Tx, d Date) (Sealed, error) {
	s := Sealed{Day: d.Day, Run: d.Run, Books: d.Books, Settled: d.Settlements}
	switch {
	case d.State == Signed:
		return s, fmt.Errorf("%s: %w", d.Day, ErrSigned)
	case d.State == Open:
		return s, fmt.Errorf("%s was not run: %w", d.Day, ErrIncomplete)
	case d.State == Incomplete:
		return s, fmt.Errorf("%s, %s: %w", d.Day, d.Missing[0], ErrIncomplete)
	}
	due, err := tx.DueRow(ctx, Reconcile, d.Day)
	if err != nil && !errors.Is(err, stored.ErrNotFound) {
		return s, fmt.Errorf("cannot read the due row of %s: %w", d.Day, err)
	}
	if due.State == Due {
		return s, fmt.Errorf("%s: %w", d.Day, ErrDue)
	}

	earlier, err := tx.Dates(ctx, d.Day, 1)
	if err != nil {
		return s, fmt.Errorf("cannot read the date before %s: %w", d.Day, err)
	}
	if len(earlier) > 0 {
		yesterday, err := shifted(d.Day, -1)
		if err != nil {
			return s, err
		}
		begins, err := beginsChain(ctx, tx, d.Day, yesterday)
		switch {
		case err != nil:
			return s, err
		case begins:
		case earlier[0].Day != yesterday || earlier[0].State != Signed:
			return s, fmt.Errorf("%s before %s: %w", yesterday, d.Day, ErrBefore)
		default:
			s.Before = earlier[0].Seal
		}
	}

	all, err := breaksOf(ctx, tx, d.Day)
	if err != nil {
		return s, err
	}
	s.Breaks = digestOf(all)
	if s.Carried, err = carried(ctx, tx, all); err != nil {
		return s, err
	}
	s.Journals, err = heads(ctx, tx)
	return s, err
}

// beginsChain reports whether the chain of seals may begin with a date that others are before: the
// day before it was never run nor is due, and no earlier date is signed. What is before it was run
// for a slip in the year.
func beginsChain(ctx context.Context, tx Tx, day, yesterday string) (bool, error) {
	row, err := tx.DueRow(ctx, Reconcile, yesterday)
	if err != nil && !errors.Is(err, stored.ErrNotFound) {
		return false, fmt.Errorf("cannot read the due row of %s: %w", yesterday, err)
	}
	if row.State == Due {
		return false, nil
	}
	earlier, err := tx.Dates(ctx, day, stored.MaxList)
	if err != nil {
		return false, fmt.Errorf("cannot read the dates before %s: %w", day, err)
	}

	return len(earlier) < stored.MaxList && !slices.ContainsFunc(earlier, func(d Date) bool { return d.State == Signed || d.Day == yesterday }), nil
}

// digestOf is the SHA-256 over what breaks are, whatever became of them.
func digestOf(all []Break) string {
	h := sha256.New()
	for _, b := range all {
		line, err := json.Marshal(struct {
			ID, Serial, Batch, Account, Kiosk string
			Class                             reconcile.Class
			Sides                             map[string]money.Amount
			FoundAt                           int64
		}{b.ID, b.Serial, b.Batch, b.Account, b.Kiosk, b.Class, b.Sides, b.FoundAt})
		if err != nil { // strings and numbers
			panic(err)
		}
		h.Write(append(line, '\n'))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// carried are the open breaks, each with who works on it: their cases are read at once.
func carried(ctx context.Context, tx Tx, all []Break) ([]Carried, error) {
	open := slices.DeleteFunc(slices.Clone(all), func(b Break) bool { return b.State != BreakOpen })
	cases := map[string]books.Case{}
	for some := range slices.Chunk(open, rowsAtOnce) {
		ids := make([]string, len(some))
		for i, b := range some {
			ids[i] = b.ID
		}
		found, err := tx.CasesNamed(ctx, ids)
		if err != nil {
			return nil, fmt.Errorf("cannot read cases of breaks: %w", err)
		}
		for _, c := range found {
			cases[c.ID] = c
		}
	}

	out := []Carried{}
	for _, b := range open {
		c, is := cases[b.ID]
		if !is {
			return nil, fmt.Errorf("cannot read case %s: %w", b.ID, stored.ErrNotFound)
		}
		if !c.Open { // a person closed it since the run
			continue
		}
		if c.Owner == "" || c.NextStep == "" {
			return nil, fmt.Errorf("%s: %w", b.ID, ErrUnhandled)
		}
		out = append(out, Carried{b.ID, c.Owner, c.NextStep})
	}
	return out, nil
}

// heads are the ends of all journals.
func heads(ctx context.Context, tx OursTx) ([]SealedHead, error) {
	journals, err := tx.Journals(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read journals: %w", err)
	}
	out := make([]SealedHead, 0, len(journals))
	for _, j := range journals {
		out = append(out, SealedHead{j.Kiosk, j.Incarnation, j.Head.Seq, hex.EncodeToString(j.Head.Hash[:])})
	}
	slices.SortFunc(out, func(x, y SealedHead) int { return strings.Compare(x.Kiosk, y.Kiosk) })
	return out, nil
}

// ErrUnsigned says that a date is not signed, so that there is nothing to open again.
var ErrUnsigned = errors.New("the date is not signed")

// PlanReopen is a signed date that may be opened again. ErrUnsigned says that it is not
// signed, ErrLater that a later date has to be opened first.
func PlanReopen(ctx context.Context, tx Tx, day string) (Date, error) {
	tomorrow, err := shifted(day, 1)
	if err != nil {
		return Date{}, err
	}
	d, err := dateOf(ctx, tx, day)
	if err != nil {
		return d, err
	}
	if d.State != Signed {
		return d, fmt.Errorf("%s is %s: %w", day, d.State, ErrUnsigned)
	}
	next, err := dateOf(ctx, tx, tomorrow)
	if err == nil && next.State == Signed {
		err = fmt.Errorf("%s: %w", tomorrow, ErrLater)
	}

	return d, err
}

// Reopen opens a signed date again, inside the database transaction of the plan that two
// people agreed on. The date is due again at once. Its errors are those of PlanReopen.
func (r *Room) Reopen(ctx context.Context, tx Tx, day, person, why string, now time.Time) (Date, error) {
	d, err := PlanReopen(ctx, tx, day)
	if err != nil {
		return d, err
	}
	if r.accounts != nil {
		if _, err := r.accounts.ReopenIn(ctx, tx, day, now); err != nil {
			return d, fmt.Errorf("cannot open the entries again: %w", err)
		}
	}

	was := d.Seal
	d.State = stateOf(d)
	d.SignedBy, d.SignedAt = "", 0
	d.Seal, d.Sealed = "", ""
	d.UpdatedAt = stored.Millis(now)
	d.Version++
	return d, errors.Join(tx.PutDate(ctx, d), again(ctx, tx, day, now), tx.AddAudit(ctx, people.Audit{
		At: stored.Millis(now), User: person, Action: "open date again", Object: day, Reason: stored.Text(why + "; its seal was " + was),
	}))
}
