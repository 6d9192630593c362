package books

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// CloseCase closes a case without an amount with what a person decided, and audits it. One
// that has an amount is ErrTwoPeople (see CloseIn), and one that is closed already
// ErrConflict.
func (s *Keeper) CloseCase(ctx context.Context, id, user, resolution string, now time.Time) (Case, error) {
	var c Case
	err := s.b.Update(ctx, func(tx Tx) error {
		before, err := openCase(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case before.HasAmount():
			return ErrTwoPeople
		}
		if err := mayClose(ctx, tx, before); err != nil {
			return err
		}
		if c, err = closeCase(ctx, tx, before, user, resolution, now); err != nil {
			return err
		}

		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: user, Action: "close case", Object: id, Reason: c.Resolution})
	})

	return c, err
}

// ClosePlan is what closing a case with an amount starts from.
type ClosePlan struct {
	Case       string       `json:"case"`
	Class      string       `json:"class"`
	Kiosk      string       `json:"kiosk"`
	Serial     string       `json:"serial"`
	Amount     money.Amount `json:"amount"`
	Text       string       `json:"text"`
	OpenedAt   int64        `json:"opened_at"`
	Resolution string       `json:"resolution"`
	Went       Went         `json:"went,omitempty"`
}

// PlanClose says what closing a case would start from, and writes nothing. A case that is
// closed already is ErrConflict; one whose posting is being retried or reversed is
// posting.ErrAction, because the posting's end could contradict what is decided; so is, as
// ErrReversible, one of a payment by bank card that its kiosk can still take back, and that
// of a card that was not written, which is settled with SettleWay. Who ordered that the
// payment is reversed may not be the one who says what became of its money: ErrOwnReversal.
// ErrWent says that the case is not of money that can go the way that is named.
func PlanClose(ctx context.Context, tx Tx, id, by, resolution string, went Went) (ClosePlan, error) {
	c, err := openCase(ctx, tx, id)
	if err != nil {
		return ClosePlan{}, err
	}
	if err := errors.Join(c.goes(went), mayClose(ctx, tx, c)); err != nil {
		return ClosePlan{}, err
	}
	if err := wentOnce(ctx, tx, c, went); err != nil {
		return ClosePlan{}, err
	}
	if c.settles() {
		h, _, err := lastReversal(ctx, tx, c.Serial)
		if err != nil {
			return ClosePlan{}, err
		}
		if first, _, _ := strings.Cut(h.By, andBy); first == by && by != "" {
			return ClosePlan{}, ErrOwnReversal
		}
	}

	return ClosePlan{c.ID, c.Class, c.Kiosk, c.Serial, c.Amount, c.Text, c.OpenedAt, resolution, went}, nil
}

// wentOnce refuses to say of the money of a payment a second time that a counter gave it, and
// in an unbooked case where it went while another case is open that is of that very money.
func wentOnce(ctx context.Context, tx Tx, c Case, went Went) error {
	if went != "" && c.Class == ClassUnbooked {
		matters, err := mattersOf(ctx, tx, c.Serial)
		if err != nil {
			return err
		}
		if matterOf(matters) == posting.CaseOpen {
			return fmt.Errorf("%w: another case of the payment is open, which says where it went", ErrWent)
		}
	}
	if went != PaidOut {
		return nil
	}

	return errors.Join(notPaidOut(ctx, tx, c), cameBack(ctx, tx, c))
}

// ErrOwnReversal says that who had a payment reversed may not settle it.
var ErrOwnReversal = errors.New("who ordered the reversal may not say what became of the money: another person has to")

// CloseIn closes a case as two people want it; what it refuses is as in PlanClose.
func CloseIn(ctx context.Context, tx Tx, id string, who Orderers, went Went, now time.Time) (Case, error) {
	c, err := openCase(ctx, tx, id)
	if err != nil {
		return c, err
	}
	if err := errors.Join(c.goes(went), mayClose(ctx, tx, c)); err != nil {
		return c, err
	}
	c.Went = went

	return closeCase(ctx, tx, c, who.Names(), who.Reason, now)
}

