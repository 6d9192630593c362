package settle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"wattkiosk/payments/reconcile"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// Wrong is one thing that is not as it was sealed.
type Wrong struct {
	Day  string `json:"day"`
	Text string `json:"text"`
	// What is that thing, and Of which one of several: for words of another language.
	What string `json:"what"`
	Of   string `json:"of,omitempty"`
}

// What can be wrong.
const (
	WrongChain     = "chain"     // a date is not signed, or does not follow the one before it
	WrongSeal      = "seal"      // the seal is not that of its text
	WrongSignature = "signature" // day, run, or who signed when
	WrongFigures   = "figures"
	WrongBreaks    = "breaks"
	WrongJournal   = "journal" // of a kiosk
	WrongBook      = "book"    // the file of a book is another
	WrongLines     = "lines"   // of a file
	WrongEntry     = "entry"   // by its number
)

// Whats are all of them.
func Whats() []string {
	return []string{WrongChain, WrongSeal, WrongSignature, WrongFigures, WrongBreaks, WrongJournal, WrongBook, WrongLines, WrongEntry}
}

// Verify recomputes the chain of signed dates: each seal, the seal before it, and that what
// it is of is still what head office holds: the books' figures, the lines of their files, the
// breaks, the journals, and the entries. It returns how many dates are signed, and all that is wrong.
func (r *Room) Verify(ctx context.Context) (signed int, wrong []Wrong, err error) {
	sealed, err := r.ledgerSealed(ctx)
	if err != nil {
		return 0, nil, err
	}
	var later *Date
	for before := ""; ; {
		page, err := r.Dates(ctx, before, stored.MaxList)
		if err != nil {
			return signed, wrong, err
		}
		if before == "" && sealed != "" && (len(page) == 0 || page[0].Day < sealed) {
			wrong = append(wrong, Wrong{Day: sealed, Text: "is not here, and its entries are sealed", What: WrongChain})
		}
		for _, d := range page {
			if d.State != Signed {
				if later == nil && d.Day <= sealed {
					wrong = append(wrong, Wrong{Day: d.Day, Text: "is not signed, and its entries are sealed", What: WrongChain})
				}
				if later != nil && !isBefore(*later, d.Day) {
					wrong = append(wrong, Wrong{Day: d.Day, Text: "is not signed, and a later date is", What: WrongChain})
				}
				continue
			}
			signed++
			if later != nil && sealedBefore(*later) != d.Seal {
				wrong = append(wrong, Wrong{Day: later.Day, Text: "is not chained to the date before it", What: WrongChain})
			}
			more, err := r.Unsealed(ctx, d)
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
		wrong = append(wrong, Wrong{Day: later.Day, Text: "is chained to a date that is not here", What: WrongChain})
	}
	return signed, wrong, nil
}

// isBefore reports whether an unsigned day is before all of the chain, which first begins: it is
// not the day before it.
func isBefore(first Date, day string) bool {
	yesterday, err := shifted(first.Day, -1)

	return err == nil && sealedBefore(first) == "" && day < yesterday
}

func sealedBefore(d Date) string {
	var s Sealed
	if json.Unmarshal([]byte(d.Sealed), &s) != nil {
		return ""
	}
	return s.Before
}

// Unsealed says what of a signed date is not as it was sealed. It reads all that the seal is of.
func (r *Room) Unsealed(ctx context.Context, d Date) ([]Wrong, error) {
	var s Sealed
	if sealOf(d.Sealed) != d.Seal || json.Unmarshal([]byte(d.Sealed), &s) != nil {
		return []Wrong{{Day: d.Day, Text: "its seal is not that of what it seals", What: WrongSeal}}, nil
	}
	var wrong []Wrong
	say := func(ok bool, what, of, text string) {
		if !ok {
			wrong = append(wrong, Wrong{d.Day, text, what, of})
		}
	}
	say(s.Day == d.Day && s.Run == d.Run && s.SignedBy == d.SignedBy && s.SignedAt == d.SignedAt, WrongSignature, "", "day, run or signature were changed")
	say(slices.Equal(s.Books, d.Books), WrongFigures, "", "the books' figures were changed")
	say(slices.Equal(s.Settled, d.Settlements), WrongFigures, "", "the totals of settlements were changed")
	all, err := stored.View(ctx, r.b, func(tx Tx) ([]Break, error) { return breaksOf(ctx, tx, d.Day) })
	if err != nil {
		return nil, err
	}
	say(digestOf(all) == s.Breaks, WrongBreaks, "", "breaks were changed")
	for _, j := range s.Journals {
		ok, err := r.holdsRecord(ctx, j)
		if err != nil {
			return nil, err
		}
		say(ok, WrongJournal, j.Kiosk, "the journal of kiosk "+j.Kiosk+" is not the one that was sealed")
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
		was := figuresOf(f.Name, of)
		was.Breaks = f.Breaks // the breaks are held by themselves
		say(was == f, WrongBook, f.Name, "the file of "+f.Name+" is not the one that was sealed")
	}
	for _, f := range s.Files {
		lines, err := r.linesDigest(ctx, f.ID)
		if err != nil {
			return nil, err
		}
		say(lines == f.Lines, WrongLines, f.ID, "lines of the file "+f.ID+" were changed")
	}
	to, ok := ledgerEnd(s.Ledger)
	say(ok, WrongSeal, "", "the end of the ledger in its seal cannot be read")
	n, err := r.altered(ctx, s, to)
	say(n == 0, WrongEntry, strconv.FormatInt(n, 10), fmt.Sprintf("entry %d of the ledger is not the one that was sealed", n))
	return wrong, err
}

// ledgerSealed is the last date of which the entries are sealed; empty for none.
func (r *Room) ledgerSealed(ctx context.Context) (string, error) {
	if r.accounts == nil {
		return "", nil
	}
	head, err := stored.View(ctx, r.b, func(tx Tx) (accounts.Head, error) { return tx.AccountHead(ctx) })
	if err != nil {
		return "", fmt.Errorf("cannot read the end of the ledger: %w", err)
	}

	return head.Sealed, nil
}

// altered is the first entry between the seal before and this one that is not as it was
// sealed; 0 for none.
func (r *Room) altered(ctx context.Context, s Sealed, to accounts.Head) (int64, error) {
	if r.accounts == nil || to.N == 0 {
		return 0, nil
	}
	var from accounts.Head
	before, err := stored.View(ctx, r.b, func(tx Tx) ([]Date, error) { return tx.Dates(ctx, s.Day, 1) })
	if err != nil {
		return 0, fmt.Errorf("cannot read the date before %s: %w", s.Day, err)
	}
	var had Sealed
	if len(before) > 0 && before[0].State == Signed && sealOf(before[0].Sealed) == s.Before && json.Unmarshal([]byte(before[0].Sealed), &had) == nil {
		from, _ = ledgerEnd(had.Ledger) // without one, from the first entry on
	}

	return r.accounts.Altered(ctx, from, to)
}

// ledgerEnd is the end of the ledger that a date was sealed with (Sealed.Ledger), none for an
// empty text, and whether it can be read. The hash stands there as the hexadecimal digits of
// its hexadecimal text: so the first seals were made, and so they stay.
func ledgerEnd(text string) (h accounts.Head, ok bool) {
	if text == "" {
		return h, true
	}
	number, digits, _ := strings.Cut(text, " ")
	n, err := strconv.ParseInt(number, 10, 64)
	hash, bad := hex.DecodeString(digits)
	if err != nil || bad != nil || h.Hash.UnmarshalText(hash) != nil {
		return accounts.Head{}, false
	}
	h.N = n

	return h, true
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

// maxFound is how many things found at once are written down.
const maxFound = 50

// Acts are what the audit log has of somebody who found signed dates that are not as they were
// sealed; for people.Directory.AuditOnce.
func Acts(wrong []Wrong, by string, now time.Time) []people.Audit {
	acts := make([]people.Audit, min(len(wrong), maxFound))
	for i := range acts {
		acts[i] = people.Audit{At: stored.Millis(now), User: by, Action: "find date altered", Object: wrong[i].Day, Reason: stored.Text(wrong[i].Text)}
	}

	return acts
}
