package sqlstore

import (
	"context"

	"wattkiosk/uplink/office/sparekeys"
)

// spares are the rows of spare keys.
type spares rows

func spareKeyTable() table[sparekeys.Spare] {
	return table[sparekeys.Spare]{
		"spare_keys", cols("kiosk id office sealed at"), 2,
		func(s *sparekeys.Spare) []any { return []any{&s.Kiosk, &s.ID, &s.For, binary{&s.Sealed}, &s.At} },
	}
}

func (r *spares) SpareKeys(ctx context.Context, kiosk string) ([]sparekeys.Spare, error) {
	return query(ctx, r.q, spareKeyTable(), "WHERE kiosk = $1 ORDER BY at DESC, id", kiosk)
}

func (r *spares) PutSpareKey(ctx context.Context, s sparekeys.Spare) error {
	return insert(ctx, (*rows)(r), spareKeyTable(), replace, []sparekeys.Spare{s})
}
