package settle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"wattkiosk/payments/reconcile"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/stored"
)

// Accounts are the ledger's double entries, as far as reconciliation has to do with them.
type Accounts interface {
	// Post brings the entries to what is known now. It is idempotent. What cannot be posted
	// is in the error, and stands in nobody's way.
	Post(ctx context.Context, now time.Time) (int, error)
	// SealIn closes the entries up to a date, and returns the head of their chain.
	SealIn(ctx context.Context, tx accounts.Tx, day string, now time.Time) (accounts.Head, error)
	// ReopenIn opens a sealed date again.
	ReopenIn(ctx context.Context, tx accounts.Tx, day string, now time.Time) (accounts.Head, error)
	// Altered is the first entry between two ends of the chain that is not as it was; 0 for none.
	Altered(ctx context.Context, from, to accounts.Head) (int64, error)
}

var _ Accounts = (*accounts.Book)(nil)

// Result is what a run found: the date as it stands, and all breaks that are open.
type Result struct {
	Date   Date
	Breaks []Break
}

// maxBreaks bounds the breaks of a date: beyond it a book is wrong as a whole.
const maxBreaks = 100_000

// ErrBreaks says that there are more breaks than a date can have.
var ErrBreaks = fmt.Errorf("more than %d breaks: a book is wrong as a whole", maxBreaks)

// Run reconciles a date for owner, a head office, and returns how it stands afterwards. A date
// that is signed is not run, and returned as it was sealed. ErrBusy says that a run of it is
// at work, ErrEarly that it has not begun, ErrFirst that the chain of seals begins later. clock is asked
// as it goes.
func (r *Room) Run(ctx context.Context, day, owner string, clock func() time.Time) (Result, error) {
	return r.run(ctx, day, owner, nil, clock)
}

// run is Run with notes of why a book has no file.
func (r *Room) run(ctx context.Context, day, owner string, notes map[string]string, clock func() time.Time) (Result, error) {
	if err := begun(day, r.rules.Zone, clock()); err != nil {
		return Result{}, err
	}
	_, end, err := span(day, r.rules.Zone)
	if err != nil {
		return Result{}, err
	}
	if out, err := r.result(ctx, day); err != nil || out.Date.State == Signed {
		return out, err
	}
	me := token(owner)
	if err := r.claim(ctx, day, me, clock()); err != nil {
		return Result{}, err
	}

	w := &work{room: r, day: day, owner: me, clock: clock, end: end, beat: clock(), notes: notes, unheard: map[string]bool{}}
	out, err := w.run(ctx)
	if err != nil && !errors.Is(err, ErrLost) {
		now, retry := clock(), clock().Add(Retry)
		if errors.Is(err, ErrSigned) { // meanwhile
			retry = time.Time{}
		}
		err = errors.Join(err, r.b.Update(context.WithoutCancel(ctx), func(tx Tx) error { return ends(ctx, tx, day, me, retry, now) }))
	}
	return out, err
}

// begun says whether a date has begun. One that has not is a slip of the hand, and a run of it
// would stand open for as long as it takes to come.
func begun(day string, zone *time.Location, now time.Time) error {
	from, err := midnight(day, zone)
	if err == nil && now.Before(from) {
		err = fmt.Errorf("%s: %w", day, ErrEarly)
	}
	return err
}

// When a run is tried again.
const (
	Retry     = 10 * time.Minute // one that failed, or whose date is incomplete …
	signHour  = 8                // … until then on the day after, when it should be signed …
	lateRetry = time.Hour        // … and afterwards
)

// nextTry is when a date that is incomplete is run again.
func (r *Room) nextTry(day string, now time.Time) (time.Time, error) {
	due, err := at(day, 24+runHour, r.rules.Zone)
	if err != nil {
		return due, err
	}
	late, err := at(day, 24+signHour, r.rules.Zone)
	switch {
	case err != nil || now.Before(due):
		return due, err
	case now.Before(late):
		return now.Add(Retry), nil
	}
	return now.Add(lateRetry), nil
}

// result is a date as it stands, with its open breaks.
func (r *Room) result(ctx context.Context, day string) (Result, error) {
	return stored.View(ctx, r.b, func(tx Tx) (out Result, err error) {
		if out.Date, err = dateOf(ctx, tx, day); err != nil {
			return out, err
		}
		all, err := breaksOf(ctx, tx, day)
		out.Breaks = slices.DeleteFunc(all, func(b Break) bool { return b.State != BreakOpen })
		return out, err
	})
}

