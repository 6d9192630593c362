package memstore

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/stored"
)

func (b *rows) Kiosk(_ context.Context, id string) (fleet.Kiosk, error) { return one(b.kiosks, id) }

func (b *rows) Kiosks(context.Context) ([]fleet.Kiosk, error) {
	return list(b.kiosks, func(fleet.Kiosk) bool { return true },
		func(x, y fleet.Kiosk) int { return cmp.Compare(x.ID, y.ID) }, math.MaxInt), nil
}

func (b *rows) PutKiosk(_ context.Context, k fleet.Kiosk) error {
	k.Head = record.Head{} // is the journal's
	put(b, b.kiosks, k.ID, k)
	return nil
}

func (b *rows) Count(_ context.Context, name string, n, floor uint64) (uint64, error) {
	first := max(b.counters[name]+1, floor)
	put(b, b.counters, name, first+n-1)
	return first, nil
}

func (b *rows) Token(_ context.Context, hash string) (fleet.Token, error) {
	return one(b.tokens, hash)
}

func (b *rows) TokenFrom(_ context.Context, from string) (fleet.Token, error) {
	for _, hash := range slices.Sorted(maps.Keys(b.tokens)) {
		if hash >= from {
			return one(b.tokens, hash)
		}
	}

	return fleet.Token{}, stored.ErrNotFound
}

func (b *rows) PutToken(_ context.Context, t fleet.Token) error {
	put(b, b.tokens, t.Hash, t)
	return nil
}

func (b *rows) Journal(_ context.Context, kiosk string) (books.Journal, error) {
	return one(b.journals, journalKey{kiosk, b.present[kiosk]})
}

func (b *rows) Journals(context.Context) ([]books.Journal, error) {
	out := make([]books.Journal, 0, len(b.present))
	for kiosk, incarnation := range b.present {
		out = append(out, b.journals[journalKey{kiosk, incarnation}])
	}
	return out, nil
}

func (b *rows) JournalsOf(_ context.Context, kiosk string) ([]books.Journal, error) {
	return list(b.journals, func(j books.Journal) bool { return j.Kiosk == kiosk }, func(x, y books.Journal) int {
		return cmp.Compare(y.Incarnation, x.Incarnation)
	}, math.MaxInt), nil
}

func (b *rows) PutJournal(_ context.Context, j books.Journal) error {
	put(b, b.journals, journalKey{j.Kiosk, j.Incarnation}, j)
	if !j.Branch() {
		put(b, b.present, j.Kiosk, max(j.Incarnation, b.present[j.Kiosk]))
	}
	return nil
}

func (b *rows) RecordHash(_ context.Context, kiosk string, inc uint8, seq uint64) (record.Hash, error) {
	r, err := one(b.records, recKey{kiosk, inc, seq})
	return r.Hash, err
}

func (b *rows) AddRecords(_ context.Context, kiosk string, inc uint8, recs []books.Sealed) error {
	for _, r := range recs {
		put(b, b.records, recKey{kiosk, inc, r.Seq}, r)
		if r.Txn != "" {
			add(b, b.events, kiosk+"/"+r.Txn, books.Event{
				Kiosk: kiosk, Incarnation: inc, Seq: r.Seq, At: r.Time.UnixMilli(), Trust: uint8(r.Trust), Type: r.Type, Txn: r.Txn, Version: r.Version, Payload: string(r.Payload),
			})
		}
	}
	return nil
}

func (b *rows) Events(_ context.Context, kiosk, serial string, limit int) ([]books.Event, error) {
	ev := slices.Clone(b.events[kiosk+"/"+serial])
	slices.SortStableFunc(ev, func(x, y books.Event) int {
		return cmp.Or(cmp.Compare(x.Incarnation, y.Incarnation), cmp.Compare(x.Seq, y.Seq))
	})
	return ev[:min(len(ev), limit)], nil
}

func (b *rows) Transactions(_ context.Context, serials []string) ([]books.Transaction, error) {
	return several(b.txns, serials), nil
}

