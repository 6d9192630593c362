package fleet

import (
	"context"
	"errors"

	"wattkiosk/uplink/enrolment"
	"wattkiosk/uplink/office/stored"
)

// TokenHash is the hash of the token with this ID; ErrToken where there is none.
func (r *Registry) TokenHash(ctx context.Context, id string) (string, error) {
	return stored.View(ctx, r.b, func(tx Tx) (string, error) {
		t, err := tx.TokenFrom(ctx, id)
		if errors.Is(err, stored.ErrNotFound) || err == nil && enrolment.ID(t.Hash) != id {
			return "", ErrToken
		}

		return t.Hash, err
	})
}