// breaksOf are all breaks of a date, by ID.
func breaksOf(ctx context.Context, tx DateTx, day string) ([]Break, error) {
	var all []Break
	for after := ""; ; {
		page, err := tx.BreaksOf(ctx, day, after, rowsAtOnce)
		if err != nil {
			return nil, fmt.Errorf("cannot read the breaks of %s: %w", day, err)
		}
		all = append(all, page...)
		if len(page) < rowsAtOnce {
			return all, nil
		}
		after = page[len(page)-1].ID
	}
}

// work is one run at work.
type work struct {
	room  *Room
	day   string
	owner string
	clock func() time.Time
	end   time.Time // of the date
	beat  time.Time // when the lease was last extended

	notes   map[string]string // why a book has no file
	files   []File            // of the date, that count
	taking  reconcile.Books
	missing []string
	unheard map[string]bool // acquirers whose bill is not here, and others' are
	wanted  reconcile.Books // of the payments of the date
	figures []Figures
	found   []reconcile.Break
	settled []Settlement
	batches map[batchKey]int // into settled

	nobodys   *elsewhere
	questions []question // whether what the bank gave back is gone at the MIS too
}

// lives extends the lease at times.
func (w *work) lives(ctx context.Context) error {
	now := w.clock()
	if now.Sub(w.beat).Abs() < runLease/10 {
		return nil
	}
	w.beat = now
	return w.room.holds(ctx, w.day, w.owner, now)
}

func (w *work) run(ctx context.Context) (Result, error) {
	if a := w.room.accounts; a != nil {
		if _, err := a.Post(ctx, w.clock()); err != nil {
			if ctx.Err() != nil {
				return Result{}, ctx.Err()
			}
			w.missing = append(w.missing, stored.Text("ledger: "+err.Error()))
		}
	}
	if err := w.match(ctx); err != nil {
		return Result{}, err
	}
	if err := w.overDates(ctx); err != nil {
		return Result{}, err
	}
	agreed, err := w.lookAgain(ctx)
	if err != nil {
		return Result{}, err
	}
	return w.finish(ctx, agreed)
}

// match feeds the books of the date, and what the neighbouring dates have, to the engine.
func (w *work) match(ctx context.Context) error {
	r := w.room
	detail, err := r.Detail(ctx, w.day)
	if err != nil {
		return err
	}
	w.files = standing(detail.Files)
	w.taking = taking(w.files)
	if err := w.settlements(ctx); err != nil {
		return err
	}
	taking := w.taking
	if taking.Len() < 2 { // nothing to match with; the kiosks' own book is counted all the same
		taking |= reconcile.Set(reconcile.MIS)
	}
	e, err := reconcile.New(reconcile.Spec{Books: taking, Keys: r.rules.Keys, Dir: r.rules.Dir, Memory: r.rules.Memory, Edges: w.edges(ctx)})
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }() // temporary files

	w.nobodys = newElsewhere()
	if err := w.feedOurs(ctx, e); err != nil {
		return err
	}
	if err := w.feedTheirs(ctx, e, taking); err != nil {
		return err
	}
	_, err = e.Run(func(b reconcile.Break) error {
		if len(w.found) >= maxBreaks {
			return ErrBreaks
		}
		w.found = append(w.found, b)
		return nil
	})
	return errors.Join(err, w.lacking(ctx))
}

// edge is how close to midnight the clocks of others may put a payment on the other date.
const edge = 5 * time.Minute

// edges are those of the date while a book that takes part has no file of the date after it
// yet: a payment from before midnight may be in that one.
func (w *work) edges(ctx context.Context) reconcile.Edges {
	next, err := shifted(w.day, 1)
	if err != nil {
		return reconcile.Edges{}
	}
	d, err := w.room.Detail(ctx, next)
	if err != nil || w.taking&^taking(standing(d.Files)) == 0 {
		return reconcile.Edges{}
	}
	return reconcile.Edges{After: w.end.Add(-edge).Unix()}
}

// neighbours are the dates before and after.
func (w *work) neighbours() []string {
	var out []string
	for _, n := range []int{-1, 1} {
		if d, err := shifted(w.day, n); err == nil {
			out = append(out, d)
		}
	}
	return out
}

