package sqlstore

import (
	"context"

	"wattkiosk/uplink/office/people"
)

// logins are the sessions of people and their second factors, among the other rows.
type logins rows

func (r *logins) Session(ctx context.Context, token string) (people.Session, error) {
	return queryOne(ctx, r.q, sessionTable(), "WHERE token = $1", token)
}

func (r *logins) SessionsOf(ctx context.Context, who string) ([]people.Session, error) {
	if who == "" {
		return query(ctx, r.q, sessionTable(), "ORDER BY began_at DESC, token")
	}
	return query(ctx, r.q, sessionTable(), "WHERE who = $1 ORDER BY began_at DESC, token", who)
}

func (r *logins) PutSession(ctx context.Context, s people.Session) error {
	return insert(ctx, (*rows)(r), sessionTable(), replace, []people.Session{s})
}

func (r *logins) TouchSession(ctx context.Context, token string, at int64) error {
	_, err := exec(ctx, r.q, "UPDATE sessions SET seen_at = $1 WHERE token = $2 AND seen_at < $1", at, token)
	return err
}

func (r *logins) DeleteSession(ctx context.Context, token string) error {
	_, err := exec(ctx, r.q, "DELETE FROM sessions WHERE token = $1", token)
	return err
}

func (r *logins) DeleteSessionsOf(ctx context.Context, who string) error {
	_, err := exec(ctx, r.q, "DELETE FROM sessions WHERE who = $1", who)
	return err
}

func (r *logins) DeleteSessionsBefore(ctx context.Context, at int64) error {
	_, err := exec(ctx, r.q, "DELETE FROM sessions WHERE expires_at < $1", at)
	return err
}

func factorTable() table[people.Factor] {
	return table[people.Factor]{
		"factors", cols("who secret confirmed_at step recovery version"), 1,
		func(f *people.Factor) []any {
			return []any{&f.Who, binary{&f.Secret}, &f.ConfirmedAt, &f.Step, &f.Recovery, &f.Version}
		},
	}
}

func (r *logins) Factor(ctx context.Context, who string) (people.Factor, error) {
	return queryOne(ctx, r.q, factorTable(), "WHERE who = $1"+r.forUpdate, who)
}

func (r *logins) PutFactor(ctx context.Context, f people.Factor) error {
	return insert(ctx, (*rows)(r), factorTable(), replace, []people.Factor{f})
}

func (r *logins) DeleteFactor(ctx context.Context, who string) error {
	_, err := exec(ctx, r.q, "DELETE FROM factors WHERE who = $1", who)
	return err
}
