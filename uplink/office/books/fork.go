package books

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/stored"
)

// A copy of a kiosk's key, or of its disk, writes records that stand where others of the
// kiosk stand: the journal forks. Head office cannot tell which of the two is the kiosk, so
// it keeps both. The second one is a branch: a Journal of its own, which begins after the
// last record that both have, and goes on being acknowledged and accounted, each payment
// once; what stands on both sides under one serial is accounted as it came first, and is a
// case. Orders that are only asked for are held meanwhile, until a record orders them.
// Two people choose in the end (ChooseIn): what was left is evidence, and its postings are
// cases.

const (
	// firstBranch is the first number of a branch, where a journal has its incarnation.
	// No incarnation has three digits.
	firstBranch = 100
	lastBranch  = 250
	maxBranches = 3 // open at a time; what comes beyond is kept as what does not follow
)

// AlarmFork is on while a journal is written twice and nobody has chosen.
const AlarmFork = "journal-fork"

// ClassFork is the case of a fork.
const ClassFork = "fork"

// Branch reports whether j is a branch, and not the journal of an incarnation.
func (j Journal) Branch() bool { return j.From != 0 }

// Accounted reports whether what follows from the records of j is in the books.
func (j Journal) Accounted() bool { return !j.Left }

// IsBranch reports whether this is the number of a branch, and no incarnation.
func IsBranch(number uint8) bool { return number >= firstBranch }

// End is the end of a kiosk's journal as a batch of its records left it.
type End struct {
	record.Head

	Forked bool // the journal is written twice, and nobody has chosen
}

// strays takes records that do not follow j: where they go on with a branch, or begin one,
// they are kept there and accounted. known is false where they do neither; then nothing was
// done.
func strays(ctx context.Context, tx Tx, s *Keeper, j Journal, recs []record.Record, now time.Time) (end record.Head, known bool, err error) {
	branches, err := branchesOf(ctx, tx, j)
	if err != nil || len(recs) == 0 {
		return end, false, err
	}
	for _, b := range branches {
		fresh, fits, err := along(ctx, tx, b, recs)
		if err != nil {
			return end, false, err
		}
		if fits && b.Accounted() {
			b, err = grow(ctx, tx, s, j, b, fresh, now)
			return b.Head, true, err
		}
	}

	at, sealed, err := leaves(ctx, tx, j, recs)
	if err != nil || len(sealed) == 0 || j.Forked >= maxBranches {
		return end, false, err
	}
	b, err := newBranch(branches, j, at, now)
	if err != nil {
		return end, false, nil //nolint:nilerr // no number is left: they are kept aside
	}
	j.Forked++
	j.UpdatedAt = stored.Millis(now)
	if err := tx.PutJournal(ctx, j); err != nil {
		return end, false, fmt.Errorf("cannot store the journal of kiosk %s: %w", j.Kiosk, err)
	}
	b, err = grow(ctx, tx, s, j, b, sealed, now)

	return b.Head, true, err
}

// leftOn is the number of the branch that records go on with and two people left, 0 for none.
func leftOn(ctx context.Context, tx Tx, j Journal, recs []record.Record) (uint8, error) {
	if len(recs) == 0 || recs[0].Seq == 0 {
		return 0, nil
	}
	n, err := tx.LeftOn(ctx, j.Kiosk, recs[0].Seq-1, recs[0].Prev)
	for i := 0; i < len(recs) && err == nil && n == 0 && recs[i].Seq <= j.Head.Seq; i++ {
		_, sum, bad := recs[i].Sum()
		if bad != nil {
			return 0, nil //nolint:nilerr // it is not one of them
		}
		n, err = tx.LeftOn(ctx, j.Kiosk, recs[i].Seq, sum)
	}
	if err != nil {
		return 0, fmt.Errorf("cannot read branches of kiosk %s: %w", j.Kiosk, err)
	}

	return n, nil
}

// branchesOf are all that left j.
func branchesOf(ctx context.Context, tx Tx, j Journal) ([]Journal, error) {
	all, err := tx.JournalsOf(ctx, j.Kiosk)
	if err != nil {
		return nil, fmt.Errorf("cannot read journals of kiosk %s: %w", j.Kiosk, err)
	}

	return slices.DeleteFunc(all, func(b Journal) bool { return !b.Branch() || b.Of != j.Incarnation }), nil
}

// along is follow for a branch: fits says whether records are its own.
func along(ctx context.Context, tx Tx, b Journal, recs []record.Record) (fresh []Sealed, fits bool, err error) {
	own := slices.IndexFunc(recs, func(r record.Record) bool { return r.Seq >= b.From })
	if own < 0 || recs[own].Seq > b.Head.Seq+1 || !b.Accounted() {
		return nil, false, nil
	}
	fresh, broken, err := follow(ctx, tx, b, recs[own:])

	return fresh, broken == nil, err
}

