package memstore

import (
	"cmp"
	"context"
	"math"
	"strings"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
)

// need is how much a kiosk needs a look: 0 is not at all.
func need(k fleet.Kiosk, alarmed bool) int {
	switch {
	case k.Online && k.Trouble == fleet.OutOfService:
		return 3
	case !k.Online:
		return 2
	case k.Trouble != fleet.NoTrouble || alarmed:
		return 1
	}

	return 0
}

// kiosks are looked for, among the other rows.
type kiosks rows

func (b *kiosks) FindKiosks(_ context.Context, q fleet.Search) (fleet.Found, error) {
	alarmed := map[string]bool{}
	for key, a := range b.alarms {
		if a.On {
			alarmed[key.kiosk] = true
		}
	}
	text := strings.ToLower(q.Text)
	keep := func(k fleet.Kiosk) bool {
		all := strings.ToLower(strings.Join([]string{k.ID, k.Told.Site, k.Told.Address, k.Set.Site, k.Set.Address}, " "))
		return strings.Contains(all, text) && (!q.Needy || need(k, alarmed[k.ID]) > 0)
	}
	ks := list(b.kiosks, keep, func(x, y fleet.Kiosk) int {
		return cmp.Or(cmp.Compare(need(y, alarmed[y.ID]), need(x, alarmed[x.ID])), cmp.Compare(x.ID, y.ID))
	}, math.MaxInt)

	from := min(q.Offset, len(ks))
	return fleet.Found{Kiosks: ks[from:min(len(ks), from+q.Limit)], Total: int64(len(ks))}, nil
}

func (b *kiosks) AlarmsOf(_ context.Context, kiosks ...string) ([]books.Alarm, error) {
	var out []books.Alarm
	for _, k := range kiosks {
		out = append(out, list(b.alarms, func(a books.Alarm) bool { return a.Kiosk == k }, func(x, y books.Alarm) int { return cmp.Compare(x.Code, y.Code) }, math.MaxInt)...)
	}

	return out, nil
}
