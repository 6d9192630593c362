package books

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/uplink/office/stored"
)

// Checks is what head office holds kiosks' words against, for whoever shows or sets it. It
// is safe for concurrent use if its backend is.
type Checks struct{ b stored.Backend[Tx] }

// NewChecks is the Checks of the books in b.
func NewChecks(b stored.Backend[Tx]) *Checks { return &Checks{b} }

// BoundsOf are the bounds of a kiosk as they hold.
func (s *Checks) BoundsOf(ctx context.Context, kiosk string) (Bounds, error) {
	return stored.View(ctx, s.b, func(tx Tx) (Bounds, error) { return BoundsIn(ctx, tx, kiosk) })
}

// BoundsSet are what was set, for the Fleet and for kiosks, by kiosk.
func (s *Checks) BoundsSet(ctx context.Context) ([]BoundsRow, error) {
	return stored.View(ctx, s.b, func(tx Tx) ([]BoundsRow, error) { return tx.Bounds(ctx, nil) })
}

// Suspect has an alarm of head office's own about a kiosk on, or off. It goes by the last
// word: who says the same again changes its detail only.
func (s *Checks) Suspect(ctx context.Context, kiosk, code string, on bool, detail string, now time.Time) error {
	at := stored.Millis(now)
	return s.b.Update(ctx, func(tx Tx) error {
		if _, err := tx.Journal(ctx, kiosk); err != nil {
			return fmt.Errorf("cannot read the journal of kiosk %.64q: %w", kiosk, err)
		}
		return tx.PutAlarms(ctx, []Alarm{{Kiosk: kiosk, Code: code, On: on, Detail: stored.Text(detail), At: at, UpdatedAt: at}})
	})
}

// HeldOrder is what deciding about an order that is held starts from (PlanHeld).
func (s *Checks) HeldOrder(ctx context.Context, id string) (HeldPlan, error) {
	return stored.View(ctx, s.b, func(tx Tx) (HeldPlan, error) { return PlanHeld(ctx, tx, id) })
}

// WhyHeld says why an order is held; NoDoubt if it is not.
func (s *Checks) WhyHeld(ctx context.Context, o Order) (Doubt, error) {
	return stored.View(ctx, s.b, func(tx Tx) (Doubt, error) {
		h, err := tx.HeldOrder(ctx, heldID(o))
		switch {
		case errors.Is(err, stored.ErrNotFound) || err == nil && h.State != Held:
			return NoDoubt, nil
		case err != nil:
			return NoDoubt, fmt.Errorf("cannot read held order %s: %w", heldID(o), err)
		}

		return h.Why, nil
	})
}
