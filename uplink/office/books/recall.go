package books

import (
	"context"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/leg"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/stored"
)

// recallGrace is how long an order that only a record brought waits before its first
// call. A kiosk that still wants it asks for it, and then it goes at once (hurry). One
// that was answered before these books were restored says so in its next records
// (recall): its customer may have the money back by then.
const recallGrace = 2 * time.Minute

// hurry makes the first call of an order due that waited for the kiosk's own word.
func hurry(ctx context.Context, tx Tx, p Posting, now time.Time) (Posting, error) {
	if p.State != posting.Ordered || p.Calls > 0 || !p.NextAt.After(now) {
		return p, nil
	}

	p.NextAt = now
	p.Version++
	p.UpdatedAt = stored.Millis(now)
	if err := tx.UpdatePosting(ctx, p); err != nil {
		return p, fmt.Errorf("cannot store posting %s: %w", p.Serial, err)
	}

	return p, nil
}

// recall takes the outcomes that the kiosk's records tell of postings that these books
// never brought to an end: books before them did.
func (s *Keeper) recall(ctx context.Context, tx Tx, p *projection, now time.Time) error {
	told := map[string]call.Outcome{}
	var serials []string
	for _, serial := range p.order {
		if t := p.txns[serial]; t.Folded != nil {
			if o, ok := outcomes[t.Folded.Post.Fact()]; ok {
				told[serial] = o
				serials = append(serials, serial)
			}
		}
	}
	if len(serials) == 0 {
		return nil
	}

	rows, err := tx.Postings(ctx, serials)
	if err != nil {
		return fmt.Errorf("cannot read postings: %w", err)
	}
	for _, row := range rows {
		forgotten, err := neverEnded(ctx, tx, row)
		if err != nil {
			return err
		}
		if !forgotten {
			continue
		}
		row.Call = row.Recall(told[row.Serial], now)
		row.Reason, row.Owner = row.Posting.Told(), ""
		row.Version++
		row.UpdatedAt = stored.Millis(now)
		if err := tx.UpdatePosting(ctx, row); err != nil {
			return fmt.Errorf("cannot store posting %s: %w", row.Serial, err)
		}
		if err := tx.AddHistory(ctx, []History{line(row, "recalled", row.Kiosk, now)}); err != nil {
			return fmt.Errorf("cannot store history of %s: %w", row.Serial, err)
		}
		if err := s.ended(ctx, tx, row, now); err != nil {
			return err
		}
	}

	return nil
}

// neverEnded reports whether a posting is open and always was. One that ended and was
// taken up again by a person is not forgotten: the kiosk's records lag behind.
func neverEnded(ctx context.Context, tx Tx, p Posting) (bool, error) {
	if p.State.Final() {
		return false, nil
	}
	steps, err := tx.History(ctx, p.Serial)
	if err != nil {
		return false, fmt.Errorf("cannot read history of %s: %w", p.Serial, err)
	}

	return !slices.ContainsFunc(steps, func(h History) bool {
		s, err := posting.ParseWord(h.State)

		return err == nil && s.Final()
	}), nil
}

// outcomes are what a kiosk can have been told.
var outcomes = map[leg.Fact]call.Outcome{leg.Done: call.Done, leg.NotDone: call.NotDone, leg.Unknown: call.Unknown}
