package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
)

func exchangeTable() table[bank.Exchange] {
	return table[bank.Exchange]{
		"bank_operations", cols(`id kiosk serial terminal merchant op type processing batch trace amount masked state end_is code
			reference auth_code settles sends sent_at resent_at answered_at watch_at version owner updated_at totals bank_totals booked_to`), 1,
		func(x *bank.Exchange) []any {
			return []any{
				&x.ID, &x.Kiosk, &x.Serial, &x.Terminal, &x.Merchant, (*string)(&x.Op), &x.Type, &x.Processing, &x.Batch, &x.Trace, &x.Amount, &x.Masked,
				(*string)(&x.State), (*string)(&x.End), (*string)(&x.Code),
				&x.Reference, &x.AuthCode, &x.Settles, &x.Sends, &x.SentAt, &x.ResentAt, &x.AnsweredAt, &x.WatchAt, &x.Version, &x.Owner, &x.UpdatedAt,
				asJSON[posp.Totals]{&x.Totals},
				asJSON[posp.Totals]{&x.BankTotals},
				&x.BookedTo,
			}
		},
	}
}

func terminalTable() table[bank.Terminal] {
	return table[bank.Terminal]{
		"bank_terminals", cols(`kiosk terminal merchant bound_by bound_at batch sign_in_at sign_in_end sign_in_code
			settled_at settled settled_of reversal updated_at settle_batch settle_by settle_at
			void_id void_serial void_sale void_batch void_trace void_amount void_at void_sent`), 1,
		func(t *bank.Terminal) []any {
			return []any{
				&t.Kiosk, &t.Terminal, &t.Merchant, &t.BoundBy, &t.BoundAt, &t.Batch,
				&t.SignInAt, (*string)(&t.SignInEnd), (*string)(&t.SignInCode),
				&t.SettledAt, (*string)(&t.Settled), &t.SettledOf, &t.Reversal, &t.UpdatedAt,
				&t.SettleBatch, &t.SettleBy, &t.SettleAt,
				&t.Void.ID, &t.Void.Serial, &t.Void.Sale, &t.Void.Batch, &t.Void.Trace, &t.Void.Amount, &t.Void.At, &t.Void.Sent,
			}
		},
	}
}

func bankHistoryTable() table[books.History] {
	t := historyTable()
	t.name = "bank_history"
	return t
}

// cards are the rows of operations at the bank, among the others.
type cards rows

func (r *cards) Exchange(ctx context.Context, id string) (bank.Exchange, error) {
	return queryOne(ctx, r.q, exchangeTable(), "WHERE id = $1"+r.forUpdate, id)
}

func (r *cards) ExchangesOf(ctx context.Context, serial string) ([]bank.Exchange, error) {
	return query(ctx, r.q, exchangeTable(), "WHERE serial = $1 ORDER BY sent_at, id"+r.forUpdate, serial)
}

func (r *cards) ExchangesLike(ctx context.Context, terminal string, trace uint32, since time.Time) ([]bank.Exchange, error) {
	return query(ctx, r.q, exchangeTable(), "WHERE terminal = $1 AND trace = $2 AND sent_at >= $3 ORDER BY sent_at DESC, id DESC", terminal, trace, since.UnixMilli())
}

func (r *cards) Settlements(ctx context.Context, from, to time.Time, limit int) ([]bank.Exchange, error) {
	return query(ctx, r.q, exchangeTable(), "WHERE op = 'settle' AND sent_at >= $1 AND sent_at < $2 ORDER BY sent_at, id LIMIT $3", from.UnixMilli(), to.UnixMilli(), limit)
}

func (r *cards) ListExchanges(ctx context.Context, f bank.Filter) ([]bank.Exchange, error) {
	var conditions []string
	var args []any
	for _, c := range []struct{ column, value string }{{"kiosk", f.Kiosk}, {"terminal", f.Terminal}, {"serial", f.Serial}} {
		if c.value != "" {
			args = append(args, c.value)
			conditions = append(conditions, fmt.Sprintf("%s = $%d", c.column, len(args)))
		}
	}
	if f.Open {
		conditions = append(conditions, "state IN ('"+strings.Join(openStates(), "', '")+"')")
	}
	where := ""
	if len(conditions) > 0 {
		where = "WHERE " + strings.Join(conditions, " AND ") + " "
	}
	return query(ctx, r.q, exchangeTable(), where+"ORDER BY sent_at DESC, id DESC LIMIT "+nth(args), append(args, f.Limit)...)
}

func openStates() []string {
	return []string{string(bank.Sent), string(bank.Unknown), string(bank.Unequal), string(bank.Reversing), string(bank.Claimed), string(bank.Returning)}
}

