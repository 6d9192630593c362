package counterfeit

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/payments/ledger"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// ClaimState is how far a maker is with what it bears.
type ClaimState string

// The states of a claim. Empty: nothing was claimed.
const (
	Claimed ClaimState = "claimed" // the maker was asked for it
	Paid    ClaimState = "paid"    // it is at the bank: the end
	Refused ClaimState = "refused" // the maker will not pay; it may be claimed again
	Dropped ClaimState = "dropped" // two people wrote it off; what comes all the same may be entered
	Void    ClaimState = "void"    // the finding was taken back: there is nothing to claim
)

// Claim is what was asked of a maker who bears some of a loss, and what came of it.
type Claim struct {
	State     ClaimState   `json:"state"`
	Amount    money.Amount `json:"amount"` // that the maker bears
	By        string       `json:"by"`     // who claimed it last
	At        int64        `json:"at"`
	Reference string       `json:"reference"` // of the payment, as the bank has it
	EndedBy   string       `json:"ended_by"`  // who entered that it was paid, or refused, or the two who wrote it off
	EndedAt   int64        `json:"ended_at"`
	DroppedAt int64        `json:"dropped_at"` // when it was written off; 0 is never
}

// StepClaim is the state of a claim after another one, or ErrNotPossible:
//
//	event    none     claimed  paid  refused  dropped  void
//	claimed  claimed  -        -     claimed  -        -
//	paid     -        paid     -     paid     paid     -
//	refused  -        refused  -     -        -        -
//	dropped  -        -        -     dropped  -        -
func StepClaim(s, e ClaimState) (ClaimState, error) {
	fits := map[ClaimState][]ClaimState{"": {Claimed}, Claimed: {Paid, Refused}, Refused: {Claimed, Paid, Dropped}, Dropped: {Paid}}
	for _, next := range fits[s] {
		if next == e {
			return e, nil
		}
	}

	return s, fmt.Errorf("%w: %s while the claim is %q", ErrNotPossible, e, s)
}

// claimed is a case that has the maker bear some of the loss, with its claim after an event.
func claimed(ctx context.Context, tx Tx, id string, e ClaimState) (Case, error) {
	c, err := tx.Forgery(ctx, id)
	if err != nil {
		return c, fmt.Errorf("counterfeit case %.40q: %w", id, err)
	}
	if c.Stage != StageDecided || c.Decision.Maker <= 0 {
		return c, fmt.Errorf("%w: the maker bears none of it", ErrNotPossible)
	}
	c.Claim.State, err = StepClaim(c.Claim.State, e)

	return c, err
}

// claim has fn change the claim of a case.
func (d *Desk) claim(ctx context.Context, id string, e ClaimState, now time.Time, fn func(Tx, *Case) (Line, error)) (Case, error) {
	var c Case
	err := d.b.Update(ctx, func(tx Tx) (err error) {
		if c, err = claimed(ctx, tx, id, e); err != nil {
			return err
		}
		l, err := fn(tx, &c)
		if err != nil {
			return err
		}
		l.At, l.What = stored.Millis(now), string(e)

		return d.put(ctx, tx, &c, l, now)
	})

	return c, err
}

// ClaimFrom says that the maker was asked for what it bears, and how. From then on its time to
// pay runs (Terms.PayDays).
func (d *Desk) ClaimFrom(ctx context.Context, id, how, by string, now time.Time) (Case, error) {
	if err := checkText("how", how, 2); err != nil {
		return Case{}, err
	}

	return d.claim(ctx, id, Claimed, now, func(_ Tx, c *Case) (Line, error) {
		c.Claim = Claim{State: Claimed, Amount: c.Decision.Maker, By: by, At: stored.Millis(now)}
		c.Level = 0

		return Line{By: by, Text: how}, nil
	})
}

