package memstore

import (
	"cmp"
	"context"
	"slices"

	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/acquiring"
)

// ledgers are the rows of entries and balances, among the others.
type ledgers rows

// mark notes that what is known under a key changed.
func mark(b *rows, key string) {
	if key != "" {
		b.marked++
		put(b, b.marks, key, b.marked)
	}
}

func (b *ledgers) QROrders(_ context.Context, serials []string) ([]acquiring.Order, error) {
	return several(b.qrs, serials), nil
}

func (b *ledgers) AccountHead(context.Context) (accounts.Head, error) { return b.head, nil }

func (b *ledgers) PutAccountHead(_ context.Context, h accounts.Head) error {
	old := b.head
	b.undo = append(b.undo, func() { b.head = old })
	b.head = h
	return nil
}

func (b *ledgers) AddEntries(_ context.Context, rows []accounts.Entry) error {
	had := len(b.entries)
	b.undo = append(b.undo, func() { b.entries = b.entries[:had] })
	for _, e := range rows {
		add(b.rows(), b.entriesOf, e.Key, len(b.entries))
		b.entries = append(b.entries, e)
	}
	return nil
}

func (b *ledgers) rows() *rows { return (*rows)(b) }

func (b *ledgers) Entries(_ context.Context, n int64, limit int) ([]accounts.Entry, error) {
	from := min(max(n, 0), int64(len(b.entries)))
	return slices.Clone(b.entries[from:min(from+int64(limit), int64(len(b.entries)))]), nil
}

func (b *ledgers) EntriesOf(_ context.Context, keys []string) ([]accounts.Entry, error) {
	var out []accounts.Entry
	for _, k := range keys {
		for _, at := range b.entriesOf[k] {
			out = append(out, b.entries[at])
		}
	}
	return out, nil
}

func (b *ledgers) Balances(_ context.Context, ids []string) ([]accounts.Balance, error) {
	return several(b.balances, ids), nil
}

func (b *ledgers) ListBalances(_ context.Context, f accounts.Filter) ([]accounts.Balance, error) {
	return list(b.balances, func(x accounts.Balance) bool {
		return (f.From == "" || x.Date >= f.From) && (f.To == "" || x.Date <= f.To) && (f.Kiosk == "" || x.Kiosk == f.Kiosk)
	}, func(x, y accounts.Balance) int {
		return cmp.Or(cmp.Compare(x.Date, y.Date), cmp.Compare(x.Kiosk, y.Kiosk), cmp.Compare(x.Account, y.Account))
	}, len(b.balances)), nil
}

func (b *ledgers) PutBalances(_ context.Context, rows []accounts.Balance) error {
	for _, x := range rows {
		put(b.rows(), b.balances, x.ID(), x)
	}
	return nil
}

func (b *ledgers) MarkedKeys(_ context.Context, after string, limit int) ([]accounts.Mark, error) {
	var out []accounts.Mark
	for key, token := range b.marks {
		if key > after {
			out = append(out, accounts.Mark{Key: key, Token: token})
		}
	}
	slices.SortFunc(out, func(x, y accounts.Mark) int { return cmp.Compare(x.Key, y.Key) })
	return out[:min(len(out), limit)], nil
}

func (b *ledgers) Unmark(_ context.Context, marks []accounts.Mark) (still []accounts.Mark, _ error) {
	for _, m := range marks {
		if b.marks[m.Key] == m.Token {
			remove(b.rows(), b.marks, m.Key)
			still = append(still, m)
		}
	}
	return still, nil
}

func (b *ledgers) CountMarked(context.Context) (int64, error) { return int64(len(b.marks)), nil }
