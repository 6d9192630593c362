package fleet

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/enrolment"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/stored"
)

// Errors of Enrol.
var (
	// ErrToken says that an enrolment token cannot be spent.
	ErrToken = errors.New("enrolment token not valid")
	// ErrIncarnation says that the board's journal is not of the incarnation that it
	// would have to go on with.
	ErrIncarnation = errors.New("incarnation does not fit")
	// ErrFloor says that nobody can tell which incarnations were given out already: the
	// books are out of a backup, and the board does not say what it had.
	ErrFloor = fmt.Errorf("%w: these books are out of a backup and the board does not say what it had: "+
		"make a token that says so (officed enrol-token --had N, digits 9 and 10 of the last slip's serial, or higher)", ErrIncarnation)
)

// Registry keeps the kiosks. It is safe for concurrent use if its backend is.
type Registry struct {
	b     stored.Backend[Tx]
	marks Marks
}

// New is a Registry over b.
func New(b stored.Backend[Tx]) *Registry { return &Registry{b: b} }

// Marks remember outside the books which incarnations were given out, so that books out of
// a backup give none of them out again.
type Marks interface {
	// Given is the highest incarnation that was given to a kiosk; false where none was.
	Given(kiosk string) (uint8, bool, error)
	// Give is durable when it returns, and is so before the incarnation is used.
	Give(kiosk string, incarnation uint8) error
}

// KeepMarks has enrolments marked in m too; it is called before the first.
func (r *Registry) KeepMarks(m Marks) { r.marks = m }

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
		return errors.Join(tx.PutKiosk(ctx, k), identity.Known(ctx, tx, kiosk))
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
// kiosk whose number another one has but for its first digit, identity.ErrService one that is
// retired.
func (r *Registry) AddToken(ctx context.Context, secret, kiosk string, keep bool, expires time.Time) error {
	return r.AddTokenAbove(ctx, secret, kiosk, keep, noFloor, expires)
}

const noFloor = -1

// AddTokenAbove is AddToken for a kiosk of which a person says that it had an incarnation up
// to had; below 0 is that nothing is said.
func (r *Registry) AddTokenAbove(ctx context.Context, secret, kiosk string, keep bool, had int, expires time.Time) error {
	if had > MaxIncarnation {
		return fmt.Errorf("%w: %d, the last is %d", ErrIncarnation, had, MaxIncarnation)
	}
	return r.b.Update(ctx, func(tx Tx) error {
		_, err := tx.Kiosk(ctx, kiosk)
		if errors.Is(err, stored.ErrNotFound) {
			err = noTwin(ctx, tx, kiosk)
		}
		if err != nil {
			return err
		}
		if err := identity.MayEnrol(ctx, tx, kiosk); err != nil {
			return err
		}
		return tx.PutToken(ctx, Token{Hash: enrolment.Hash(secret), Kiosk: kiosk, ExpiresAt: stored.Millis(expires), KeepJournal: keep, Had: int64(max(had, noFloor))})
	})
}

// tokenName is how much of a token's hash is its name among people.
const tokenName = 12

// Name is what people call a token by: the secret itself is kept nowhere.
func (t Token) Name() string { return t.Hash[:min(tokenName, len(t.Hash))] }

// Tokens are those that are neither spent nor over, by kiosk.
func (r *Registry) Tokens(ctx context.Context, now time.Time) ([]Token, error) {
	return stored.View(ctx, r.b, func(tx Tx) ([]Token, error) {
		all, err := tx.Tokens(ctx)
		return slices.DeleteFunc(all, func(t Token) bool { return t.UsedAt != 0 || t.ExpiresAt <= stored.Millis(now) }), err
	})
}

