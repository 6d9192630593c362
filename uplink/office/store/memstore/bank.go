package memstore

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// cards are the rows of operations at the bank, among the others.
type cards rows

func (b *cards) Exchange(_ context.Context, id string) (bank.Exchange, error) {
	return one(b.exchanges, id)
}

// sorted are the operations that keep wants, newest first.
func (b *cards) sorted(keep func(bank.Exchange) bool, limit int) []bank.Exchange {
	return list(b.exchanges, keep, func(x, y bank.Exchange) int {
		return cmp.Or(cmp.Compare(y.SentAt, x.SentAt), strings.Compare(y.ID, x.ID))
	}, limit)
}

func (b *cards) ExchangesOf(_ context.Context, serial string) ([]bank.Exchange, error) {
	out := several(b.exchanges, b.bankSerials[serial])
	slices.SortFunc(out, func(x, y bank.Exchange) int {
		return cmp.Or(cmp.Compare(x.SentAt, y.SentAt), strings.Compare(x.ID, y.ID))
	})
	return out, nil
}

func (b *cards) ExchangesLike(_ context.Context, terminal string, trace uint32, since time.Time) ([]bank.Exchange, error) {
	return b.sorted(func(x bank.Exchange) bool {
		return x.Terminal == terminal && x.Trace == trace && x.SentAt >= since.UnixMilli()
	}, stored.MaxList), nil
}

func (b *cards) Settlements(_ context.Context, from, to time.Time, limit int) ([]bank.Exchange, error) {
	all := b.sorted(func(x bank.Exchange) bool {
		return x.Op == posp.Settle && x.SentAt >= from.UnixMilli() && x.SentAt < to.UnixMilli()
	}, math.MaxInt)
	slices.Reverse(all)

	return all[:min(len(all), limit)], nil
}

func (b *cards) ListExchanges(_ context.Context, f bank.Filter) ([]bank.Exchange, error) {
	return b.sorted(func(x bank.Exchange) bool {
		return (f.Kiosk == "" || x.Kiosk == f.Kiosk) && (f.Terminal == "" || x.Terminal == f.Terminal) && (f.Serial == "" || x.Serial == f.Serial) &&
			!(f.Open && !x.State.Open())
	}, f.Limit), nil
}

func (b *cards) AddExchange(_ context.Context, x bank.Exchange) error {
	if _, had := b.exchanges[x.ID]; had {
		return fmt.Errorf("operation %s exists: %w", x.ID, stored.ErrStale)
	}
	b.putExchange(x)
	if x.Serial != "" {
		add((*rows)(b), b.bankSerials, x.Serial, x.ID)
	}
	return nil
}

func (b *cards) UpdateExchange(_ context.Context, x bank.Exchange) error {
	if b.exchanges[x.ID].Version != x.Version-1 {
		return stored.ErrStale
	}
	b.putExchange(x)
	return nil
}

func (b *cards) putExchange(x bank.Exchange) {
	put((*rows)(b), b.exchanges, x.ID, x)
	if x.State == bank.Sent || x.WatchAt != 0 {
		put((*rows)(b), b.bankWatch, x.ID, true)
	} else {
		remove((*rows)(b), b.bankWatch, x.ID)
	}
}

