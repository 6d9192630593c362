package books

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// ErrTwoPeople says that who asked for something may not approve it.
var ErrTwoPeople = errors.New("who asked for it may not approve it: another person has to")

// SettleWay is a person's word that the customer has, or gets, what was sold another way
// than by the card. The first one's is kept; that of another person for the same way
// settles the sale and closes its case, and the kiosk is told. Both are audited.
// ErrTwoPeople says that it is the same person, posting.ErrAction that it is not possible:
// there is no open case, the sale goes back, or another way is asked for already.
func (s *Deliverer) SettleWay(ctx context.Context, serial string, how metercard.Way, user, reason string, now time.Time) (Delivery, error) {
	var d Delivery
	if how != metercard.Remote && how != metercard.ByHand {
		return d, fmt.Errorf("%w: %.20q is no way", posting.ErrAction, string(how))
	}
	err := s.b.Update(ctx, func(tx Tx) error {
		before, err := tx.Delivery(ctx, serial)
		if err != nil {
			return fmt.Errorf("delivery of %.32q: %w", serial, err)
		}
		if before, err = askedStill(ctx, tx, before); err != nil {
			return err
		}
		c, err := settleable(ctx, tx, before, how, now)
		if err != nil {
			return err
		}
		if before.AskedBy == user {
			return ErrTwoPeople
		}

		d = before
		act := "ask for another way: "
		if before.AskedBy == "" {
			d.AskedHow = how
			d.AskedBy, d.AskedWhy = user, stored.Text(reason)
		} else {
			act = "settle another way: "
			d.Stage, d.How = OtherWay, how
			d.By, d.Why = user, stored.Text(reason)
			d.AskedHow = ""
			if _, err := closeCase(ctx, tx, c, user, reason, now); err != nil {
				return err
			}
		}
		if err := keepDelivery(ctx, tx, before, d, now); err != nil {
			return err
		}

		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: user, Action: act + string(how), Object: serial, Reason: stored.Text(reason)})
	})

	return d, err
}

// askedStill is a delivery without what somebody asked who may not work here any more: the word
// of two who do is needed.
func askedStill(ctx context.Context, tx Tx, d Delivery) (Delivery, error) {
	if d.AskedBy == "" || d.Stage.Ended() {
		return d, nil
	}
	u, err := tx.User(ctx, d.AskedBy)
	switch {
	case err != nil && !errors.Is(err, stored.ErrNotFound):
		return d, fmt.Errorf("cannot read user %.64q: %w", d.AskedBy, err)
	case err == nil && u.Disabled:
		d.askNothing()
	}

	return d, nil
}

// settleable is the open case of a delivery that can be settled this way.
func settleable(ctx context.Context, tx Tx, d Delivery, how metercard.Way, now time.Time) (Case, error) {
	c, _, err := notWritten(ctx, tx, d.Serial)
	if err != nil {
		return c, err
	}
	had, err := tx.HandedOut(ctx, d.Serial)
	switch {
	case err != nil:
		return c, fmt.Errorf("cannot read who was handed %s: %w", d.Serial, err)
	case d.Stage == InWriting && slices.ContainsFunc(had, func(h HandedOut) bool { return h.holds(now) }):
		return c, fmt.Errorf("%w: a terminal writes the card, or did so just now", posting.ErrAction)
	case !c.Open || d.Stage.Ended():
		return c, fmt.Errorf("%w: %s, and no case is open", posting.ErrAction, d.Stage)
	case d.AskedBy != "" && d.AskedHow != how:
		return c, fmt.Errorf("%w: %s is asked for already", posting.ErrAction, d.AskedHow)
	}
	if err := toldSince(ctx, tx, d, had, now); err != nil {
		return c, err
	}
	p, err := onePosting(ctx, tx, d.Serial)
	if err != nil {
		return c, err
	}
	if p.State != posting.Posted {
		return c, fmt.Errorf("%w: the sale is %s", posting.ErrAction, posting.Word(p.State))
	}

	return c, nil
}

// toldSince refuses while the kiosk that had the steps last has not reported since it can have
// carried them out: it may be offline with a card that it has written, whatever time passes.
// Who knows that it is gone for good gives it up (Past.GiveUp).
func toldSince(ctx context.Context, tx Tx, d Delivery, had []HandedOut, now time.Time) error {
	if d.Stage != InWriting {
		return nil
	}
	for _, h := range had {
		if h.Visit != d.Visit || h.Until > stored.Millis(now.Add(writeLasts)) { // by a clock that was ahead
			continue
		}
		j, err := tx.Journal(ctx, h.Kiosk)
		if err != nil && !errors.Is(err, stored.ErrNotFound) {
			return fmt.Errorf("cannot read the journal of kiosk %s: %w", h.Kiosk, err)
		}
		if j.UpdatedAt <= h.Until {
			return fmt.Errorf("%w: terminal %s had the steps and has not reported since: the card may be written", posting.ErrAction, h.Kiosk)
		}
	}

	return nil
}

// holds reports whether the kiosk may be at the card now. What ends later than any does
// was written by a clock that was ahead.
func (h HandedOut) holds(now time.Time) bool {
	left := time.UnixMilli(h.Until).Sub(now)

	return left > 0 && left <= writeLasts
}

// CancelWay is a person's word that nothing is to be settled another way after all, before
// another one approved it. It is audited.
func (s *Deliverer) CancelWay(ctx context.Context, serial, user, reason string, now time.Time) (Delivery, error) {
	var d Delivery
	err := s.b.Update(ctx, func(tx Tx) error {
		before, err := tx.Delivery(ctx, serial)
		if err != nil {
			return fmt.Errorf("delivery of %.32q: %w", serial, err)
		}
		if before.AskedBy == "" || before.Stage.Ended() {
			return fmt.Errorf("%w: nothing is asked for", posting.ErrAction)
		}

		d = before
		d.askNothing()
		if err := keepDelivery(ctx, tx, before, d, now); err != nil {
			return err
		}

		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: user, Action: "ask for no other way", Object: serial, Reason: stored.Text(reason)})
	})

	return d, err
}