// EndCase closes a case as its subject says; one that is closed already stays as it is.
func EndCase(ctx context.Context, tx CaseTx, id, by, resolution string, now time.Time) error {
	c, err := tx.Case(ctx, id)
	switch {
	case err != nil:
		return fmt.Errorf("cannot read case %s: %w", id, err)
	case !c.Open:
		return nil
	}
	_, err = closeCase(ctx, tx, c, by, resolution, now)

	return err
}

func mayClose(ctx context.Context, tx Tx, c Case) error {
	if c.Class == ClassNotWritten {
		return fmt.Errorf("%w: it is closed by a re-write, by another way that two people settle, or by the reversal of the sale", posting.ErrAction)
	}
	if c.Class == ClassFork {
		return fmt.Errorf("%w: it is closed once two people have chosen a side of the journal", posting.ErrAction)
	}
	if c.Class == ClassHeld {
		h, err := tx.HeldOrder(ctx, c.ID)
		switch {
		case err == nil && h.State == Held:
			return fmt.Errorf("%w: it is closed by the release or the refusal of the order", posting.ErrAction)
		case err != nil && !errors.Is(err, stored.ErrNotFound):
			return fmt.Errorf("cannot read held order %s: %w", c.ID, err)
		}
	}
	if c.Class == ClassCounterfeit {
		return fmt.Errorf("%w: it is closed by the decision who bears the loss", posting.ErrAction)
	}
	if c.Class == ClassRefundAsked {
		return ErrAsked
	}
	if !c.settles() && c.Class != ClassUnbooked {
		return nil
	}
	switch _, asked, err := RefundAsked(ctx, tx, c.Serial); {
	case err != nil:
		return err
	case asked:
		return ErrAsked
	}
	p, err := onePosting(ctx, tx, c.Serial)
	switch {
	case errors.Is(err, stored.ErrNotFound):
		return errors.Join(reverses(ctx, tx, c, Posting{}), goesBackUnbooked(ctx, tx, c))
	case err != nil:
		return err
	case c.Class == ClassUnbooked && p.Tender != TenderBankCard:
		return nil
	}
	if err := posting.MayClose(p.Posting); err != nil && c.settles() {
		return err
	}
	if p.Tender == TenderBankCard && p.State != posting.Posted && !p.ofSale() {
		if err := reverses(ctx, tx, c, p); err != nil {
			return err
		}
	}
	return goesBack(ctx, tx, p)
}

// goesBack refuses to settle a payment by QR code by hand while its money is on its way
// back to the customer, which closes the case by itself. What the acquirer refused to give
// back has a case of its own.
func goesBack(ctx context.Context, tx Tx, p Posting) error {
	if p.Tender != TenderQR || p.State != posting.Owed || p.ofSale() {
		return nil
	}
	if held, err := heldByOthers(ctx, tx, p); err != nil || held {
		return err
	}

	return fmt.Errorf("%w: the acquirer gives the money back", posting.ErrAction)
}

// goesBackUnbooked is goesBack for a payment that nobody ordered to be posted.
func goesBackUnbooked(ctx context.Context, tx Tx, c Case) error {
	rows, err := tx.Transactions(ctx, []string{c.Serial})
	if err != nil {
		return fmt.Errorf("cannot read transaction %s: %w", c.Serial, err)
	}
	if c.Class != ClassUnbooked || len(rows) == 0 || rows[0].Tender != TenderQR {
		return nil
	}

	var owed Posting
	owed.Serial, owed.Kiosk = c.Serial, c.Kiosk
	owed.Account, owed.Amount = rows[0].Account, c.Amount
	owed.Tender, owed.State = TenderQR, posting.Owed

	return goesBack(ctx, tx, owed)
}

// heldByOthers reports whether the acquirer or the bank that took a payment has its money: it
// was paid and did not go back, or they refused to give it back, which is a case of its own.
func heldByOthers(ctx context.Context, tx Tx, p Posting) (bool, error) {
	o := Order{Serial: p.Serial, Kiosk: p.Kiosk, Account: p.Account, Tender: p.Tender, Amount: p.Amount}
	paid, err := receipts(ctx, tx, []Order{o})
	if err != nil || paid.has(o) {
		return err == nil, err
	}
	cases, err := tx.CasesOf(ctx, p.Serial)
	if err != nil {
		return false, fmt.Errorf("cannot read cases of %s: %w", p.Serial, err)
	}

	return slices.ContainsFunc(cases, func(c Case) bool { return c.Class == ClassKept }), nil
}
