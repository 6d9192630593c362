package proof

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// Alarms of head office's own.
const (
	AlarmRecords = "records-missing" // a posting of the kiosk is unproven for long
	AlarmCash    = "cash-differs"    // the cash that it reports is not that of its records
)

const (
	settles     = time.Minute    // a record may be on its way for so long, and nobody looks
	firstLook   = 48 * time.Hour // how far back the first look goes
	longestLook = 2 * time.Minute
	atOnce      = 500
)

// What the books say of a case that ended by itself.
const (
	recordsCame = "the records came, and agree"
	cashAgrees  = "the kiosk reports what its records make"
)

// Look looks at what was ordered since the last time, and at what is not proven yet.
func (w *Watch) Look(ctx context.Context, now time.Time) error {
	since := max(now.Sub(w.lookAt), 0)
	if w.lookAt.IsZero() || since > longestLook {
		since = longestLook
	}
	upTo := now.Add(-settles).UnixMilli()
	if w.seenTo == 0 || w.seenTo > upTo {
		w.seenTo = now.Add(-firstLook).UnixMilli()
	}
	for {
		n := 0
		last := w.seenTo
		err := w.b.Update(ctx, func(tx Tx) (err error) {
			n, last, err = found(ctx, tx, w.seenTo, upTo, now)
			return err
		})
		if err != nil {
			return err
		}
		if w.seenTo = last; n < atOnce {
			w.seenTo = upTo
			break
		}
	}
	if err := w.b.Update(ctx, func(tx Tx) error { return judge(ctx, tx, since, now) }); err != nil {
		return err
	}
	w.lookAt = now

	return w.cassettes(ctx, now)
}

// found takes down the postings that no record has closed.
func found(ctx context.Context, tx Tx, after, upTo int64, now time.Time) (n int, last int64, err error) {
	rows, err := tx.Unclosed(ctx, after, upTo, atOnce)
	if err != nil {
		return 0, after, fmt.Errorf("cannot read postings without records: %w", err)
	}
	had, err := tx.Unproven(ctx)
	if err != nil {
		return 0, after, fmt.Errorf("cannot read what is unproven: %w", err)
	}
	var fresh []Unproven
	last = after
	for _, p := range rows {
		last = stored.Millis(p.OrderedAt)
		if !slices.ContainsFunc(had, func(u Unproven) bool { return u.Serial == p.Serial }) {
			fresh = append(fresh, Unproven{Serial: p.Serial, Kiosk: p.Kiosk, Amount: p.Amount, OrderedAt: last, UpdatedAt: stored.Millis(now)})
		}
	}

	return len(rows), last, tx.PutUnproven(ctx, fresh)
}

// judge makes cases of what is unproven for long, and ends what is proven.
func judge(ctx context.Context, tx Tx, since time.Duration, now time.Time) error {
	rows, err := tx.Unproven(ctx)
	if err != nil || len(rows) == 0 {
		return err
	}
	told, kiosks := map[string]string{}, []string{}
	for _, u := range rows {
		if !slices.Contains(kiosks, u.Kiosk) {
			kiosks = append(kiosks, u.Kiosk)
		}
		still, err := u.judge(ctx, tx, since, now)
		if err != nil {
			return err
		}
		if still {
			told[u.Kiosk] = u.Serial
		}
	}
	var alarms []books.Alarm
	at := stored.Millis(now)
	for _, kiosk := range kiosks {
		a := books.Alarm{Kiosk: kiosk, Code: AlarmRecords, On: told[kiosk] != "", At: at, UpdatedAt: at}
		if a.On {
			a.Detail = "posting " + told[kiosk]
		}
		alarms = append(alarms, a)
	}

	return tx.PutAlarms(ctx, alarms)
}

// judge reports whether one posting is a case.
func (u Unproven) judge(ctx context.Context, tx Tx, since time.Duration, now time.Time) (told bool, err error) {
	c := books.NewCase(u.Kiosk, now, books.ClassUnproven, u.Serial, u.Serial, u.Amount, "")
	rows, err := tx.Transactions(ctx, []string{u.Serial})
	if err != nil {
		return false, fmt.Errorf("cannot read transaction %s: %w", u.Serial, err)
	}
	closed, sum := false, money.Amount(0)
	for _, t := range rows {
		closed, sum = t.ClosedAt != 0, t.Total
	}
	if closed && sum == u.Amount {
		return false, errors.Join(tx.DropUnproven(ctx, u.Serial), books.CloseIfOpen(ctx, tx, c.ID, recordsCame, now))
	}

	b, err := books.BoundsIn(ctx, tx, u.Kiosk)
	if err != nil {
		return false, err
	}
	k, err := tx.Kiosk(ctx, u.Kiosk)
	if err != nil && !errors.Is(err, stored.ErrNotFound) {
		return false, fmt.Errorf("cannot read kiosk %s: %w", u.Kiosk, err)
	}
	if k.Online {
		u.Online += since.Milliseconds()
	}
	u.UpdatedAt = stored.Millis(now)
	long := u.Online >= b.Proof*time.Minute.Milliseconds() || closed
	if long && !u.Told {
		u.Told = true
		c.Text = fmt.Sprintf("posted as the kiosk asked; it was online for %d minutes since, and no record of the money is here", u.Online/time.Minute.Milliseconds())
		if closed {
			c.Text = fmt.Sprintf("posted %s as the kiosk asked; its records make %s", u.Amount, sum)
		}
		if err := tx.AddCases(ctx, []books.Case{c}); err != nil {
			return false, fmt.Errorf("cannot store the case of %s: %w", u.Serial, err)
		}
	}
	if had, err := tx.Case(ctx, c.ID); u.Told && err == nil && !had.Open { // people have settled it
		return false, tx.DropUnproven(ctx, u.Serial)
	}

	return u.Told, tx.PutUnproven(ctx, []Unproven{u})
}

