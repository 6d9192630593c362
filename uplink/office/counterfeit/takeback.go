package counterfeit

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/stored"
)

// TakenBack is who took a finding back that was a mistake, and why. Zero: nobody did.
type TakenBack struct {
	By       string `json:"by"`
	Approver string `json:"approver"`
	Reason   string `json:"reason"`
	At       int64  `json:"at"`
}

// TakeBackPlan is what taking a finding back starts from.
type TakeBackPlan struct {
	Case       string       `json:"case"`
	Kiosk      string       `json:"kiosk"`
	Collection string       `json:"collection"`
	Stage      Stage        `json:"stage"`
	Found      Found        `json:"found"`
	Amount     money.Amount `json:"amount"`
	Claim      ClaimState   `json:"claim"`
	Version    int64        `json:"version"`
}

// MayTakeBack is ErrNotPossible where a finding can not be taken back as its case stands: it was
// before, or the maker has paid for it.
func (c Case) MayTakeBack() error {
	if c.Claim.State == Paid {
		return fmt.Errorf("%w: the maker has paid for it", ErrNotPossible)
	}
	_, err := Step(c.Stage, TakeBack, false)

	return err
}

// PlanTakeBack says what taking a finding back would undo, and writes nothing. ErrNotPossible also
// where its collection was handed over without the notes (cash.ErrForged).
func PlanTakeBack(ctx context.Context, tx Tx, id string) (TakeBackPlan, error) {
	c, err := tx.Forgery(ctx, id)
	if err != nil {
		return TakeBackPlan{}, fmt.Errorf("counterfeit case %.40q: %w", id, err)
	}
	err = c.MayTakeBack()
	if err == nil && c.SetAside {
		err = cash.MayTakeBack(ctx, tx, c.Kiosk, c.Collection, c.ID)
	}

	return TakeBackPlan{c.ID, c.Kiosk, c.Collection, c.Stage, c.Found, c.Amount(), c.Claim.State, c.Version}, err
}

// TakeBackIn ends the case of a finding that was a mistake, as two people want it. What stands in
// the books for it is posted back: the loss, what was written off of a claim, and that its notes
// were set aside. Its collection and its numbers are free for another finding. The case stays, with
// all of its history; it counts in no figure but that of those taken back.
func (d *Desk) TakeBackIn(ctx context.Context, tx Tx, id string, who books.Orderers, now time.Time) error {
	c, err := tx.Forgery(ctx, id)
	if err != nil {
		return fmt.Errorf("counterfeit case %.40q: %w", id, err)
	}
	if err := c.MayTakeBack(); err != nil {
		return err
	}
	if c.SetAside {
		if err := d.vault.TakeBackIn(ctx, tx, c.Kiosk, c.Collection, c.ID, who.Names(), now); err != nil {
			return err
		}
	}
	if err := tx.DropClaimedNotes(ctx, c.ID); err != nil {
		return fmt.Errorf("cannot free the notes of counterfeit case %s: %w", c.ID, err)
	}
	for _, key := range []string{"counterfeit-" + c.ID, "claim-dropped-" + c.ID} {
		doc := accounts.Document{Key: key, Kiosk: c.Kiosk, Date: d.dateOf(now), Kind: "counterfeit", Why: "taken back: " + stored.Text(who.Reason), By: who.Names()}
		if _, err := d.entries.RecordIn(ctx, tx, doc, now); err != nil {
			return fmt.Errorf("cannot post %s back: %w", key, err)
		}
	}

	c.Stage, c.SetAside = StageTakenBack, false
	if c.Decision.Maker > 0 {
		c.Claim.State = Void
	}
	c.TakenBack = TakenBack{By: who.By, Approver: who.Approver, Reason: stored.Text(who.Reason), At: stored.Millis(now)}
	l := Line{At: c.TakenBack.At, By: who.Names(), What: string(StageTakenBack), Text: c.TakenBack.Reason}
	if err := d.put(ctx, tx, &c, l, now); err != nil {
		return err
	}

	return d.endBookCase(ctx, tx, c, l, now)
}

// endBookCase ends the case of the books of a finding that was taken back, or says so in one that
// was closed by the decision.
func (d *Desk) endBookCase(ctx context.Context, tx Tx, c Case, l Line, now time.Time) error {
	m, err := tx.Case(ctx, c.bookCase())
	if err != nil {
		return fmt.Errorf("cannot read case of %s: %w", c.ID, err)
	}
	if m.Open {
		return books.EndCase(ctx, tx, m.ID, l.By, "taken back: "+l.Text, now)
	}

	return books.TellCase(ctx, tx, m, books.CaseEvent{At: l.At, By: l.By, What: books.CaseCommented, Text: l.What + ": " + l.Text})
}