// leaves is where records leave j: the last record that both have, and those after it. It is
// none where they do not go on from one of j's.
func leaves(ctx context.Context, tx Tx, j Journal, recs []record.Record) (at record.Head, sealed []Sealed, err error) {
	for i, r := range recs {
		if r.Seq == 0 || r.Seq > j.Head.Seq || !plain(r.Type) || !plain(r.Txn) {
			return at, nil, nil
		}
		differs, err := sameAsStored(ctx, tx, j, r)
		if err != nil {
			return at, nil, err
		}
		if differs == nil {
			continue
		}
		before, err := hashBefore(ctx, tx, j, r.Seq)
		if err != nil || before != r.Prev {
			return at, nil, err
		}
		at = record.Head{Seq: r.Seq - 1, Hash: before}
		sealed, broken, err := follow(ctx, tx, Journal{Head: at}, recs[i:])
		if broken != nil {
			sealed = nil
		}

		return at, sealed, err
	}

	return at, nil, nil
}

// hashBefore is the hash of the record before one of j.
func hashBefore(ctx context.Context, tx Tx, j Journal, seq uint64) (record.Hash, error) {
	if seq == 1 {
		return record.Genesis(j.Kiosk, j.Incarnation), nil
	}
	h, err := tx.RecordHash(ctx, j.Kiosk, j.Incarnation, seq-1)
	if err != nil {
		return h, fmt.Errorf("cannot read record %d: %w", seq-1, err)
	}

	return h, nil
}

var errNoNumber = errors.New("no number is left for a branch")

func newBranch(had []Journal, j Journal, at record.Head, now time.Time) (Journal, error) {
	next := uint8(firstBranch)
	for _, b := range had {
		next = max(next, b.Incarnation+1)
	}
	if next > lastBranch {
		return Journal{}, errNoNumber
	}
	t := stored.Millis(now)

	return Journal{Kiosk: j.Kiosk, Incarnation: next, Of: j.Incarnation, From: at.Seq + 1, Head: at, BeganAt: t, UpdatedAt: t}, nil
}

// grow keeps new records of a branch of j, and says in the case of the fork how far it is.
func grow(ctx context.Context, tx Tx, s *Keeper, j, b Journal, fresh []Sealed, now time.Time) (Journal, error) {
	if len(fresh) == 0 {
		return b, nil
	}
	b, err := s.keep(ctx, tx, b, fresh, now)
	if err != nil {
		return b, err
	}
	at := stored.Millis(now)
	c := newCase(b.Kiosk, at, ClassFork, branchName(b), "", 0, forkText(j, b))
	had, err := tx.Case(ctx, c.ID)
	switch {
	case errors.Is(err, stored.ErrNotFound):
		err = tx.AddCases(ctx, []Case{c})
	case err == nil && had.Open && had.Text != c.Text:
		had.Text, had.UpdatedAt = c.Text, at
		err = tx.PutCase(ctx, had)
	}
	if err != nil {
		return b, fmt.Errorf("cannot store the case of a fork: %w", err)
	}
	alarm := Alarm{Kiosk: b.Kiosk, Code: AlarmFork, On: true, Detail: c.Text, At: at, UpdatedAt: at}

	return b, tx.PutAlarms(ctx, []Alarm{alarm})
}

// branchName is how people name a branch: by its incarnation and number.
func branchName(b Journal) string { return fmt.Sprintf("%d-%d", b.Of, b.Incarnation-firstBranch+1) }

func forkText(j, b Journal) string {
	return fmt.Sprintf("record %d was written twice, by two boards with one key: the journal goes on to record %d, its branch %s to %d", b.From, j.Head.Seq, branchName(b), b.Head.Seq)
}

// elsewhere are the serials of records of j that stand on another side of a fork already.
func (p *projection) elsewhere(ctx context.Context, tx Tx, j Journal, serials []string) error {
	if !j.Branch() && j.Forked == 0 {
		return nil
	}
	all, err := tx.JournalsOf(ctx, j.Kiosk)
	if err != nil {
		return fmt.Errorf("cannot read journals of kiosk %s: %w", j.Kiosk, err)
	}
	p.beside = map[string]bool{}
	p.forkOf, p.forkAt = j.Incarnation, j.From
	if j.Branch() {
		p.forkOf = j.Of
	}
	for _, b := range all {
		if !j.Branch() && b.Branch() && b.Of == j.Incarnation && b.Accounted() && (p.forkAt == 0 || b.From < p.forkAt) {
			p.forkAt = b.From
		}
	}
	for _, serial := range serials {
		events, err := tx.Events(ctx, j.Kiosk, serial, maxEvents)
		if err != nil {
			return fmt.Errorf("cannot read records of %s: %w", serial, err)
		}
		p.beside[serial] = slices.ContainsFunc(events, func(e Event) bool { return beside(all, j, e) })
	}

	return nil
}