// WithdrawToken takes back the token of this name, or all of a kiosk where name is its
// terminal number, and says how many those were; stored.ErrNotFound says that none was open.
func (r *Registry) WithdrawToken(ctx context.Context, name string, now time.Time) (int, error) {
	n := 0
	err := r.b.Update(ctx, func(tx Tx) error {
		n = 0
		all, err := tx.Tokens(ctx)
		if err != nil {
			return fmt.Errorf("cannot read tokens: %w", err)
		}
		for _, t := range all {
			if t.Kiosk != name && t.Name() != name || t.UsedAt != 0 || t.ExpiresAt <= stored.Millis(now) {
				continue
			}
			if err := tx.DropToken(ctx, t.Hash); err != nil {
				return err
			}
			n++
		}
		if n == 0 {
			return fmt.Errorf("open token %.20q: %w", name, stored.ErrNotFound)
		}
		return nil
	})

	return n, err
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
// with nearly the same number was enrolled since. sign runs inside the transaction, so a token is spent only if a certificate was made; its key
// is the kiosk's newest afterwards, and no other one counts. ErrFloor is told where an
// incarnation might be given out a second time.
func (r *Registry) Enrol(ctx context.Context, c Claim, now time.Time, sign func(Kiosk) (identity.Certificate, error)) (Enrolled, error) {
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
			e.Kiosk, err = enrolAgain(ctx, tx, t, c, now, sign)
			return err
		}
		if err := identity.MayEnrol(ctx, tx, t.Kiosk); err != nil {
			return fmt.Errorf("%w: %w", ErrToken, err)
		}
		t.UsedAt = stored.Millis(now)
		if err := tx.PutToken(ctx, t); err != nil {
			return fmt.Errorf("cannot spend token: %w", err)
		}
		if e.Kiosk, err = r.admit(ctx, tx, t, c, now); err != nil {
			return err
		}

		cert, err := sign(e.Kiosk)
		if err != nil {
			return err
		}
		cert.Kiosk, e.PublicKey = t.Kiosk, cert.Key
		return errors.Join(tx.PutKiosk(ctx, e.Kiosk), identity.Enrolled(ctx, tx, cert, now))
	})
	return e, err
}

// admit is the kiosk of a token with the journal that it goes on with, or a new one.
func (r *Registry) admit(ctx context.Context, tx Tx, t Token, c Claim, now time.Time) (Kiosk, error) {
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

	next, err := r.incarnationOf(ctx, tx, t, c, old, known, now)
	if err != nil {
		return Kiosk{}, err
	}
	if known && next == old.Incarnation {
		return old, nil
	}
	k, err := r.begin(ctx, tx, t.Kiosk, next, now)
	k.Told, k.Set = old.Told, old.Set // the place is the same
	k.SetBy, k.SetAt = old.SetBy, old.SetAt

	return k, err
}

// incarnationOf is the incarnation of the journal that a board with token t goes on with.
func (r *Registry) incarnationOf(ctx context.Context, tx Tx, t Token, c Claim, old Kiosk, known bool, now time.Time) (uint8, error) {
	switch {
	case t.KeepJournal && c.Had == nil && known:
		return old.Incarnation, nil
	case t.KeepJournal && c.Had != nil && known && *c.Had == old.Incarnation:
		return old.Incarnation, nil
	case t.KeepJournal && c.Had != nil && (!known || *c.Had > old.Incarnation): // it began before these books were restored
		return *c.Had, nil
	case t.KeepJournal && c.Had != nil:
		return 0, fmt.Errorf("%w: the board's is of incarnation %d, the kiosk's present one of %d", ErrIncarnation, *c.Had, old.Incarnation)
	}

	return r.another(ctx, tx, t, c, known, now)
}

// another is an incarnation that was never given out.
func (r *Registry) another(ctx context.Context, tx Tx, t Token, c Claim, known bool, now time.Time) (uint8, error) {
	last, err := r.highest(ctx, tx, t, c)
	if err != nil {
		return 0, err
	}
	if c.Had == nil && t.Had < 0 {
		if err := current(ctx, tx, t.Kiosk); err != nil {
			return 0, err
		}
	}
	if last < 0 && !known {
		return 0, nil
	}

	return nextIncarnation(t.Kiosk, uint8(max(last, 0)), now)
}

