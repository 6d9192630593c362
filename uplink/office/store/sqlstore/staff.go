package sqlstore

import (
	"context"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
)

func (r *rows) PutAlarms(ctx context.Context, as []books.Alarm) error {
	for _, a := range as {
		if a.On {
			if err := insert(ctx, r, alarmTable(), replace, []books.Alarm{a}); err != nil {
				return err
			}
			continue
		}
		if _, err := exec(ctx, r.q, "UPDATE alarms SET is_on = $1, detail = $2, at = $3, updated_at = $4 WHERE kiosk = $5 AND code = $6 AND is_on",
			false, a.Detail, a.At, a.UpdatedAt, a.Kiosk, a.Code); err != nil {
			return err
		}
	}
	return nil
}

func (r *rows) Alarms(ctx context.Context) ([]books.Alarm, error) {
	return query(ctx, r.q, alarmTable(), "WHERE is_on ORDER BY kiosk, code")
}

func (r *rows) User(ctx context.Context, name string) (people.User, error) {
	return queryOne(ctx, r.q, userTable(), "WHERE name = $1", name)
}

func (r *rows) PutUser(ctx context.Context, u people.User) error {
	return insert(ctx, r, userTable(), replace, []people.User{u})
}

func (r *rows) Users(ctx context.Context) ([]people.User, error) {
	return query(ctx, r.q, userTable(), "ORDER BY name")
}

func (r *rows) UpdateUser(ctx context.Context, u people.User) error {
	return update(ctx, r.q, userTable(), u, u.Version-1)
}

func (r *rows) Technicians(ctx context.Context) ([]people.Technician, error) {
	return query(ctx, r.q, technicianTable(), "ORDER BY number")
}

func (r *rows) PutTechnician(ctx context.Context, t people.Technician) error {
	return insert(ctx, r, technicianTable(), replace, []people.Technician{t})
}