// beside reports whether a record is on another side of a fork than j goes on.
func beside(all []Journal, j Journal, e Event) bool {
	if e.Incarnation == j.Incarnation {
		return false
	}
	if j.Branch() && e.Incarnation == j.Of {
		return e.Seq >= j.From
	}
	i := slices.IndexFunc(all, func(b Journal) bool { return b.Incarnation == e.Incarnation })

	return i >= 0 && all[i].Branch() && (all[i].Of == j.Incarnation || j.Branch())
}

// LiveEnds are the ends that the journal of a kiosk has: that of its present one first, then
// those of its open branches.
func (s *Checks) LiveEnds(ctx context.Context, kiosk string) ([]End, error) {
	return stored.View(ctx, s.b, func(tx Tx) ([]End, error) {
		j, err := tx.Journal(ctx, kiosk)
		if err != nil {
			return nil, err
		}
		out := []End{{j.Head, j.Forked > 0}}
		if j.Forked == 0 {
			return out, nil
		}
		branches, err := branchesOf(ctx, tx, j)
		for _, b := range branches {
			if b.Accounted() {
				out = append(out, End{b.Head, true})
			}
		}

		return out, err
	})
}

// Fork is a journal that is written twice, as people see it.
type Fork struct {
	Kiosk   string
	Journal Side
	Branch  Side
}

// Side is one side of a fork: what was written on it after the last record that both have.
type Side struct {
	Name     string       `json:"name"` // ChooseJournal, or that of a branch
	From     uint64       `json:"from"`
	Upto     uint64       `json:"upto"`
	Payments int          `json:"payments"`
	Sum      money.Amount `json:"sum"` // of the payments that were closed
	First    int64        `json:"first_at"`
	Last     int64        `json:"last_at"`
	HeardAt  int64        `json:"heard_at"`
}

// ChooseJournal is the name of the side that came first.
const ChooseJournal = "journal"

// Forks are all that nobody has decided.
func (s *Checks) Forks(ctx context.Context) ([]Fork, error) {
	return stored.View(ctx, s.b, func(tx Tx) ([]Fork, error) {
		all, err := tx.Journals(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot read journals: %w", err)
		}
		var out []Fork
		for _, j := range all {
			if j.Forked == 0 {
				continue
			}
			branches, err := branchesOf(ctx, tx, j)
			if err != nil {
				return nil, err
			}
			for _, b := range branches {
				if !b.Accounted() {
					continue
				}
				f, err := forkOfBranch(ctx, tx, j, b)
				if err != nil {
					return nil, err
				}
				out = append(out, f)
			}
		}
		slices.SortFunc(out, func(x, y Fork) int {
			return cmp.Or(cmp.Compare(x.Kiosk, y.Kiosk), cmp.Compare(x.Branch.Name, y.Branch.Name))
		})

		return out, nil
	})
}

func forkOfBranch(ctx context.Context, tx Tx, j, b Journal) (f Fork, err error) {
	f.Kiosk = j.Kiosk
	if f.Journal, _, err = side(ctx, tx, j, b.From, ChooseJournal); err != nil {
		return f, err
	}
	f.Branch, _, err = side(ctx, tx, b, b.From, branchName(b))

	return f, err
}

// side reads one side of a fork from a record on.
func side(ctx context.Context, tx Tx, j Journal, from uint64, name string) (Side, []Sealed, error) {
	out := Side{Name: name, From: from, Upto: j.Head.Seq, HeardAt: j.UpdatedAt}
	recs, err := recordsFrom(ctx, tx, j, from)
	if err != nil {
		return out, nil, err
	}
	for _, r := range recs {
		at := r.Time.UnixMilli()
		if out.First == 0 {
			out.First = at
		}
		out.Last = at
		if total := closedWith(r.Record); total > 0 {
			out.Payments++
			out.Sum = min(out.Sum+total, money.Max)
		}
	}

	return out, recs, nil
}

// closedWith is what a record closes a payment with, 0 for any other.
func closedWith(r record.Record) money.Amount {
	e, err := payments.Decode(r)
	if err != nil {
		return 0
	}
	switch e.(type) {
	case cash.Closed, bankcard.Closed, qr.Paid:
		return amountOf(e)
	}

	return 0
}

// sideAtOnce is how many records are read at a time.
const sideAtOnce = 500

// recordsFrom are those of j from a number on.
func recordsFrom(ctx context.Context, tx Tx, j Journal, from uint64) ([]Sealed, error) {
	var out []Sealed
	for after := from - 1; after < j.Head.Seq; {
		some, err := tx.RecordsAfter(ctx, j.Kiosk, j.Incarnation, after, sideAtOnce)
		if err != nil {
			return nil, fmt.Errorf("cannot read records of kiosk %s: %w", j.Kiosk, err)
		}
		if len(some) == 0 {
			return out, nil
		}
		out = append(out, some...)
		after = some[len(some)-1].Seq
	}

	return out, nil
}