// begin is a kiosk with the first record of a journal of this incarnation, which is marked
// as given before.
func (r *Registry) begin(ctx context.Context, tx Tx, kiosk string, incarnation uint8, now time.Time) (Kiosk, error) {
	if r.marks != nil {
		if err := r.marks.Give(kiosk, incarnation); err != nil {
			return Kiosk{}, fmt.Errorf("cannot mark incarnation %d of kiosk %s as given: %w", incarnation, kiosk, err)
		}
	}

	return begin(ctx, tx, kiosk, incarnation, now)
}

// highest is the highest incarnation of a kiosk that anybody knows of: the books by its
// journals and by the serials of what it ordered, the board, whoever made the token, and the
// marks outside the books; below 0 for none.
func (r *Registry) highest(ctx context.Context, tx Tx, t Token, c Claim) (int, error) {
	last := int(t.Had)
	if c.Had != nil {
		last = max(last, int(*c.Had))
	}
	journals, err := tx.JournalsOf(ctx, t.Kiosk)
	if err != nil {
		return 0, fmt.Errorf("cannot read journals of kiosk %s: %w", t.Kiosk, err)
	}
	for _, j := range journals {
		if !j.Branch() { // its number is no incarnation
			last = max(last, int(j.Incarnation))
		}
	}
	serial, err := tx.LastSerial(ctx, t.Kiosk)
	if err != nil {
		return 0, fmt.Errorf("cannot read serials of kiosk %s: %w", t.Kiosk, err)
	}
	last = max(last, inSerial(t.Kiosk, serial))
	if r.marks == nil {
		return last, nil
	}
	given, any, err := r.marks.Given(t.Kiosk)
	if err != nil {
		return 0, fmt.Errorf("cannot read which incarnations kiosk %s was given: %w", t.Kiosk, err)
	}
	if any {
		last = max(last, int(given))
	}

	return last, nil
}

// inSerial is the incarnation in a serial of a kiosk; below 0 where there is none.
func inSerial(kiosk, serial string) int {
	rest, own := strings.CutPrefix(serial, kiosk)
	if !own || len(rest) < incarnationDigits {
		return noFloor
	}
	n, err := strconv.ParseUint(rest[:incarnationDigits], 10, 8)
	if err != nil {
		return noFloor
	}

	return int(n)
}

const incarnationDigits = 2

// current is an ErrFloor where the books are out of a backup and this kiosk has not told the
// end of its journal since: then it may have had later incarnations than they know of.
func current(ctx context.Context, tx Tx, kiosk string) error {
	all, err := tx.Journals(ctx)
	if err != nil {
		return fmt.Errorf("cannot read journals: %w", err)
	}
	known, behind := false, false
	for _, j := range all {
		behind = behind || j.RestoredAt != 0
		if j.Kiosk != kiosk {
			continue
		}
		known = true
		if j.RestoredAt != 0 {
			return ErrFloor
		}
	}
	if !known && behind {
		return ErrFloor
	}

	return nil
}

// enrolAgain answers a spent token, to the key that spent it only.
func enrolAgain(ctx context.Context, tx Tx, t Token, c Claim, now time.Time, sign func(Kiosk) (identity.Certificate, error)) (Kiosk, error) {
	k, err := tx.Kiosk(ctx, t.Kiosk)
	if err != nil {
		return Kiosk{}, err
	}
	cert, err := sign(k)
	if err != nil {
		return Kiosk{}, err
	}
	if k.PublicKey == "" || cert.Key != k.PublicKey {
		return Kiosk{}, ErrToken
	}
	if c.Had != nil && !t.KeepJournal && *c.Had >= k.Incarnation {
		return Kiosk{}, fmt.Errorf("%w: the board had %d, the token gave %d", ErrIncarnation, *c.Had, k.Incarnation)
	}
	cert.Kiosk = t.Kiosk

	return k, identity.Enrolled(ctx, tx, cert, now)
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
