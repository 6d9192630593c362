package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/stored"
)

// settled are the rows of business dates, their files and breaks, and of jobs, among the
// others.
type settled rows

type dueKey struct{ job, day string }

// keep puts a row whose version follows that of the one before it.
func keep[K comparable, V any](b *settled, m map[K]V, k K, v V, version func(V) int64) error {
	if version(m[k]) != version(v)-1 {
		return fmt.Errorf("%v: %w", k, stored.ErrStale)
	}
	put((*rows)(b), m, k, v)
	return nil
}

func (b *settled) Date(_ context.Context, day string) (settle.Date, error) { return one(b.days, day) }

func (b *settled) Dates(_ context.Context, before string, limit int) ([]settle.Date, error) {
	return list(b.days, func(d settle.Date) bool { return before == "" || d.Day < before },
		func(x, y settle.Date) int { return cmp.Compare(y.Day, x.Day) }, limit), nil
}

func (b *settled) Unsigned(_ context.Context, limit int) ([]settle.Date, error) {
	return list(b.days, func(d settle.Date) bool { return d.State != settle.Signed },
		func(x, y settle.Date) int { return cmp.Compare(x.Day, y.Day) }, limit), nil
}

func (b *settled) PutDate(_ context.Context, d settle.Date) error {
	return keep(b, b.days, d.Day, d, func(d settle.Date) int64 { return d.Version })
}

func (b *settled) Break(_ context.Context, id string) (settle.Break, error) { return one(b.breaks, id) }

func byDay(x, y settle.Break) int {
	return cmp.Or(cmp.Compare(x.Day, y.Day), cmp.Compare(x.ID, y.ID))
}

func (b *settled) BreaksOf(_ context.Context, day, after string, limit int) ([]settle.Break, error) {
	return list(b.breaks, func(x settle.Break) bool { return x.Day == day && x.ID > after }, byDay, limit), nil
}

func (b *settled) OpenBreaks(_ context.Context, after settle.BreakKey, limit int) ([]settle.Break, error) {
	last := settle.Break{Day: after.Day, ID: after.ID}
	return list(b.breaks, func(x settle.Break) bool { return x.State == settle.BreakOpen && byDay(x, last) > 0 }, byDay, limit), nil
}

func (b *settled) PutBreaks(_ context.Context, all []settle.Break) error {
	for _, x := range all {
		put((*rows)(b), b.breaks, x.ID, x)
	}
	return nil
}

func (b *settled) DueRow(_ context.Context, job, day string) (settle.DueRow, error) {
	return one(b.dues, dueKey{job, day})
}

func (b *settled) LastDue(_ context.Context, job, upto string) (string, error) {
	last := ""
	for k := range b.dues {
		if k.job == job && k.day <= upto {
			last = max(last, k.day)
		}
	}
	return last, nil
}

func (b *settled) DueRows(_ context.Context, job string, now time.Time, limit int) ([]settle.DueRow, error) {
	return list(b.dues, func(d settle.DueRow) bool {
		return d.Job == job && d.State == settle.Due && d.NextAt <= now.UnixMilli()
	},
		func(x, y settle.DueRow) int { return cmp.Compare(x.Day, y.Day) }, limit), nil
}

func (b *settled) PutDueRow(_ context.Context, d settle.DueRow) error {
	return keep(b, b.dues, dueKey{d.Job, d.Day}, d, func(d settle.DueRow) int64 { return d.Version })
}

func (b *settled) BookFile(_ context.Context, id string) (settle.File, error) {
	return one(b.bookFiles, id)
}

func (b *settled) FilesOf(_ context.Context, day string) ([]settle.File, error) {
	return list(b.bookFiles, func(f settle.File) bool { return f.Day == day }, func(x, y settle.File) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Part, y.Part), cmp.Compare(x.At, y.At), cmp.Compare(x.ID, y.ID))
	}, len(b.bookFiles)), nil
}

func (b *settled) LoadingFiles(context.Context) ([]settle.File, error) {
	return list(b.bookFiles, func(f settle.File) bool { return f.State == settle.Loading },
		func(x, y settle.File) int { return cmp.Compare(x.ID, y.ID) }, len(b.bookFiles)), nil
}

func (b *settled) PutFile(_ context.Context, f settle.File) error {
	return keep(b, b.bookFiles, f.ID, f, func(f settle.File) int64 { return f.Version })
}

func (b *settled) DropFile(_ context.Context, id string) error {
	for _, l := range b.bookLines[id] {
		b.unline(l)
	}
	remove((*rows)(b), b.bookLines, id)
	remove((*rows)(b), b.bookFiles, id)
	return nil
}

// unline takes a line out of the index by serial.
func (b *settled) unline(l settle.Line) {
	rest := slices.DeleteFunc(slices.Clone(b.lineFiles[l.Serial]), func(file string) bool { return file == l.File })
	put((*rows)(b), b.lineFiles, l.Serial, rest)
}

func byLine(x, y settle.Line) int {
	return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Serial, y.Serial), cmp.Compare(x.N, y.N))
}

func (b *settled) AddLines(_ context.Context, all []settle.Line) error {
	byFile := map[string][]settle.Line{}
	for _, l := range all {
		byFile[l.File] = append(byFile[l.File], l)
		if !slices.Contains(b.lineFiles[l.Serial], l.File) {
			add((*rows)(b), b.lineFiles, l.Serial, l.File)
		}
	}
	for file, some := range byFile {
		merged := slices.Concat(b.bookLines[file], some)
		slices.SortFunc(merged, byLine)
		for i := range len(merged) - 1 {
			if byLine(merged[i], merged[i+1]) == 0 {
				return fmt.Errorf("line %d of %s exists: %w", merged[i].N, file, stored.ErrStale)
			}
		}
		put((*rows)(b), b.bookLines, file, merged)
	}
	return nil
}

func (b *settled) Lines(_ context.Context, file string, after settle.LineKey, limit int) ([]settle.Line, error) {
	all := b.bookLines[file]
	from, had := slices.BinarySearchFunc(all, settle.Line{File: file, Serial: after.Serial, N: after.N}, byLine)
	if had {
		from++
	}
	return slices.Clone(all[from:min(len(all), from+limit)]), nil
}

func (b *settled) LinesOf(_ context.Context, serials []string) ([]settle.Line, error) {
	var out []settle.Line
	for _, s := range serials {
		for _, file := range b.lineFiles[s] {
			if !b.bookFiles[file].Stands() {
				continue
			}
			for _, l := range b.bookLines[file] {
				if l.Serial == s {
					out = append(out, l)
				}
			}
		}
	}
	slices.SortFunc(out, byLine)
	return out, nil
}

func (b *settled) DayPostings(_ context.Context, day, after string, limit int) ([]books.Posting, error) {
	return list(b.postings, func(p books.Posting) bool { return p.BusinessDate == day && p.Serial > after },
		func(x, y books.Posting) int { return cmp.Compare(x.Serial, y.Serial) }, limit), nil
}

func (b *settled) Unposted(_ context.Context, from, to time.Time, after settle.OpenedKey, limit int) ([]books.Transaction, error) {
	order := func(x, y books.Transaction) int {
		return cmp.Or(cmp.Compare(x.OpenedAt, y.OpenedAt), cmp.Compare(x.Serial, y.Serial))
	}
	last := books.Transaction{OpenedAt: after.At, Serial: after.Serial}
	return list(b.txns, func(t books.Transaction) bool {
		_, posted := b.postings[t.Serial]
		return !posted && t.OpenedAt >= from.UnixMilli() && t.OpenedAt < to.UnixMilli() && order(t, last) > 0
	}, order, limit), nil
}
