package memstore

import (
	"cmp"
	"context"
	"math"

	"wattkiosk/uplink/office/people"
)

// logins are the sessions of people and their second factors, among the other rows.
type logins rows

func (b *logins) Session(_ context.Context, token string) (people.Session, error) {
	return one(b.sessions, token)
}

func (b *logins) SessionsOf(_ context.Context, who string) ([]people.Session, error) {
	return list(b.sessions, func(s people.Session) bool { return who == "" || s.Who == who }, func(x, y people.Session) int {
		return cmp.Or(cmp.Compare(y.BeganAt, x.BeganAt), cmp.Compare(x.Token, y.Token))
	}, math.MaxInt), nil
}

func (b *logins) PutSession(_ context.Context, s people.Session) error {
	put((*rows)(b), b.sessions, s.Token, s)
	return nil
}

func (b *logins) TouchSession(_ context.Context, token string, at int64) error {
	if s, there := b.sessions[token]; there && s.SeenAt < at {
		s.SeenAt = at
		put((*rows)(b), b.sessions, token, s)
	}
	return nil
}

func (b *logins) DeleteSession(_ context.Context, token string) error {
	remove((*rows)(b), b.sessions, token)
	return nil
}

func (b *logins) DeleteSessionsOf(_ context.Context, who string) error {
	for t, s := range b.sessions {
		if s.Who == who {
			remove((*rows)(b), b.sessions, t)
		}
	}
	return nil
}

func (b *logins) DeleteSessionsBefore(_ context.Context, at int64) error {
	for t, s := range b.sessions {
		if s.ExpiresAt < at {
			remove((*rows)(b), b.sessions, t)
		}
	}
	return nil
}

func (b *logins) Factor(_ context.Context, who string) (people.Factor, error) {
	return one(b.factors, who)
}

func (b *logins) PutFactor(_ context.Context, f people.Factor) error {
	put((*rows)(b), b.factors, f.Who, f)
	return nil
}

func (b *logins) DeleteFactor(_ context.Context, who string) error {
	remove((*rows)(b), b.factors, who)
	return nil
}
