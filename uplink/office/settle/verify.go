package settle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"wattkiosk/payments/reconcile"
	"wattkiosk/uplink/office/stored"
)

// Wrong is one thing that is not as it was sealed.
type Wrong struct {
	Day  string `json:"day"`
	Text string `json:"text"`
}

// Verify recomputes the chain of signed dates: each seal, the seal before it, and that what
// it is of is still what head office holds: the books' figures, the lines of their files, the
// breaks, and the journals. It returns how many dates are signed, and all that is wrong.
func (r *Room) Verify(ctx context.Context) (signed int, wrong []Wrong, err error) {
	var later *Date
	for before := ""; ; {
		page, err := r.Dates(ctx, before, stored.MaxList)
		if err != nil {
			return signed, wrong, err
		}
		for _, d := range page {
			if d.State != Signed {
				if later != nil {
					wrong = append(wrong, Wrong{d.Day, "is not signed, and a later date is"})
				}
				continue
			}
			signed++
			if later != nil && sealedBefore(*later) != d.Seal {
				wrong = append(wrong, Wrong{later.Day, "is not chained to the date before it"})
			}
			more, err := r.sealHolds(ctx, d)
			if err != nil {
				return signed, wrong, err
			}
			wrong = append(wrong, more...)
			later = &d
		}
		if len(page) < stored.MaxList {
			break
		}
		before = page[len(page)-1].Day
	}
	if later != nil && sealedBefore(*later) != "" {
		wrong = append(wrong, Wrong{later.Day, "is chained to a date that is not here"})
	}
	return signed, wrong, nil
}

func sealedBefore(d Date) string {
	var s Sealed
	if json.Unmarshal([]byte(d.Sealed), &s) != nil {
		return ""
	}
	return s.Before
}

// sealHolds says what of a signed date is not as it was sealed.
func (r *Room) sealHolds(ctx context.Context, d Date) ([]Wrong, error) {
	var s Sealed
	if sealOf(d.Sealed) != d.Seal || json.Unmarshal([]byte(d.Sealed), &s) != nil {
		return []Wrong{{d.Day, "its seal is not that of what it seals"}}, nil
	}
	var wrong []Wrong
	say := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, Wrong{d.Day, fmt.Sprintf(format, args...)})
		}
	}
	say(s.Day == d.Day && s.Run == d.Run && s.SignedBy == d.SignedBy && s.SignedAt == d.SignedAt, "day, run or signature were changed")
	say(slices.Equal(s.Books, d.Books), "the books' figures were changed")
	all, err := stored.View(ctx, r.b, func(tx Tx) ([]Break, error) { return breaksOf(ctx, tx, d.Day) })
	if err != nil {
		return nil, err
	}
	say(digestOf(all) == s.Breaks, "breaks were changed")
	for _, j := range s.Journals {
		ok, err := r.holdsRecord(ctx, j)
		if err != nil {
			return nil, err
		}
		say(ok, "the journal of kiosk %s is not the one that was sealed", j.Kiosk)
	}

	files, err := stored.View(ctx, r.b, func(tx Tx) ([]File, error) { return tx.FilesOf(ctx, d.Day) })
	if err != nil {
		return nil, err
	}
	for _, f := range s.Books {
		if f.Name == reconcile.BookName(reconcile.Kiosk) { // late truth changes it, and is no fault
			continue
		}
		of := slices.DeleteFunc(standing(files), func(o File) bool { return o.Kind != f.Name })
		say(figuresOf(f.Name, of) == f, "the file of %s is not the one that was sealed", f.Name)
	}
	for _, f := range s.Files {
		lines, err := r.linesDigest(ctx, f.ID)
		if err != nil {
			return nil, err
		}
		say(lines == f.Lines, "lines of the file %s were changed", f.ID)
	}
	return wrong, nil
}

// holdsRecord reports whether head office holds the record that was the end of a journal.
func (r *Room) holdsRecord(ctx context.Context, j SealedHead) (bool, error) {
	if j.Seq == 0 {
		return true, nil
	}
	return stored.View(ctx, r.b, func(tx Tx) (bool, error) {
		h, err := tx.RecordHash(ctx, j.Kiosk, j.Incarnation, j.Seq)
		if errors.Is(err, stored.ErrNotFound) {
			return false, nil
		}
		return hex.EncodeToString(h[:]) == j.Hash, err
	})
}

// linesDigest is the SHA-256 over the lines of a file as they are stored.
func (r *Room) linesDigest(ctx context.Context, id string) (string, error) {
	h := sha256.New()
	for after := (LineKey{}); ; {
		page, err := stored.View(ctx, r.b, func(tx Tx) ([]Line, error) { return tx.Lines(ctx, id, after, rowsAtOnce) })
		if err != nil {
			return "", fmt.Errorf("cannot read the lines of %s: %w", id, err)
		}
		for _, l := range page {
			line, err := json.Marshal(l)
			if err != nil {
				return "", err
			}
			h.Write(append(line, '\n'))
		}
		if len(page) < rowsAtOnce {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		last := page[len(page)-1]
		after = LineKey{last.Serial, last.N}
	}
}