func (r *cards) AddExchange(ctx context.Context, x bank.Exchange) error {
	return insert(ctx, (*rows)(r), exchangeTable(), fail, []bank.Exchange{x})
}

func (r *cards) UpdateExchange(ctx context.Context, x bank.Exchange) error {
	return update(ctx, r.q, exchangeTable(), x, x.Version-1)
}

func (r *cards) ExchangesInFlight(ctx context.Context, owner string) ([]bank.Exchange, error) {
	return query(ctx, r.q, exchangeTable(), "WHERE state = 'sent' AND owner = $1 ORDER BY id", owner)
}

func (r *cards) WatchedExchanges(ctx context.Context, now time.Time, limit int) ([]bank.Exchange, error) {
	return query(ctx, r.q, exchangeTable(), "WHERE watch_at > 0 AND (watch_at <= $1 OR watch_at > $2) ORDER BY watch_at, id LIMIT $3",
		now.UnixMilli(), now.Add(bank.OpenAfter).UnixMilli(), limit)
}

func (r *cards) NextExchange(ctx context.Context) (time.Time, error) {
	var at int64
	err := scalar(ctx, r.q, []any{&at}, "SELECT coalesce(min(watch_at), 0) FROM bank_operations WHERE watch_at > 0")
	if err != nil || at == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(at).UTC(), nil
}

func (r *cards) AddBankHistory(ctx context.Context, hs []books.History) error {
	return insert(ctx, (*rows)(r), bankHistoryTable(), fail, hs)
}

func (r *cards) BankHistory(ctx context.Context, id string) ([]books.History, error) {
	return query(ctx, r.q, bankHistoryTable(), "WHERE serial = $1 ORDER BY version", id)
}

func (r *cards) Terminal(ctx context.Context, kiosk string) (bank.Terminal, error) {
	return queryOne(ctx, r.q, terminalTable(), "WHERE kiosk = $1"+r.forUpdate, kiosk)
}

func (r *cards) TerminalCalled(ctx context.Context, terminal string) (bank.Terminal, error) {
	return queryOne(ctx, r.q, terminalTable(), "WHERE terminal = $1"+r.forUpdate, terminal)
}

func (r *cards) Terminals(ctx context.Context) ([]bank.Terminal, error) {
	return query(ctx, r.q, terminalTable(), "ORDER BY kiosk")
}

func (r *cards) OrderedTerminals(ctx context.Context) ([]bank.Terminal, error) {
	return query(ctx, r.q, terminalTable(), `WHERE settle_batch > 0 AND settle_batch = batch
		AND NOT (settled_of = settle_batch AND settled_at >= settle_at) ORDER BY kiosk`)
}

func (r *cards) VoidingTerminals(ctx context.Context) ([]bank.Terminal, error) {
	return query(ctx, r.q, terminalTable(), "WHERE void_id <> '' ORDER BY kiosk")
}

func (r *cards) PutTerminal(ctx context.Context, t bank.Terminal) error {
	return insert(ctx, (*rows)(r), terminalTable(), replace, []bank.Terminal{t})
}

func (r *cards) Reversible(ctx context.Context, serial string) (bool, error) {
	var n int64
	err := scalar(ctx, r.q, []any{&n}, `SELECT count(*) FROM bank_operations o
		JOIN bank_terminals t ON t.kiosk = o.kiosk AND t.terminal = o.terminal
		WHERE o.serial = $1 AND o.op = 'sale' AND o.state IN ('sent', 'unknown', 'approved', 'reversing')
		AND NOT EXISTS (SELECT 1 FROM bank_operations s
			WHERE s.terminal = o.terminal AND s.batch = o.batch AND s.op IN ('settle', 'upload-end') AND s.state = 'approved' AND s.sent_at >= o.sent_at)`, serial)
	return n > 0, err
}

func (r *cards) CardReceipts(ctx context.Context, serials []string) ([]books.Receipt, error) {
	t := exchangeTable()
	bySerial := table[bank.Exchange]{t.name, append([]string{"serial"}, t.columns...), 1, func(x *bank.Exchange) []any { return append([]any{new(string)}, t.fields(x)...) }}
	found, err := in(ctx, r.q, bySerial, serials, "AND op = '"+string(posp.Sale)+"' AND state = '"+string(bank.Approved)+"' ORDER BY id"+r.forUpdate)
	out := make([]books.Receipt, 0, len(found))
	for _, x := range found {
		out = append(out, books.Receipt{Serial: x.Serial, Kiosk: x.Kiosk, Tender: books.TenderBankCard, Amount: x.Amount})
	}
	return out, err
}
