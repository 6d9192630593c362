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

func (r *rows) SessionsOf(ctx context.Context, who string) ([]people.Session, error) {
	if who == "" {
		return query(ctx, r.q, sessionTable(), "ORDER BY began_at DESC, token")
	}
	return query(ctx, r.q, sessionTable(), "WHERE who = $1 ORDER BY began_at DESC, token", who)
}

func (r *rows) TouchSession(ctx context.Context, token string, at int64) error {
	_, err := exec(ctx, r.q, "UPDATE sessions SET seen_at = $1 WHERE token = $2 AND seen_at < $1", at, token)
	return err
}

func (r *rows) DeleteSessionsOf(ctx context.Context, who string) error {
	_, err := exec(ctx, r.q, "DELETE FROM sessions WHERE who = $1", who)
	return err
}

func (r *rows) Session(ctx context.Context, token string) (people.Session, error) {
	return queryOne(ctx, r.q, sessionTable(), "WHERE token = $1", token)
}

func (r *rows) PutSession(ctx context.Context, s people.Session) error {
	return insert(ctx, r, sessionTable(), replace, []people.Session{s})
}

func (r *rows) DeleteSession(ctx context.Context, token string) error {
	_, err := exec(ctx, r.q, "DELETE FROM sessions WHERE token = $1", token)
	return err
}

func (r *rows) DeleteSessionsBefore(ctx context.Context, at int64) error {
	_, err := exec(ctx, r.q, "DELETE FROM sessions WHERE expires_at < $1", at)
	return err
}

func (r *rows) Technicians(ctx context.Context) ([]people.Technician, error) {
	return query(ctx, r.q, technicianTable(), "ORDER BY number")
}

func (r *rows) PutTechnician(ctx context.Context, t people.Technician) error {
	return insert(ctx, r, technicianTable(), replace, []people.Technician{t})
}
