package bank

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// ErrAct says that there is nothing to vouch for.
var ErrAct = errors.New("the kiosk has no approved sale there that the books do not have")

// confirmed is the step of a history with which two people vouched. Earlier software had
// one of the first person before it, "claimed".
const confirmed = "confirmed"

// VouchPlan is the sale that two people vouch for: one of which only the kiosk's journal
// knows, because these books are out of a backup.
type VouchPlan struct {
	ID        string       `json:"id"`
	Kiosk     string       `json:"kiosk"`
	Serial    string       `json:"serial"`
	Terminal  string       `json:"terminal"`
	Batch     uint32       `json:"batch"`
	Trace     uint32       `json:"trace"`
	Amount    money.Amount `json:"amount"`
	Card      string       `json:"card"` // masked
	Reference string       `json:"reference"`
	Version   int64        `json:"version"` // of the row that the books have; 0 for none
}

// PlanVouch says which sale would be vouched for, and writes nothing. ErrAct says that
// there is none.
func PlanVouch(ctx context.Context, tx Tx, serial string) (VouchPlan, error) {
	before, x, err := vouchable(ctx, tx, serial)
	if err != nil {
		return VouchPlan{}, err
	}

	return VouchPlan{x.ID, x.Kiosk, serial, x.Terminal, x.Batch, x.Trace, x.Amount, x.Masked, x.Reference, before.Version}, nil
}

// VouchIn has a sale approved on the word of two people; its posting is taken up after
// that. ErrAct says that there is nothing to vouch for.
func VouchIn(ctx context.Context, tx Tx, serial string, who books.Orderers, now time.Time) (Exchange, error) {
	before, x, err := vouchable(ctx, tx, serial)
	if err != nil {
		return x, err
	}
	x.State = Approved

	return x, vouched(ctx, tx, before, &x, confirmed, who.Names(), who.Reason, now)
}

// vouchable is the sale as the journal has it, and the row that the books have of it: none,
// or one that earlier software made when a first person vouched.
func vouchable(ctx context.Context, tx Tx, serial string) (before, sale Exchange, err error) {
	sale, _, err = journaled(ctx, tx, serial)
	if err != nil {
		return before, sale, err
	}
	before, err = tx.Exchange(ctx, sale.ID)
	switch {
	case errors.Is(err, stored.ErrNotFound):
		return before, sale, nil
	case err != nil:
		return before, sale, fmt.Errorf("cannot read operation %s: %w", sale.ID, err)
	case before.State != Claimed:
		return before, sale, fmt.Errorf("%w: the books have it, %s", ErrAct, before.State)
	}

	return before, before, nil
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
	if t.Folded.ByBank {
		x.BookedTo = t.Account
	}

	return x, t.Kiosk, nil
}
