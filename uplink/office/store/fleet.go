package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/record"
)

// Register makes a kiosk known with an empty journal, unless it is known
// already; then it changes nothing. The incarnation is that of the journal.
func (s *Store) Register(ctx context.Context, kiosk string, incarnation uint8, now time.Time) (Kiosk, error) {
	var k Kiosk
	err := s.b.Update(ctx, func(tx Tx) (err error) {
		k, err = tx.Kiosk(ctx, kiosk)
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		k = begin(kiosk, incarnation, now)
		return tx.PutKiosk(ctx, k)
	})
	return k, err
}

func begin(kiosk string, incarnation uint8, now time.Time) Kiosk {
	return Kiosk{
		ID: kiosk, Incarnation: incarnation, Head: record.Head{Hash: record.Genesis(kiosk, incarnation)},
		EnrolledAt: ms(now), UpdatedAt: ms(now),
	}
}

// AddToken stores an enrolment token for kiosk; secret is what the technician
// types. With keep the board keeps its journal and its incarnation.
func (s *Store) AddToken(ctx context.Context, secret, kiosk string, keep bool, expires time.Time) error {
	return s.b.Update(ctx, func(tx Tx) error {
		return tx.PutToken(ctx, Token{Hash: hashToken(secret), Kiosk: kiosk, ExpiresAt: ms(expires), KeepJournal: keep})
	})
}

// Enrol spends a token and returns the kiosk that it was for. A kiosk that was
// enrolled before gets the next incarnation, because serials of a lost journal
// may never be used again; unless the token says that the journal is kept. A
// token that is unknown, spent or expired is ErrToken; but the board that spent it
// is answered again, as a power cut may take the answer from it: it proves itself by
// its key, which must still be the kiosk's. sign runs inside the transaction, so a
// token is spent only if a certificate was made; it returns the public key of it,
// PKIX in DER.
func (s *Store) Enrol(ctx context.Context, secret string, now time.Time, sign func(Kiosk) (publicKey []byte, err error)) (Kiosk, error) {
	var k Kiosk
	err := s.b.Update(ctx, func(tx Tx) error {
		t, err := tx.Token(ctx, hashToken(secret))
		switch {
		case errors.Is(err, ErrNotFound):
			return ErrToken
		case err != nil:
			return fmt.Errorf("cannot read token: %w", err)
		case t.ExpiresAt <= ms(now):
			return ErrToken
		case t.UsedAt != 0:
			k, err = enrolAgain(ctx, tx, t, sign)
			return err
		}
		t.UsedAt = ms(now)
		if err := tx.PutToken(ctx, t); err != nil {
			return fmt.Errorf("cannot spend token: %w", err)
		}
		old, err := tx.Kiosk(ctx, t.Kiosk)
		switch {
		case errors.Is(err, ErrNotFound):
			k = begin(t.Kiosk, 0, now)
		case err != nil:
			return err
		case t.KeepJournal:
			k = old
		case old.Incarnation >= maxIncarnation:
			return fmt.Errorf("kiosk %s: no incarnation left after %d", t.Kiosk, old.Incarnation)
		default:
			k = begin(t.Kiosk, old.Incarnation+1, now)
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

const maxIncarnation = 99 // two digits of a serial

func hashToken(secret string) string {
	sum := sha256.Sum256([]byte("wattkiosk enrolment\x00" + secret))
	return hex.EncodeToString(sum[:])
}

// SaveReport keeps a kiosk's last state message (JSON).
func (s *Store) SaveReport(ctx context.Context, kiosk string, online bool, report string, now time.Time) error {
	return s.b.Update(ctx, func(tx Tx) error {
		k, err := tx.Kiosk(ctx, kiosk)
		if errors.Is(err, ErrNotFound) {
			return fmt.Errorf("%w: %.64q", ErrUnknown, kiosk)
		}
		if err != nil {
			return err
		}
		k.Online, k.SeenAt, k.UpdatedAt = online, ms(now), ms(now)
		if online || k.Report == "" { // a last will says only that it is gone
			k.Report = report
		}
		return tx.PutKiosk(ctx, k)
	})
}

// Kiosk returns one kiosk, or ErrNotFound.
func (s *Store) Kiosk(ctx context.Context, id string) (Kiosk, error) {
	return view(ctx, s.b, func(tx Tx) (Kiosk, error) { return tx.Kiosk(ctx, id) })
}

// Kiosks are all, by id.
func (s *Store) Kiosks(ctx context.Context) ([]Kiosk, error) {
	return view(ctx, s.b, func(tx Tx) ([]Kiosk, error) { return tx.Kiosks(ctx) })
}
