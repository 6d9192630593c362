package memstore

import (
	"cmp"
	"context"
	"math"

	"wattkiosk/uplink/office/sparekeys"
)

// spares are the rows of spare keys.
type spares rows

type spareKey struct{ kiosk, id string }

func (b *spares) SpareKeys(_ context.Context, kiosk string) ([]sparekeys.Spare, error) {
	return list(b.spareKeys, func(s sparekeys.Spare) bool { return s.Kiosk == kiosk }, func(x, y sparekeys.Spare) int {
		return cmp.Or(cmp.Compare(y.At, x.At), cmp.Compare(x.ID, y.ID))
	}, math.MaxInt), nil
}

func (b *spares) PutSpareKey(_ context.Context, s sparekeys.Spare) error {
	put((*rows)(b), b.spareKeys, spareKey{s.Kiosk, s.ID}, s)
	return nil
}
