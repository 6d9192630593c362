package settle

import (
	"strings"

	"wattkiosk/payments/reconcile"
)

// Standing is how one book of a date stands by itself, whatever the others lack: a bill that is
// not here yet makes nothing unknown of what other books say. State is Balanced, Broken or
// Incomplete.
type Standing struct {
	Book  string `json:"book"`
	Part  string `json:"part"` // which of several that the book has for a date; empty for the book
	State State  `json:"state"`
	Why   string `json:"why"` // of one that is incomplete
}

// Standings are those of the books of a date, in their order, the kiosks' own first, and then
// of each part that is not here. What a kiosk, the ledger or the date itself lacks, every book
// lacks.
func (d Date) Standings() []Standing {
	why, all := map[string]string{}, ""
	var parts []Standing
	for _, m := range d.Missing {
		what, rest, _ := strings.Cut(m, ": ")
		kind, name, _ := strings.Cut(what, " ")
		book, part, isPart := strings.Cut(name, " ")
		switch {
		case kind != "book":
			if all == "" {
				all = m
			}
		case isPart:
			parts = append(parts, Standing{book, part, Incomplete, rest})
		default:
			why[book] = rest
		}
	}

	var out []Standing
	for n := range reconcile.MaxBooks {
		s := Standing{Book: reconcile.BookName(n), State: Balanced}
		f, has := d.figures(s.Book)
		lacks, missing := why[s.Book]
		switch {
		case !has && !missing:
			continue
		case missing:
			s.State, s.Why = Incomplete, lacks
		case all != "":
			s.State, s.Why = Incomplete, all
		case f.Breaks > 0 && d.Breaks > 0:
			s.State = Broken
		}
		out = append(out, s)
	}

	return append(out, parts...)
}

func (d Date) figures(name string) (Figures, bool) {
	for _, f := range d.Books {
		if f.Name == name {
			return f, true
		}
	}

	return Figures{}, false
}

// booksOf are the books that have what a break is of, or must have it.
func booksOf(b reconcile.Break) reconcile.Books {
	of := b.Want
	for n, s := range b.Sides {
		if s.Rows > 0 {
			of |= reconcile.Set(n)
		}
	}

	return of
}

// count counts an open break for each of these books.
func count(figures []Figures, of reconcile.Books, by int64) {
	for i, f := range figures {
		if n, ok := reconcile.BookOf(f.Name); ok && of.Has(n) {
			figures[i].Breaks = max(0, f.Breaks+by)
		}
	}
}