// feedOurs feeds the kiosks' own book, and keeps what the MIS has under serials of others.
func (w *work) feedOurs(ctx context.Context, e *reconcile.Engine) error {
	count := newTally(reconcile.BookName(reconcile.Kiosk))
	err := w.room.ours(ctx, w.day, func(o own) error {
		w.asks(o)
		if o.noRow {
			return nil
		}
		w.hears(&o)
		count.add(o.Row)
		if o.stands() {
			w.wanted |= o.Wants
		}
		if o.elsewhere && o.stands() {
			w.nobodys.add(o)
		}
		return errors.Join(e.Feed(o.Row), w.lives(ctx))
	})
	if err != nil {
		return err
	}
	w.figures = append(w.figures, count.sum())
	for _, day := range w.neighbours() {
		err := w.room.ours(ctx, day, func(o own) error {
			if o.noRow {
				return nil
			}
			o.Margin, o.Wants = true, 0
			return errors.Join(e.Feed(o.Row), w.lives(ctx))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// feedTheirs feeds the files of the date, and of its neighbours. What a neighbour's file has
// under a serial that is nobody's wants the kiosk there too: so it is told from the like of a
// payment that a book lacks, which is not to be posted twice.
func (w *work) feedTheirs(ctx context.Context, e *reconcile.Engine, taking reconcile.Books) error {
	for n := range reconcile.MaxBooks {
		name := reconcile.BookName(n)
		var of []File
		for _, f := range w.files {
			if f.Kind == name {
				of = append(of, f)
			}
		}
		if len(of) == 0 {
			continue
		}
		w.figures = append(w.figures, figuresOf(name, of))
		for _, f := range of {
			if err := w.room.theirs(ctx, f, w.nobodys, w.inBatch, func(row reconcile.Row) error { return errors.Join(e.Feed(row), w.lives(ctx)) }); err != nil {
				return err
			}
		}
	}
	for _, day := range w.neighbours() {
		d, err := w.room.Detail(ctx, day)
		if err != nil {
			return err
		}
		for _, f := range standing(d.Files) {
			if n, ok := reconcile.BookOf(f.Kind); !ok || !taking.Has(n) {
				continue
			}
			err := w.room.theirs(ctx, f, nil, w.inBatch, func(row reconcile.Row) error {
				row.Margin = true
				return errors.Join(e.Feed(row), w.lives(ctx))
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// bill reports whether the bill of an acquirer is here: its own, or one of all of them.
func (w *work) bill(acquirer string) bool {
	return slices.ContainsFunc(w.files, func(f File) bool { return f.Kind == Acquirer && (f.Part == "" || f.Part == acquirer) })
}

// hears leaves what an acquirer says of a payment open, where the bills of others are here and
// its own is not: the payment waits for it, and the other books of it are matched.
func (w *work) hears(o *own) {
	if !o.Wants.Has(reconcile.Acquirer) || o.acquirer == "" || !w.taking.Has(reconcile.Acquirer) || w.bill(o.acquirer) {
		return
	}
	o.Wants &^= reconcile.Set(reconcile.Acquirer)
	if o.stands() {
		w.unheard[o.acquirer] = true
	}
}

// lacking says what of the date is not here.
func (w *work) lacking(ctx context.Context) error {
	if w.clock().Before(w.end) {
		w.missing = append(w.missing, "date: it is not over")
	}
	required := w.wanted &^ reconcile.Set(reconcile.Kiosk)
	for _, b := range w.room.rules.Books {
		n, ok := reconcile.BookOf(b.Name)
		switch {
		case !ok || !b.Required:
		case b.Part == "":
			required |= reconcile.Set(n)
		case !w.bill(b.Part):
			w.unheard[b.Part] = true
		}
	}
	for _, part := range slices.Sorted(maps.Keys(w.unheard)) {
		w.missing = append(w.missing, stored.Text("book "+Acquirer+" "+part+": "+cmp.Or(w.notes[bookName(Acquirer, part)], "no file")))
	}
	if len(w.unheard) > 0 { // it is said of each
		required &^= reconcile.Set(reconcile.Acquirer)
	}
	for n := range reconcile.MaxBooks {
		name := reconcile.BookName(n)
		has := slices.IndexFunc(w.files, func(f File) bool { return f.Kind == name })
		switch {
		case !required.Has(n):
		case has < 0:
			w.missing = append(w.missing, stored.Text("book "+name+": "+cmp.Or(w.notes[name], "no file")))
		case w.wanted.Has(n) && w.files[has].Count == 0 && !slices.ContainsFunc(w.files, func(f File) bool { return f.Kind == name && f.Count > 0 }):
			w.missing = append(w.missing, "book "+name+": its file is empty, and payments must be in it")
		}
	}
	kiosks, err := stored.View(ctx, w.room.b, func(tx Tx) ([]string, error) { return unreported(ctx, tx, w.end) })
	w.missing = append(w.missing, kiosks...)

	return err
}