func (b *rows) ListTransactions(_ context.Context, f books.Filter) ([]books.Transaction, error) {
	return list(b.txns, func(t books.Transaction) bool {
		switch {
		case f.Kiosk != "" && t.Kiosk != f.Kiosk, f.Account != "" && t.Account != f.Account:
			return false
		case f.OpenedBy != 0 && t.OpenedAt > f.OpenedBy, f.OpenedAfter != 0 && t.OpenedAt <= f.OpenedAfter:
			return false
		}
		return f.Before == (books.Mark{}) || cmp.Or(cmp.Compare(t.OpenedAt, f.Before.OpenedAt), cmp.Compare(t.Serial, f.Before.Serial)) < 0
	}, func(x, y books.Transaction) int {
		return cmp.Or(cmp.Compare(y.OpenedAt, x.OpenedAt), cmp.Compare(y.Serial, x.Serial))
	}, f.Limit), nil
}

func (b *rows) PutTransactions(_ context.Context, rows []books.Transaction) error {
	for _, t := range rows {
		put(b, b.txns, t.Serial, t)
		mark(b, t.Serial)
	}
	return nil
}

func (b *rows) OpenTransactions(_ context.Context, kiosk string) ([]books.Transaction, error) {
	return list(b.txns, func(t books.Transaction) bool { return t.Kiosk == kiosk && t.Status == books.StatusTendering }, bySerial, math.MaxInt), nil
}

func (b *rows) Unfolded(_ context.Context, limit int) ([]books.Transaction, error) {
	return list(b.txns, func(t books.Transaction) bool { return t.Folded == nil }, bySerial, limit), nil
}

func bySerial(x, y books.Transaction) int { return cmp.Compare(x.Serial, y.Serial) }

func (b *rows) AddBranch(_ context.Context, kiosk string, inc uint8, recs []books.Sealed) error {
	for _, r := range recs {
		k := branchKey{recKey{kiosk, inc, r.Seq}, r.Hash}
		if _, had := b.branches[k]; !had {
			put(b, b.branches, k, r)
		}
	}
	return nil
}

func (b *rows) Branch(_ context.Context, kiosk string) (n int64, _ error) {
	for k := range b.branches {
		if k.kiosk == kiosk {
			n++
		}
	}
	return n, nil
}

func (b *guards) LeftOn(_ context.Context, kiosk string, seq uint64, hash record.Hash) (n uint8, _ error) {
	for k := range b.branches {
		if k.kiosk == kiosk && k.seq == seq && k.hash == hash && books.IsBranch(k.incarnation) {
			n = max(n, k.incarnation)
		}
	}
	return n, nil
}

func (b *guards) MoveRecords(ctx context.Context, kiosk string, branch, inc uint8) error {
	recs := b.take(kiosk, branch, 0)
	return (*rows)(b).AddRecords(ctx, kiosk, inc, recs)
}

func (b *guards) LeaveRecords(ctx context.Context, kiosk string, inc uint8, from uint64, branch uint8, _ []books.Sealed) error {
	return (*rows)(b).AddBranch(ctx, kiosk, branch, b.take(kiosk, inc, from))
}

// take removes the records of a journal from a number on, with what is listed of them.
func (b *guards) take(kiosk string, inc uint8, from uint64) []books.Sealed {
	var recs []books.Sealed
	for k, r := range b.records {
		if k.kiosk == kiosk && k.incarnation == inc && k.seq >= from {
			recs = append(recs, r)
		}
	}
	slices.SortFunc(recs, func(x, y books.Sealed) int { return cmp.Compare(x.Seq, y.Seq) })
	for _, r := range recs {
		remove((*rows)(b), b.records, recKey{kiosk, inc, r.Seq})
		if key := kiosk + "/" + r.Txn; r.Txn != "" {
			put((*rows)(b), b.events, key, slices.DeleteFunc(slices.Clone(b.events[key]), func(e books.Event) bool { return e.Incarnation == inc && e.Seq == r.Seq }))
		}
	}
	return recs
}

func (b *guards) DeleteTransactions(_ context.Context, serials []string) error {
	for _, s := range serials {
		remove((*rows)(b), b.txns, s)
		mark((*rows)(b), s)
	}
	return nil
}
