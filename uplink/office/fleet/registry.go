package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// ErrToken says that an enrolment token cannot be spent.
var ErrToken = errors.New("enrolment token not valid")

// Registry keeps the kiosks. It is safe for concurrent use if its backend is.
type Registry struct{ b stored.Backend[Tx] }

// New is a Registry over b.
func New(b stored.Backend[Tx]) *Registry { return &Registry{b} }

// Register makes a kiosk known with an empty journal, unless it is known
// already; then it changes nothing. The incarnation is that of the journal.
func (r *Registry) Register(ctx context.Context, kiosk string, incarnation uint8, now time.Time) (Kiosk, error) {
	var k Kiosk
	err := r.b.Update(ctx, func(tx Tx) (err error) {
		k, err = tx.Kiosk(ctx, kiosk)
		if !errors.Is(err, stored.ErrNotFound) {
			return err
		}
		k, err = begin(ctx, tx, kiosk, incarnation, now)
		if err != nil {
			return err
		}
		return tx.PutKiosk(ctx, k)
	})
	return k, err
}

// begin is a kiosk that was just enrolled, whose new journal is in the books.
func begin(ctx context.Context, tx Tx, kiosk string, incarnation uint8, now time.Time) (Kiosk, error) {
	j, err := books.Begin(ctx, tx, kiosk, incarnation, now)
	return Kiosk{ID: kiosk, Incarnation: incarnation, Head: j.Head, EnrolledAt: stored.Millis(now), UpdatedAt: stored.Millis(now)}, err
}

// AddToken stores an enrolment token for kiosk; secret is what the technician
// types. With keep the board keeps its journal and its incarnation.
func (r *Registry) AddToken(ctx context.Context, secret, kiosk string, keep bool, expires time.Time) error {
	return r.b.Update(ctx, func(tx Tx) error {
		return tx.PutToken(ctx, Token{Hash: hashToken(secret), Kiosk: kiosk, ExpiresAt: stored.Millis(expires), KeepJournal: keep})
	})
}

// Enrol spends a token and returns the kiosk that it was for. A kiosk that was
// enrolled before gets a higher incarnation, because serials of a lost journal
// may never be used again; unless the token says that the journal is kept. A
// token that is unknown, spent or expired is ErrToken; but the board that spent it
// is answered again, as a power cut may take the answer from it: it proves itself by
// its key, which must still be the kiosk's. sign runs inside the transaction, so a
// token is spent only if a certificate was made; it returns the public key of it,
// PKIX in DER.
func (r *Registry) Enrol(ctx context.Context, secret string, now time.Time, sign func(Kiosk) (publicKey []byte, err error)) (Kiosk, error) {
	var k Kiosk
	err := r.b.Update(ctx, func(tx Tx) error {
		t, err := tx.Token(ctx, hashToken(secret))
		switch {
		case errors.Is(err, stored.ErrNotFound):
			return ErrToken
		case err != nil:
			return fmt.Errorf("cannot read token: %w", err)
		case t.ExpiresAt <= stored.Millis(now):
			return ErrToken
		case t.UsedAt != 0:
			k, err = enrolAgain(ctx, tx, t, sign)
			return err
		}
		t.UsedAt = stored.Millis(now)
		if err := tx.PutToken(ctx, t); err != nil {
			return fmt.Errorf("cannot spend token: %w", err)
		}
		old, err := tx.Kiosk(ctx, t.Kiosk)
		switch {
		case errors.Is(err, stored.ErrNotFound):
			k, err = begin(ctx, tx, t.Kiosk, 0, now)
		case err != nil:
			return err
		case t.KeepJournal:
			k = old
		default:
			var next uint8
			if next, err = nextIncarnation(old, now); err == nil {
				k, err = begin(ctx, tx, t.Kiosk, next, now)
			}
		}
		if err != nil {
			return err
		}

		key, err := sign(k)
		if err != nil {
			return err
		}
		k.PublicKey = string(key)
		return tx.PutKiosk(ctx, k)
	})
	return k, err
}

// enrolAgain answers a spent token, to the key that spent it only.
func enrolAgain(ctx context.Context, tx Tx, t Token, sign func(Kiosk) ([]byte, error)) (Kiosk, error) {
	k, err := tx.Kiosk(ctx, t.Kiosk)
	if err != nil {
		return Kiosk{}, err
	}
	key, err := sign(k)
	if err != nil {
		return Kiosk{}, err
	}
	if k.PublicKey == "" || string(key) != k.PublicKey {
		return Kiosk{}, ErrToken
	}
	return k, nil
}

const (
	maxIncarnation = 99 // two digits of a serial
	skipShare      = 8  // of the incarnations that are left, one in so many may be skipped
)

// nextIncarnation is one above that of old, and how far above depends on the instant:
// books that come out of a backup do not know which they gave out since, so that the
// very next one would be given twice.
func nextIncarnation(old Kiosk, now time.Time) (uint8, error) {
	left := maxIncarnation - int(old.Incarnation)
	if left <= 0 {
		return 0, fmt.Errorf("kiosk %s: no incarnation left after %d", old.ID, old.Incarnation)
	}

	h := fnv.New32a()
	_, _ = fmt.Fprint(h, old.ID, now.UnixMilli()) // never fails
	skip := int(h.Sum32() % uint32(max(1, left/skipShare)))
	return old.Incarnation + 1 + uint8(skip), nil
}

func hashToken(secret string) string {
	sum := sha256.Sum256([]byte("wattkiosk enrolment\x00" + secret))
	return hex.EncodeToString(sum[:])
}

// Kiosk returns one kiosk, or stored.ErrNotFound.
func (r *Registry) Kiosk(ctx context.Context, id string) (Kiosk, error) {
	return stored.View(ctx, r.b, func(tx Tx) (Kiosk, error) {
		k, err := tx.Kiosk(ctx, id)
		if err != nil {
			return k, err
		}
		j, err := tx.Journal(ctx, id)
		k.Head = j.Head
		return k, err
	})
}

// Kiosks are all, by id.
func (r *Registry) Kiosks(ctx context.Context) ([]Kiosk, error) {
	return stored.View(ctx, r.b, func(tx Tx) ([]Kiosk, error) {
		ks, err := tx.Kiosks(ctx)
		if err != nil {
			return nil, err
		}
		journals, err := tx.Journals(ctx)
		if err != nil {
			return nil, err
		}

		heads := make(map[string]record.Head, len(journals))
		for _, j := range journals {
			heads[j.Kiosk] = j.Head
		}
		for i := range ks {
			ks[i].Head = heads[ks[i].ID]
		}
		return ks, nil
	})
}