// watched are the operations that are under way or watched, of which keep wants some.
func (b *cards) watched(keep func(bank.Exchange) bool, compare func(x, y bank.Exchange) int) []bank.Exchange {
	var out []bank.Exchange
	for id := range b.bankWatch {
		if x := b.exchanges[id]; keep(x) {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, compare)
	return out
}

func (b *cards) ExchangesInFlight(_ context.Context, owner string) ([]bank.Exchange, error) {
	return b.watched(func(x bank.Exchange) bool { return x.State == bank.Sent && x.Owner == owner }, func(x, y bank.Exchange) int {
		return strings.Compare(x.ID, y.ID)
	}), nil
}

func (b *cards) WatchedExchanges(_ context.Context, now time.Time, limit int) ([]bank.Exchange, error) {
	out := b.watched(func(x bank.Exchange) bool { return x.Watched(now) }, func(x, y bank.Exchange) int {
		return cmp.Or(cmp.Compare(x.WatchAt, y.WatchAt), strings.Compare(x.ID, y.ID))
	})
	return out[:min(len(out), limit)], nil
}

func (b *cards) NextExchange(context.Context) (next time.Time, _ error) {
	for id := range b.bankWatch {
		if at := b.exchanges[id].WatchAt; at != 0 && (next.IsZero() || at < next.UnixMilli()) {
			next = time.UnixMilli(at).UTC()
		}
	}
	return next, nil
}

func (b *cards) AddBankHistory(_ context.Context, steps []books.History) error {
	for _, h := range steps {
		add((*rows)(b), b.bankSteps, h.Serial, h)
	}
	return nil
}

func (b *cards) BankHistory(_ context.Context, id string) ([]books.History, error) {
	return slices.Clone(b.bankSteps[id]), nil
}

func (b *cards) Terminal(_ context.Context, kiosk string) (bank.Terminal, error) {
	return one(b.terminals, kiosk)
}

func (b *cards) TerminalCalled(_ context.Context, terminal string) (bank.Terminal, error) {
	for _, t := range b.terminals {
		if t.Terminal == terminal {
			return t, nil
		}
	}
	return bank.Terminal{}, stored.ErrNotFound
}

func (b *cards) Terminals(context.Context) ([]bank.Terminal, error) {
	return list(b.terminals, func(bank.Terminal) bool { return true }, func(x, y bank.Terminal) int { return strings.Compare(x.Kiosk, y.Kiosk) }, len(b.terminals)), nil
}

func (b *cards) OrderedTerminals(context.Context) ([]bank.Terminal, error) {
	return list(b.terminals, bank.Terminal.Ordered, func(x, y bank.Terminal) int { return strings.Compare(x.Kiosk, y.Kiosk) }, len(b.terminals)), nil
}

func (b *cards) VoidingTerminals(context.Context) ([]bank.Terminal, error) {
	voids := func(t bank.Terminal) bool { return t.Void.ID != "" }
	return list(b.terminals, voids, func(x, y bank.Terminal) int { return strings.Compare(x.Kiosk, y.Kiosk) }, len(b.terminals)), nil
}

func (b *cards) PutTerminal(_ context.Context, t bank.Terminal) error {
	put((*rows)(b), b.terminals, t.Kiosk, t)
	return nil
}

func (b *cards) Reversible(_ context.Context, serial string) (bool, error) {
	closed := func(sale bank.Exchange) bool {
		for _, x := range b.exchanges {
			if x.Terminal == sale.Terminal && x.Batch == sale.Batch && (x.Op == posp.Settle || x.Op == posp.UploadEnd) && x.State == bank.Approved && x.SentAt >= sale.SentAt {
				return true
			}
		}
		return false
	}
	for _, x := range several(b.exchanges, b.bankSerials[serial]) {
		open := x.State == bank.Sent || x.State == bank.Unknown || x.State == bank.Approved || x.State == bank.Reversing
		if x.Op == posp.Sale && open && b.terminals[x.Kiosk].Terminal == x.Terminal && !closed(x) {
			return true, nil
		}
	}
	return false, nil
}

func (b *cards) CardReceipts(_ context.Context, serials []string) ([]books.Receipt, error) {
	var out []books.Receipt
	for _, s := range serials {
		for _, x := range several(b.exchanges, b.bankSerials[s]) {
			if x.Op == posp.Sale && x.State == bank.Approved {
				out = append(out, books.Receipt{Serial: x.Serial, Kiosk: x.Kiosk, Tender: books.TenderBankCard, Amount: x.Amount})
			}
		}
	}
	return out, nil
}
