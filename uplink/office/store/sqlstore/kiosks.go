package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
)

// need is how much a kiosk needs a look: 0 is not at all.
const need = `CASE WHEN online AND trouble = 2 THEN 3 WHEN NOT online THEN 2
	WHEN trouble > 0 OR EXISTS (SELECT 1 FROM alarms WHERE alarms.kiosk = kiosks.id AND alarms.is_on) THEN 1 ELSE 0 END`

// kiosks are looked for, among the other rows.
type kiosks rows

func (r *kiosks) FindKiosks(ctx context.Context, q fleet.Search) (fleet.Found, error) {
	var conditions []string
	var args []any
	if q.Text != "" {
		args = append(args, "%"+strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(q.Text))+"%")
		conditions = append(conditions, `lower(id || ' ' || site || ' ' || address || ' ' || set_site || ' ' || set_address) LIKE $1 ESCAPE '\'`)
	}
	if q.Needy {
		conditions = append(conditions, need+" > 0")
	}
	where := joined(conditions)

	var f fleet.Found
	if err := scalar(ctx, r.q, []any{&f.Total}, "SELECT count(*) FROM kiosks "+where, args...); err != nil {
		return f, fmt.Errorf("cannot count kiosks: %w", err)
	}
	tail := fmt.Sprintf("%sORDER BY %s DESC, id LIMIT $%d OFFSET $%d", where, need, len(args)+1, len(args)+2)
	ks, err := query(ctx, r.q, kioskTable(), tail, append(args, q.Limit, q.Offset)...)
	f.Kiosks = ks

	return f, err
}

func (r *kiosks) AlarmsOf(ctx context.Context, kiosks ...string) ([]books.Alarm, error) {
	return among(ctx, r.q, alarmTable(), "kiosk", kiosks, "ORDER BY kiosk, code")
}