// PaidBy says that the maker paid what it bears, as the bank has it: it posts that, once. By
// another person than who claimed it (books.ErrTwoPeople), and for that sum and no other. What
// was written off before comes back out of there.
func (d *Desk) PaidBy(ctx context.Context, id string, amount money.Amount, reference, by string, now time.Time) (Case, error) {
	if err := checkText("reference", reference, 2); err != nil {
		return Case{}, err
	}

	return d.claim(ctx, id, Paid, now, func(tx Tx, c *Case) (Line, error) {
		switch {
		case c.Claim.By == by:
			return Line{}, books.ErrTwoPeople
		case amount != c.Claim.Amount:
			return Line{}, fmt.Errorf("%w: the maker bears %s, and paid %s", ErrInput, c.Claim.Amount, amount)
		}
		move := ledger.MakerPays
		if c.Claim.DroppedAt != 0 {
			move = ledger.MakerPaysLate
		}
		lines, err := ledger.Moved(move, amount)
		if err != nil {
			return Line{}, fmt.Errorf("counterfeit case %s: %w", id, err)
		}
		doc := accounts.Document{
			Key: "claim-" + c.ID, Kiosk: c.Kiosk, Date: d.dateOf(now), Kind: "counterfeit", Why: "paid by the maker, " + reference, By: c.Claim.By + ", " + by, Lines: lines,
		}
		if _, err := d.entries.RecordIn(ctx, tx, doc, now); err != nil {
			return Line{}, fmt.Errorf("cannot post what the maker of %s paid: %w", c.ID, err)
		}
		c.Claim.Reference = reference
		c.Claim.EndedBy, c.Claim.EndedAt = by, stored.Millis(now)

		return Line{By: by, Text: reference + ": " + amount.String()}, nil
	})
}

// RefusedBy says that the maker does not pay, and why. What it bears stays due from it, until it
// is claimed again and paid, or two people write it off.
func (d *Desk) RefusedBy(ctx context.Context, id, why, by string, now time.Time) (Case, error) {
	if err := checkText("why", why, 2); err != nil {
		return Case{}, err
	}

	return d.claim(ctx, id, Refused, now, func(_ Tx, c *Case) (Line, error) {
		c.Claim.EndedBy, c.Claim.EndedAt = by, stored.Millis(now)

		return Line{By: by, Text: why}, nil
	})
}

// DropPlan is what writing a claim off starts from.
type DropPlan struct {
	Case    string       `json:"case"`
	Kiosk   string       `json:"kiosk"`
	Maker   string       `json:"maker"`
	Amount  money.Amount `json:"amount"`
	Version int64        `json:"version"`
}

// PlanDrop says what writing a claim off would post, and writes nothing. Only what the maker
// refused can be written off (ErrNotPossible).
func PlanDrop(ctx context.Context, tx Tx, id string) (DropPlan, error) {
	c, err := claimed(ctx, tx, id, Dropped)
	return DropPlan{c.ID, c.Kiosk, c.Terms.Maker, c.Claim.Amount, c.Version}, err
}

// DropIn writes a refused claim off as two people want it, once, by claim-dropped-ID.
func (d *Desk) DropIn(ctx context.Context, tx Tx, id string, who books.Orderers, now time.Time) error {
	c, err := claimed(ctx, tx, id, Dropped)
	if err != nil {
		return err
	}
	lines, err := ledger.Moved(ledger.DropClaim, c.Claim.Amount)
	if err != nil {
		return fmt.Errorf("counterfeit case %s: %w", id, err)
	}
	doc := accounts.Document{
		Key: "claim-dropped-" + c.ID, Kiosk: c.Kiosk, Date: d.dateOf(now), Kind: "counterfeit", Why: "refused by the maker, written off: " + stored.Text(who.Reason), By: who.Names(), Lines: lines,
	}
	if _, err := d.entries.RecordIn(ctx, tx, doc, now); err != nil {
		return fmt.Errorf("cannot write off the claim of %s: %w", c.ID, err)
	}
	c.Claim.EndedBy, c.Claim.EndedAt = who.Names(), stored.Millis(now)
	c.Claim.DroppedAt = c.Claim.EndedAt

	return d.put(ctx, tx, &c, Line{At: c.Claim.EndedAt, By: who.Names(), What: string(Dropped), Text: stored.Text(who.Reason)}, now)
}

// Waits reports whether money is due from the maker of a decided case.
func (c Case) Waits() bool {
	return c.Stage == StageDecided && c.Decision.Maker > 0 && c.Claim.State != Paid && c.Claim.State != Dropped
}
