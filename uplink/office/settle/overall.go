package settle

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/reconcile"
	"wattkiosk/uplink/office/stored"
)

// overall is how one payment stands over all dates.
type overall struct {
	days    []string // that have something of it
	classes []reconcile.Class
	blind   bool // it cannot be told: the MIS has it under a serial that is nobody's
}

// settled reports whether a difference of a date is one of dates only: over all of them it is
// not there, and ran says of each later one that has something of it that it was run.
func (o overall) settled(day string, class reconcile.Class, ran func(day string) bool) bool {
	if o.blind || len(o.days) == 0 || slices.Contains(o.classes, class) {
		return false
	}
	return !slices.ContainsFunc(o.days, func(d string) bool { return d > day && !ran(d) })
}

// overallAtOnce are how many payments are looked at in one snapshot.
const overallAtOnce = 100

// overDays looks at payments over all dates, in the books that take part.
func (r *Room) overDays(ctx context.Context, serials []string, taking reconcile.Books) (map[string]overall, error) {
	out := map[string]overall{}
	for some := range slices.Chunk(serials, overallAtOnce) {
		err := r.b.View(ctx, func(tx Tx) error { return r.overDaysIn(ctx, tx, some, taking, out) })
		if err != nil {
			return nil, fmt.Errorf("cannot look at other dates: %w", err)
		}
	}
	return out, nil
}

func (r *Room) overDaysIn(ctx context.Context, tx Tx, serials []string, taking reconcile.Books, out map[string]overall) error {
	rows, err := r.everywhere(ctx, tx, serials, out)
	if err != nil {
		return err
	}
	if taking.Len() < 2 {
		return nil
	}
	e, err := reconcile.New(reconcile.Spec{Books: taking, Dir: r.rules.Dir})
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }() // temporary files
	for _, row := range rows {
		if !taking.Has(row.Book) {
			continue
		}
		if err := e.Feed(row); err != nil {
			return err
		}
	}
	_, err = e.Run(func(b reconcile.Break) error {
		o := out[b.Serial]
		o.classes = append(o.classes, b.Class)
		out[b.Serial] = o
		return nil
	})
	return err
}

// everywhere are the rows of payments in all books and of all dates; of which is noted.
func (r *Room) everywhere(ctx context.Context, tx Tx, serials []string, out map[string]overall) ([]reconcile.Row, error) {
	var rows []reconcile.Row
	add := func(row reconcile.Row, day string, blind bool) {
		o := out[row.Serial]
		o.days = append(o.days, day)
		o.blind = o.blind || blind
		out[row.Serial] = o
		rows = append(rows, row)
	}

	posts, err := tx.Postings(ctx, serials)
	if err != nil {
		return nil, err
	}
	owns, err := r.posted(ctx, tx, posts)
	if err != nil {
		return nil, err
	}
	day := map[string]string{}
	for _, p := range posts {
		day[p.Serial] = p.BusinessDate
	}
	for _, o := range owns {
		add(o.Row, day[o.Serial], false)
	}
	txns, err := tx.Transactions(ctx, serials)
	if err != nil {
		return nil, err
	}
	cases, err := ofPublic(ctx, tx, txns)
	if err != nil {
		return nil, err
	}
	for _, t := range txns {
		if o, has := r.ofTransaction(t, cases[t.Serial]); has && day[t.Serial] == "" {
			add(o.Row, time.Unix(o.At, 0).In(r.rules.Zone).Format(dayForm), o.elsewhere)
		}
	}

	lines, err := linesOf(ctx, tx, serials)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if book, ok := reconcile.BookOf(kindOf(l.File)); ok {
			add(rowOf(book, l), l.File[:len(dayForm)], false)
		}
	}
	return rows, nil
}

// kindOf is the kind of a file by its ID: date, kind and the rest.
func kindOf(id string) string {
	rest := id[len(dayForm)+1:]
	for i := range len(rest) {
		if rest[i] == '-' {
			return rest[:i]
		}
	}
	return rest
}

