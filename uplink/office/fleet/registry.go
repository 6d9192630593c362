package fleet

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/enrolment"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// Errors of Enrol.
var (
	// ErrToken says that an enrolment token cannot be spent.
	ErrToken = errors.New("enrolment token not valid")
	// ErrIncarnation says that the board's journal is not of the incarnation that it
	// would have to go on with.
	ErrIncarnation = errors.New("incarnation does not fit")
)

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
// types. With keep the board keeps its journal and its incarnation. ErrTwin refuses a new
// kiosk whose number another one has but for its first digit.
func (r *Registry) AddToken(ctx context.Context, secret, kiosk string, keep bool, expires time.Time) error {
	return r.b.Update(ctx, func(tx Tx) error {
		_, err := tx.Kiosk(ctx, kiosk)
		if errors.Is(err, stored.ErrNotFound) {
			err = noTwin(ctx, tx, kiosk)
		}
		if err != nil {
			return err
		}
		return tx.PutToken(ctx, Token{Hash: enrolment.Hash(secret), Kiosk: kiosk, ExpiresAt: stored.Millis(expires), KeepJournal: keep})
	})
}

// Claim is what a board says when it enrols.
type Claim struct {
	Token string // what the technician typed
	// Had is the incarnation of the journal that the board had, nil if it had none or
	// does not say. Books that come out of a backup may know of a lower one only.
	Had *uint8
}

// Enrolled is a kiosk as it was just enrolled.
type Enrolled struct {
	Kiosk
	Kept bool // the board goes on with the journal that it had
}

// Enrol spends a token and returns the kiosk that it was for. A kiosk that was
// enrolled before gets an incarnation above every one that the books or the board know
// of, because serials of a lost journal may never be used again; unless the token says
// that the journal is kept. A token that is unknown, spent or expired is ErrToken; but
// the board that spent it is answered again, as a power cut may take the answer from
// it: it proves itself by its key, which must still be the kiosk's. ErrIncarnation says
// that the board's journal is not the one that the token is to keep, ErrTwin that a kiosk
// with nearly the same number was enrolled since. sign runs inside the transaction, so a token is spent only if a certificate was made; it returns the
// public key of it, PKIX in DER.
func (r *Registry) Enrol(ctx context.Context, c Claim, now time.Time, sign func(Kiosk) (publicKey []byte, err error)) (Enrolled, error) {
	var e Enrolled
	err := r.b.Update(ctx, func(tx Tx) error {
		t, err := tx.Token(ctx, enrolment.Hash(c.Token))
		switch {
		case errors.Is(err, stored.ErrNotFound):
			return ErrToken
		case err != nil:
			return fmt.Errorf("cannot read token: %w", err)
		case t.ExpiresAt <= stored.Millis(now):
			return ErrToken
		}

		e.Kept = t.KeepJournal
		if t.UsedAt != 0 {
			e.Kiosk, err = enrolAgain(ctx, tx, t, c, sign)
			return err
		}
		t.UsedAt = stored.Millis(now)
		if err := tx.PutToken(ctx, t); err != nil {
			return fmt.Errorf("cannot spend token: %w", err)
		}
		if e.Kiosk, err = admit(ctx, tx, t, c, now); err != nil {
			return err
		}

		key, err := sign(e.Kiosk)
		if err != nil {
			return err
		}
		e.PublicKey = string(key)
		return tx.PutKiosk(ctx, e.Kiosk)
	})
	return e, err
}

// admit is the kiosk of a token with the journal that it goes on with, or a new one.
func admit(ctx context.Context, tx Tx, t Token, c Claim, now time.Time) (Kiosk, error) {
	old, err := tx.Kiosk(ctx, t.Kiosk)
	known := err == nil
	if err != nil && !errors.Is(err, stored.ErrNotFound) {
		return Kiosk{}, err
	}

	if !known {
		if _, err := tx.Count(ctx, enrolments, 1, 1); err != nil { // one new kiosk at a time: a twin may enrol beside it
			return Kiosk{}, fmt.Errorf("cannot count an enrolment: %w", err)
		}
		if err := noTwin(ctx, tx, t.Kiosk); err != nil {
			return Kiosk{}, err
		}
	}

	next, err := incarnationOf(t, c, old, known, now)
	if err != nil {
		return Kiosk{}, err
	}
	if known && next == old.Incarnation {
		return old, nil
	}
	k, err := begin(ctx, tx, t.Kiosk, next, now)
	k.Told, k.Set = old.Told, old.Set // the place is the same
	k.SetBy, k.SetAt = old.SetBy, old.SetAt

	return k, err
}

// incarnationOf is the incarnation of the journal that a board with token t goes on with.
func incarnationOf(t Token, c Claim, old Kiosk, known bool, now time.Time) (uint8, error) {
	switch {
	case !known && c.Had == nil:
		return 0, nil
	case t.KeepJournal && c.Had == nil:
		return old.Incarnation, nil
	case t.KeepJournal && known && *c.Had == old.Incarnation:
		return old.Incarnation, nil
	case t.KeepJournal && (!known || *c.Had > old.Incarnation): // it began before these books were restored
		return *c.Had, nil
	case t.KeepJournal:
		return 0, fmt.Errorf("%w: the board's is of incarnation %d, the kiosk's present one of %d", ErrIncarnation, *c.Had, old.Incarnation)
	}

	last := old.Incarnation
	if c.Had != nil {
		last = max(last, *c.Had)
	}

	return nextIncarnation(t.Kiosk, last, now)
}

// enrolAgain answers a spent token, to the key that spent it only.
func enrolAgain(ctx context.Context, tx Tx, t Token, c Claim, sign func(Kiosk) ([]byte, error)) (Kiosk, error) {
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
	if c.Had != nil && !t.KeepJournal && *c.Had >= k.Incarnation {
		return Kiosk{}, fmt.Errorf("%w: the board had %d, the token gave %d", ErrIncarnation, *c.Had, k.Incarnation)
	}
	return k, nil
}

const (
	// MaxIncarnation is the last one: it has two digits in a serial.
	MaxIncarnation = 99

	skipShare = 8 // of the incarnations that are left, one in so many may be skipped
)

// nextIncarnation is above the last one, and how far above depends on the instant:
// books that come out of a backup do not know which they gave out since, so that the
// very next one would be given twice to boards that do not say what they had.
func nextIncarnation(kiosk string, last uint8, now time.Time) (uint8, error) {
	left := MaxIncarnation - int(last)
	if left <= 0 {
		return 0, fmt.Errorf("kiosk %s: no incarnation left after %d", kiosk, last)
	}

	h := fnv.New32a()
	_, _ = fmt.Fprint(h, kiosk, now.UnixMilli()) // never fails
	skip := int(h.Sum32() % uint32(max(1, left/skipShare)))
	return last + 1 + uint8(skip), nil
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
