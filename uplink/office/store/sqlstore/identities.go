package sqlstore

import (
	"context"
	"fmt"

	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
)

// identities are the rows of who kiosks are.
type identities rows

func identityTable() table[identity.Identity] {
	return table[identity.Identity]{
		"identities", cols("kiosk service newest ends life next_key next_ends next_at issued changed_by reason changed_at rev"), 1,
		func(i *identity.Identity) []any {
			return []any{
				&i.Kiosk, (*string)(&i.Service),
				binary{&i.Key},
				&i.Ends, &i.Life,
				binary{&i.Next},
				&i.NextEnds, &i.NextAt, &i.Issued,
				&i.By, &i.Reason, &i.ChangedAt, &i.Rev,
			}
		},
	}
}

func certificateTable() table[identity.Certificate] {
	return table[identity.Certificate]{
		"certificates", cols("serial kiosk certified issued ends"), 1,
		func(c *identity.Certificate) []any {
			return []any{&c.Serial, &c.Kiosk, binary{&c.Key}, &c.Issued, &c.Ends}
		},
	}
}

func (r *identities) Identity(ctx context.Context, kiosk string) (identity.Identity, error) {
	return queryOne(ctx, r.q, identityTable(), "WHERE kiosk = $1"+r.forUpdate, kiosk)
}

func (r *identities) PutIdentity(ctx context.Context, i identity.Identity) error {
	return insert(ctx, (*rows)(r), identityTable(), replace, []identity.Identity{i})
}

func (r *identities) IdentitiesSince(ctx context.Context, rev uint64) ([]identity.Identity, error) {
	return query(ctx, r.q, identityTable(), "WHERE rev > $1 ORDER BY rev, kiosk", rev)
}

func (r *identities) NewestKey(ctx context.Context, kiosk, key string) error {
	k, err := (*rows)(r).Kiosk(ctx, kiosk)
	if err != nil {
		return err
	}
	k.PublicKey = key

	return (*rows)(r).PutKiosk(ctx, k)
}

func (r *identities) AddCertificate(ctx context.Context, c identity.Certificate) error {
	return insert(ctx, (*rows)(r), certificateTable(), ignore, []identity.Certificate{c})
}

func (r *identities) Certificates(ctx context.Context, kiosk string, after int64) ([]identity.Certificate, error) {
	if kiosk == "" {
		return query(ctx, r.q, certificateTable(), "WHERE ends > $1 ORDER BY kiosk, issued, serial", after)
	}

	return query(ctx, r.q, certificateTable(), "WHERE kiosk = $1 AND ends > $2 ORDER BY kiosk, issued, serial", kiosk, after)
}

func (r *identities) Tokens(ctx context.Context) ([]fleet.Token, error) {
	return query(ctx, r.q, tokenTable(), "ORDER BY kiosk, expires_at, hash")
}

func (r *identities) DropToken(ctx context.Context, hash string) error {
	_, err := r.q.ExecContext(ctx, "DELETE FROM tokens WHERE hash = $1", hash)
	if err != nil {
		err = fmt.Errorf("cannot remove token: %w", err)
	}

	return err
}

func (r *identities) LastSerial(ctx context.Context, kiosk string) (string, error) {
	var last string
	err := scalar(ctx, r.q, []any{&last}, "SELECT coalesce(max(serial), '') FROM postings WHERE kiosk = $1 AND serial >= $2 AND serial < $3", kiosk, kiosk, kiosk+":")

	return last, err
}