// linesOf are the lines of all files that stand which are these payments, named as they are.
func linesOf(ctx context.Context, tx Tx, serials []string) ([]Line, error) {
	as := map[string]string{} // what lines are called, to what is meant
	for _, s := range serials {
		as[s] = s
		as[posting.BookingSerial(s)] = s
		xs, err := tx.ExchangesOf(ctx, s)
		if err != nil {
			return nil, err
		}
		for _, x := range xs {
			if x.Op == posp.Sale {
				as[unnamed(x.Terminal, strconv.FormatUint(uint64(x.Trace), 10))] = s
			}
		}
	}
	names := make([]string, 0, len(as))
	for n := range as {
		names = append(names, n)
	}
	slices.Sort(names)

	lines, err := tx.LinesOf(ctx, names)
	if err != nil {
		return nil, err
	}
	var out []Line
	for _, l := range lines {
		named := []Line{l}
		switch kind := kindOf(l.File); {
		case kind == POSP:
			named, err = ofTerminals(ctx, tx, named)
		case kind == MIS && l.Serial != as[l.Serial]:
			named, err = ofBookings(ctx, tx, named, nil)
		}
		if err != nil {
			return nil, err
		}
		if slices.Contains(serials, named[0].Serial) {
			out = append(out, named[0])
		}
	}
	return netted(out), nil
}

// netted has what acquirers, and a POSP, took and gave back netted, serial by serial.
func netted(lines []Line) []Line {
	var out []Line
	of := map[string][]Line{}
	var order []string
	for _, l := range lines {
		if !nets(kindOf(l.File)) {
			out = append(out, l)
			continue
		}
		if of[l.Serial] == nil {
			order = append(order, l.Serial)
		}
		of[l.Serial] = append(of[l.Serial], l)
	}
	for _, s := range order {
		out = append(out, net(of[s])...)
	}
	return out
}

// ran says whether a date was run, or is being run now.
func (w *work) ran(ctx context.Context) func(day string) bool {
	known := map[string]bool{w.day: true}
	return func(day string) bool {
		is, had := known[day]
		if !had {
			d, err := stored.View(ctx, w.room.b, func(tx Tx) (Date, error) { return dateOf(ctx, tx, day) })
			is = err == nil && d.Run > 0
			known[day] = is
		}
		return is
	}
}

// overDates leaves out of what was found what is a difference of dates only, and no matter for
// anybody any more.
func (w *work) overDates(ctx context.Context) error {
	var serials []string
	for _, b := range w.found {
		if b.Serial != "" {
			serials = append(serials, b.Serial)
		}
	}
	slices.Sort(serials)
	of, err := w.room.overDays(ctx, slices.Compact(serials), w.taking)
	if err != nil {
		return err
	}
	ran := w.ran(ctx)
	w.found = slices.DeleteFunc(w.found, func(b reconcile.Break) bool { return of[b.Serial].settled(w.day, b.Class, ran) })

	return nil
}

// lookAgain looks at the open breaks of other dates, and returns those that agree now.
func (w *work) lookAgain(ctx context.Context) ([]Break, error) {
	var agreed []Break
	ran := w.ran(ctx)
	for after := (BreakKey{}); ; {
		page, err := stored.View(ctx, w.room.b, func(tx Tx) ([]Break, error) { return tx.OpenBreaks(ctx, after, rowsAtOnce) })
		if err != nil {
			return nil, fmt.Errorf("cannot read open breaks: %w", err)
		}
		byDay := map[string][]Break{}
		var days []string
		for _, b := range page {
			if b.Day == w.day || b.Serial == "" {
				continue
			}
			if byDay[b.Day] == nil {
				days = append(days, b.Day)
			}
			byDay[b.Day] = append(byDay[b.Day], b)
		}
		for _, day := range days {
			some, err := w.agreeing(ctx, day, byDay[day], ran)
			if err != nil {
				return nil, err
			}
			agreed = append(agreed, some...)
			if err := w.lives(ctx); err != nil {
				return nil, err
			}
		}
		if len(page) < rowsAtOnce {
			return agreed, nil
		}
		last := page[len(page)-1]
		after = BreakKey{last.Day, last.ID}
	}
}

// agreeing are those of the open breaks of another date that agree now.
func (w *work) agreeing(ctx context.Context, day string, open []Break, ran func(string) bool) ([]Break, error) {
	files, err := stored.View(ctx, w.room.b, func(tx Tx) ([]File, error) { return tx.FilesOf(ctx, day) })
	if err != nil {
		return nil, err
	}
	serials := make([]string, len(open))
	for i, b := range open {
		serials[i] = b.Serial
	}
	slices.Sort(serials)
	of, err := w.room.overDays(ctx, slices.Compact(serials), taking(standing(files)))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(open, func(b Break) bool { return !of[b.Serial].settled(day, b.Class, ran) }), nil
}
