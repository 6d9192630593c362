package memstore

import (
	"cmp"
	"context"
	"math"
	"slices"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
)

// tills are the rows of cash, among the others.
type tills rows

type cashDayKey struct{ kiosk, date string }

func (b *tills) UnreadJournals(_ context.Context, after string, limit int) ([]cash.Read, error) {
	var out []cash.Read
	for k, j := range b.journals {
		if read := b.cashReads[k]; k.kiosk > after && read < j.Head.Seq && j.Accounted() {
			out = append(out, cash.Read{Kiosk: k.kiosk, Incarnation: k.incarnation, Seq: read})
		}
	}
	for k, read := range b.cashReads {
		if j, is := b.journals[k]; k.kiosk > after && read > 0 && !(is && j.Accounted()) {
			out = append(out, cash.Read{Kiosk: k.kiosk, Incarnation: k.incarnation, Seq: read})
		}
	}
	slices.SortFunc(out, byJournal)
	return out[:min(len(out), limit)], nil
}

func byJournal(x, y cash.Read) int {
	return cmp.Or(cmp.Compare(x.Kiosk, y.Kiosk), cmp.Compare(x.Incarnation, y.Incarnation))
}

func (b *tills) CashReads(_ context.Context, kiosk string) ([]cash.Read, error) {
	var out []cash.Read
	for k, seq := range b.cashReads {
		if k.kiosk == kiosk {
			out = append(out, cash.Read{Kiosk: kiosk, Incarnation: k.incarnation, Seq: seq})
		}
	}
	slices.SortFunc(out, byJournal)
	return out, nil
}

func (b *tills) PutCashReads(_ context.Context, all []cash.Read) error {
	for _, r := range all {
		put((*rows)(b), b.cashReads, journalKey{r.Kiosk, r.Incarnation}, r.Seq)
	}
	return nil
}

func (b *guards) RecordsAfter(_ context.Context, kiosk string, inc uint8, seq uint64, limit int) ([]books.Sealed, error) {
	if j := b.journals[journalKey{kiosk, inc}]; j.Branch() {
		seq = max(seq, j.From-1)
	}
	var out []books.Sealed
	for len(out) < limit {
		seq++
		r, ok := b.records[recKey{kiosk, inc, seq}]
		if !ok {
			break
		}
		out = append(out, r)
	}
	return out, nil
}

func (b *tills) CashPosition(_ context.Context, kiosk string) (cash.Position, error) {
	return one(b.positions, kiosk)
}

func (b *tills) CashPositions(context.Context) ([]cash.Position, error) {
	return list(b.positions, func(cash.Position) bool { return true }, func(x, y cash.Position) int { return cmp.Compare(x.Kiosk, y.Kiosk) }, math.MaxInt), nil
}

func (b *tills) PutCashPosition(_ context.Context, p cash.Position) error {
	return keep((*settled)(b), b.positions, p.Kiosk, p, func(p cash.Position) int64 { return p.Version })
}

func (b *tills) CashDays(_ context.Context, kiosk, from string) ([]cash.Day, error) {
	return list(b.cashDays, func(d cash.Day) bool { return (kiosk == "" || d.Kiosk == kiosk) && d.Date >= from }, func(x, y cash.Day) int {
		return cmp.Or(cmp.Compare(x.Kiosk, y.Kiosk), cmp.Compare(x.Date, y.Date))
	}, math.MaxInt), nil
}

func (b *tills) PutCashDays(_ context.Context, all []cash.Day) error {
	for _, d := range all {
		put((*rows)(b), b.cashDays, cashDayKey{d.Kiosk, d.Date}, d)
	}
	return nil
}

func (b *tills) ForgetCashDays(_ context.Context, kiosk string) error {
	for k := range b.cashDays {
		if k.kiosk == kiosk {
			remove((*rows)(b), b.cashDays, k)
		}
	}
	return nil
}

func (b *tills) Collection(_ context.Context, serial string) (cash.Collection, error) {
	return one(b.collections, serial)
}

func (b *tills) ListCollections(_ context.Context, f cash.Filter) ([]cash.Collection, error) {
	return list(b.collections, func(c cash.Collection) bool {
		return (f.Kiosk == "" || c.Kiosk == f.Kiosk) && (f.Phase == "" || c.Phase() == f.Phase) && (f.Remittance == "" || c.Remittance == f.Remittance)
	}, func(x, y cash.Collection) int {
		return cmp.Or(cmp.Compare(y.SeenAt, x.SeenAt), cmp.Compare(y.Serial, x.Serial))
	}, f.Limit), nil
}

func (b *tills) CollectionsOf(_ context.Context, kiosk string) ([]cash.Collection, error) {
	return list(b.collections, func(c cash.Collection) bool { return c.Kiosk == kiosk },
		func(x, y cash.Collection) int { return cmp.Compare(x.Serial, y.Serial) }, math.MaxInt), nil
}

func (b *tills) CollectionsIn(_ context.Context, p cash.Phase, after string, limit int) ([]cash.Collection, error) {
	return list(b.collections, func(c cash.Collection) bool { return c.Phase() == p && c.Serial > after },
		func(x, y cash.Collection) int { return cmp.Compare(x.Serial, y.Serial) }, limit), nil
}

func (b *tills) PutCollection(_ context.Context, c cash.Collection) error {
	return keep((*settled)(b), b.collections, c.Serial, c, func(c cash.Collection) int64 { return c.Version })
}

func (b *tills) Remittance(_ context.Context, id string) (cash.Remittance, error) {
	return one(b.remittances, id)
}

func (b *tills) ListRemittances(_ context.Context, limit int) ([]cash.Remittance, error) {
	return list(b.remittances, func(cash.Remittance) bool { return true }, func(x, y cash.Remittance) int {
		return cmp.Or(cmp.Compare(y.At, x.At), cmp.Compare(x.ID, y.ID))
	}, limit), nil
}

func (b *tills) RemittancesReferring(_ context.Context, reference string, limit int) ([]cash.Remittance, error) {
	return list(b.remittances, func(r cash.Remittance) bool { return r.Deposit.Reference == reference || r.Line.Reference == reference }, func(x, y cash.Remittance) int {
		return cmp.Or(cmp.Compare(y.At, x.At), cmp.Compare(x.ID, y.ID))
	}, limit), nil
}

func (b *tills) RemittancesDated(_ context.Context, from, to, after string, limit int) ([]cash.Remittance, error) {
	dated := func(date string) bool { return date >= from && date < to }

	return list(b.remittances, func(r cash.Remittance) bool { return r.ID > after && (dated(r.Deposit.Date) || dated(r.Line.Date)) }, byRemittance, limit), nil
}

func (b *tills) UnmatchedRemittances(_ context.Context, after string, limit int) ([]cash.Remittance, error) {
	return list(b.remittances, func(r cash.Remittance) bool { return r.ID > after && !r.Matched() }, byRemittance, limit), nil
}

func byRemittance(x, y cash.Remittance) int { return cmp.Compare(x.ID, y.ID) }

func (b *tills) PutRemittance(_ context.Context, r cash.Remittance) error {
	return keep((*settled)(b), b.remittances, r.ID, r, func(r cash.Remittance) int64 { return r.Version })
}
