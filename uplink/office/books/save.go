package books

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/stored"
)

// Change is a posting as it is to be stored, and what is kept of the step that it took.
type Change struct {
	Posting             // as it is to be, with the version that was read
	Event, By string    // of the line of history; without an event there is none
	Began     time.Time // when the call was made that the event ends; zero for none
	Evidence  bool      // it contradicts the posting as it stands, and becomes a case of its own, once
	Late      bool      // the posting is open too long, which is a case
}

// Save stores changes of different postings in one database transaction, each as the
// version after the one that was read, and returns them as stored. Those that another
// saved first are left out, and nothing of them is stored but that they are late. A
// posting that ends owed or disputed has one open case, one that ends posted has none,
// and the case of lateness is closed. A call takes one line of history, with its end:
// that it is under way is in the posting itself.
func (s *Keeper) Save(ctx context.Context, changes []Change, now time.Time) ([]Posting, error) {
	changes = slices.SortedFunc(slices.Values(changes), func(a, b Change) int { return strings.Compare(a.Serial, b.Serial) })
	var saved []Posting
	err := s.b.Update(ctx, func(tx Tx) error {
		saved = nil
		for _, c := range changes {
			p, err := s.save(ctx, tx, c, now)
			switch {
			case errors.Is(err, stored.ErrStale):
				continue
			case err != nil:
				return fmt.Errorf("cannot store posting %s: %w", c.Serial, err)
			}
			saved = append(saved, p)
		}
		return nil
	})
	return saved, err
}

// SavePosting is Save for one change. ErrStale means that another saved the posting
// first.
func (s *Keeper) SavePosting(ctx context.Context, c Change, now time.Time) (Posting, error) {
	saved, err := s.Save(ctx, []Change{c}, now)
	if err == nil && len(saved) == 0 {
		err = fmt.Errorf("posting %s: %w", c.Serial, stored.ErrStale)
	}
	if err != nil {
		return c.Posting, err
	}
	return saved[0], nil
}

func (s *Keeper) save(ctx context.Context, tx Tx, c Change, now time.Time) (Posting, error) {
	if c.Late {
		if err := tx.AddCases(ctx, []Case{s.lateCase(c.Posting, now)}); err != nil {
			return c.Posting, err
		}
	}

	p := c.Posting
	p.Version++
	p.UpdatedAt = stored.Millis(now)
	if p.State.Final() && p.Why == call.Undone {
		why, err := asOrdered(ctx, tx, p.Serial)
		if err != nil {
			return p, err
		}
		p.Reason = cmp.Or(why, p.Reason)
	}
	p.Text, p.Reason = stored.Text(p.Text), stored.Text(p.Reason)
	p.Heard = posting.Heard{}
	p, err := asksOn(ctx, tx, p, now)
	if err != nil {
		return p, err
	}
	if err := tx.UpdatePosting(ctx, p); err != nil {
		return p, err
	}
	if err := keepLine(ctx, tx, p, c, now); err != nil {
		return p, fmt.Errorf("history: %w", err)
	}

	if c.Evidence {
		if err := witnessed(ctx, tx, p, now); err != nil {
			return p, fmt.Errorf("evidence: %w", err)
		}
		if p.State != posting.Posted { // the end stands as it was
			return p, nil
		}
	}
	return p, s.ended(ctx, tx, p, now)
}

// keepLine adds the line of history of a change that was stored as p.
func keepLine(ctx context.Context, tx Tx, p Posting, c Change, now time.Time) error {
	if c.Event == "" {
		return nil
	}
	h := line(p, c.Event, c.By, now)
	h.Code, h.Text = stored.Text(c.Heard.Code), stored.Text(c.Heard.Text)
	if c.Began.IsZero() {
		return tx.PutHistory(ctx, []History{h})
	}

	h.BeganAt, h.Times = stored.Millis(c.Began), 1
	if p.Failures > 1 { // the call before brought nothing either
		steps, err := tx.History(ctx, p.Serial)
		if err != nil {
			return err
		}
		if n := len(steps); n > 0 && steps[n-1].alike(h) {
			last := steps[n-1]
			last.At = h.At
			last.Times++
			return tx.PutHistory(ctx, []History{last})
		}
	}
	return tx.PutHistory(ctx, []History{h})
}

// alike reports whether a call ended as the one before did, by the same office.
func (h History) alike(next History) bool {
	return h.Times > 0 && h.BeganAt > 0 && h.Event == next.Event && h.State == next.State && h.Code == next.Code && h.Text == next.Text && h.By == next.By
}

func line(p Posting, event, by string, now time.Time) History {
	return History{Serial: p.Serial, Version: p.Version, At: stored.Millis(now), Event: event, State: posting.Word(p.State), By: by}
}

func (s *Keeper) ended(ctx context.Context, tx Tx, p Posting, now time.Time) error {
	if !p.State.Final() {
		return nil
	}
	moot, err := bookingEnded(ctx, tx, p, now)
	if err != nil {
		return fmt.Errorf("cannot end the booking of a sale %s: %w", p.Serial, err)
	}
	if !moot {
		if err := settle(ctx, tx, p, now); err != nil {
			return fmt.Errorf("cannot settle cases of %s: %w", p.Serial, err)
		}
	}
	if err := s.saleEnded(ctx, tx, p, now); err != nil {
		return err
	}

	return CloseIfOpen(ctx, tx, caseID(ClassLate, p.Kiosk, p.Serial), "ended: "+posting.Word(p.State), now)
}

// lateCase is the case of a posting that is open too long.
func (s *Keeper) lateCase(p Posting, now time.Time) Case {
	text := fmt.Sprintf("open since %s, state %s", p.OrderedAt.In(s.rules.Zone).Format("2006-01-02 15:04"), posting.Word(p.State))
	return newCase(p.Kiosk, stored.Millis(now), ClassLate, p.Serial, p.Serial, p.Amount, text)
}