// cassettes holds what each kiosk reports of its cassette against what its records make.
func (w *Watch) cassettes(ctx context.Context, now time.Time) error {
	kiosks, err := stored.View(ctx, w.b, func(tx Tx) ([]fleet.Kiosk, error) { return tx.Kiosks(ctx) })
	if err != nil {
		return fmt.Errorf("cannot read kiosks: %w", err)
	}
	for _, k := range kiosks {
		var st wire.State
		if k.Report == "" || json.Unmarshal([]byte(k.Report), &st) != nil || st.Head == 0 {
			continue
		}
		text, known, err := w.differs(ctx, k.ID, st)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		if err := w.b.Update(ctx, func(tx Tx) error { return keepCash(ctx, tx, k.ID, text, now) }); err != nil {
			return fmt.Errorf("cannot keep what kiosk %s reports of its cash: %w", k.ID, err)
		}
	}

	return nil
}

// differs says how the cash that a kiosk reported at the end of its journal differs from its
// records; known is false where that cannot be compared, or nothing was and is wrong.
func (w *Watch) differs(ctx context.Context, kiosk string, st wire.State) (text string, known bool, err error) {
	err = w.b.View(ctx, func(tx Tx) error {
		p, err := tx.CashPosition(ctx, kiosk)
		if errors.Is(err, stored.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("cannot read cash of kiosk %s: %w", kiosk, err)
		}
		same, err := sameNotes(ctx, tx, kiosk, st.Head, p)
		if err != nil || !same {
			return err
		}
		if st.Cash != p.Sum() || int64(st.Notes) != p.Notes() {
			text = fmt.Sprintf("at record %d the kiosk reports %s in %d notes, its records make %s in %d", st.Head, st.Cash, st.Notes, p.Sum(), p.Notes())
		}
		c, err := tx.Case(ctx, cashCase(kiosk, time.Time{}, "").ID)
		known = text != "" || err == nil && c.Open

		return nil
	})

	return text, known, err
}

// sameNotes reports whether the position is what the kiosk's present journal makes up to
// this record, and nothing else: a board that was replaced knows of its own notes only.
func sameNotes(ctx context.Context, tx Tx, kiosk string, head uint64, p cash.Position) (bool, error) {
	j, err := tx.Journal(ctx, kiosk)
	if err != nil {
		return false, fmt.Errorf("cannot read the journal of kiosk %s: %w", kiosk, err)
	}
	if j.Head.Seq != head || j.Forked > 0 || j.Broken {
		return false, nil
	}
	reads, err := tx.CashReads(ctx, kiosk)
	if err != nil {
		return false, fmt.Errorf("cannot read how far kiosk %s was followed: %w", kiosk, err)
	}
	own := slices.ContainsFunc(reads, func(r cash.Read) bool { return r.Incarnation == j.Incarnation && r.Seq == head })
	others := slices.ContainsFunc(reads, func(r cash.Read) bool { return r.Incarnation != j.Incarnation && r.Seq > 0 })

	return own && (!others || p.Since.Incarnation == j.Incarnation && p.Since.Seq > 0), nil
}

func cashCase(kiosk string, now time.Time, text string) books.Case {
	return books.NewCase(kiosk, now, books.ClassCassette, "reported", "", 0, text)
}

// keepCash keeps case and alarm of a report that differs, and ends them when it does not.
func keepCash(ctx context.Context, tx Tx, kiosk, text string, now time.Time) error {
	at := stored.Millis(now)
	a := books.Alarm{Kiosk: kiosk, Code: AlarmCash, On: text != "", Detail: text, At: at, UpdatedAt: at}
	c := cashCase(kiosk, now, text)
	if err := books.KeepAway(ctx, tx, c, text != "", cashAgrees, now); err != nil {
		return err
	}

	return tx.PutAlarms(ctx, []books.Alarm{a})
}
