package bank

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// Errors of what people say.
var (
	ErrAct       = errors.New("the kiosk has no approved sale there that the books do not have")
	ErrTwoPeople = errors.New("who said that the bank has a sale may not confirm it: another person has to")
)

// claimed and confirmed are the steps of a history.
const (
	claimed   = "claimed"
	confirmed = "confirmed"
)

// Vouch is a person's word that the bank has a sale of which only the kiosk's journal
// knows: these books are out of a backup. The first one's makes its row, in state
// Claimed; another person's has it approved, and its posting is taken up after that. It
// is audited. ErrTwoPeople says that it is the same person, ErrAct that there is nothing
// to vouch for.
func (l *Register) Vouch(ctx context.Context, serial, user, reason string, now time.Time) (Exchange, error) {
	var x Exchange
	err := l.b.Update(ctx, func(tx Tx) error {
		sale, kiosk, err := journaled(ctx, tx, serial)
		if err != nil {
			return err
		}
		before, err := tx.Exchange(ctx, sale.ID)
		switch {
		case errors.Is(err, stored.ErrNotFound):
			sale.State = Claimed
			x = sale
		case err != nil:
			return fmt.Errorf("cannot read operation %s: %w", sale.ID, err)
		case before.State != Claimed:
			return fmt.Errorf("%w: the books have it, %s", ErrAct, before.State)
		default:
			x = before
			x.State = Approved
		}

		event := claimed
		if before.Version > 0 {
			event = confirmed
			if err := another(ctx, tx, x.ID, user); err != nil {
				return err
			}
		}
		if err := vouched(ctx, tx, before, &x, event, user, reason, now); err != nil {
			return err
		}

		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: user, Action: event + " sale", Object: kiosk + " " + serial, Reason: stored.Text(reason)})
	})

	return x, err
}

// vouched stores the row, and who said so and why.
func vouched(ctx context.Context, tx Tx, before Exchange, x *Exchange, event, user, reason string, now time.Time) error {
	x.Version, x.UpdatedAt = before.Version+1, stored.Millis(now)
	store := tx.UpdateExchange
	if before.Version == 0 {
		store = tx.AddExchange
	}
	if err := store(ctx, *x); err != nil {
		return fmt.Errorf("cannot store operation %s: %w", x.ID, err)
	}
	h := x.line(event, user, now)
	h.Text = stored.Text(reason)

	return tx.AddBankHistory(ctx, []books.History{h})
}

// another is ErrTwoPeople if user claimed the sale.
func another(ctx context.Context, tx Tx, id, user string) error {
	steps, err := tx.BankHistory(ctx, id)
	if err != nil {
		return fmt.Errorf("cannot read history of %s: %w", id, err)
	}
	for _, h := range steps {
		if h.Event == claimed && h.By == user {
			return ErrTwoPeople
		}
	}

	return nil
}

// journaled is the approved sale that a kiosk's journal has under the serial, as a row.
func journaled(ctx context.Context, tx Tx, serial string) (Exchange, string, error) {
	rows, err := tx.Transactions(ctx, []string{serial})
	if err != nil {
		return Exchange{}, "", fmt.Errorf("cannot read transaction %s: %w", serial, err)
	}
	if len(rows) == 0 || rows[0].Folded == nil {
		return Exchange{}, "", fmt.Errorf("transaction %.32q: %w", serial, stored.ErrNotFound)
	}
	t := rows[0]
	leg := t.Folded.Card
	batch, bad := strconv.ParseUint(leg.Sale.Batch, 10, 32)
	trace, worse := strconv.ParseUint(leg.Sale.Trace, 10, 32)
	if leg.State != bankcard.Approved || leg.Total == 0 || bad != nil || worse != nil || !plain(leg.Sale.Terminal) {
		return Exchange{}, "", ErrAct
	}

	c := Carry{Asked: Asked{Kiosk: t.Kiosk, Serial: serial, Terminal: leg.Sale.Terminal, Heading: Heading{
		Type: 0x0200, Processing: ofSale, Terminal: leg.Sale.Terminal, Merchant: leg.Sale.Merchant, Batch: uint32(batch), Trace: uint32(trace),
		Amount: leg.Amount, Masked: leg.Sale.Card,
	}}, Op: posp.Sale}
	at := time.UnixMilli(leg.Sale.At)
	c.ID = idOf(c.Op, c.Heading, serial, at)
	x := c.row(at)
	x.WatchAt = 0
	x.Code = posp.Code(leg.Answer.Response)
	x.Reference, x.AuthCode = leg.Answer.Reference, leg.Answer.Auth
	x.Settles = leg.Answer.SettleDate

	return x, t.Kiosk, nil
}
