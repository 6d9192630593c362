package memstore

import (
	"cmp"
	"context"
	"math"
	"slices"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/store"
)

func (b *books) Kiosk(_ context.Context, id string) (store.Kiosk, error) { return one(b.kiosks, id) }

func (b *books) Kiosks(context.Context) ([]store.Kiosk, error) {
	return list(b.kiosks, func(store.Kiosk) bool { return true },
		func(x, y store.Kiosk) int { return cmp.Compare(x.ID, y.ID) }, math.MaxInt), nil
}

func (b *books) PutKiosk(_ context.Context, k store.Kiosk) error {
	put(b, b.kiosks, k.ID, k)
	return nil
}

func (b *books) Token(_ context.Context, hash string) (store.Token, error) {
	return one(b.tokens, hash)
}

func (b *books) PutToken(_ context.Context, t store.Token) error {
	put(b, b.tokens, t.Hash, t)
	return nil
}

func (b *books) RecordHash(_ context.Context, kiosk string, inc uint8, seq uint64) (record.Hash, error) {
	return one(b.hashes, recKey{kiosk, inc, seq})
}

func (b *books) AddRecords(_ context.Context, kiosk string, inc uint8, recs []store.Sealed) error {
	for _, r := range recs {
		put(b, b.hashes, recKey{kiosk, inc, r.Seq}, r.Hash)
		if r.Txn != "" {
			add(b, b.events, kiosk+"/"+r.Txn, store.Event{
				Kiosk: kiosk, Seq: r.Seq, At: r.Time.UnixMilli(), Trust: uint8(r.Trust), Type: r.Type, Txn: r.Txn, Payload: string(r.Payload),
			})
		}
	}
	return nil
}

func (b *books) Events(_ context.Context, kiosk, serial string, limit int) ([]store.Event, error) {
	ev := b.events[kiosk+"/"+serial]
	return slices.Clone(ev[:min(len(ev), limit)]), nil
}

func (b *books) Transactions(_ context.Context, serials []string) ([]store.Transaction, error) {
	return several(b.txns, serials), nil
}

func (b *books) ListTransactions(_ context.Context, f store.Filter) ([]store.Transaction, error) {
	return list(b.txns, func(t store.Transaction) bool {
		return (f.Kiosk == "" || t.Kiosk == f.Kiosk) && (f.Account == "" || t.Account == f.Account)
	}, func(x, y store.Transaction) int {
		return cmp.Or(cmp.Compare(y.OpenedAt, x.OpenedAt), cmp.Compare(y.Serial, x.Serial))
	}, f.Limit), nil
}

func (b *books) PutTransactions(_ context.Context, rows []store.Transaction) error {
	for _, t := range rows {
		put(b, b.txns, t.Serial, t)
	}
	return nil
}

func (b *books) Notes(_ context.Context, serials []string) ([]store.Note, error) {
	var out []store.Note
	for _, s := range slices.Sorted(slices.Values(serials)) {
		for _, i := range slices.Sorted(slices.Values(b.noteIdx[s])) {
			out = append(out, b.notes[noteKey{s, i}])
		}
	}
	return out, nil
}

func (b *books) PutNotes(_ context.Context, rows []store.Note) error {
	for _, n := range rows {
		k := noteKey{n.Serial, n.Index}
		if _, had := b.notes[k]; !had {
			add(b, b.noteIdx, n.Serial, n.Index)
		}
		put(b, b.notes, k, n)
	}
	return nil
}
