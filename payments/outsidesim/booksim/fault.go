package booksim

import (
	"bytes"
	"time"
)

// Fault is something that is wrong with a book on purpose.
type Fault string

// The faults. Those of lines change nothing of a day that has none.
const (
	Down         Fault = "down"               // nobody listens
	Late         Fault = "late-book"          // there is no book of the date yet
	LoseLine     Fault = "lose-book-line"     // the last line is missing
	DoubleLine   Fault = "double-book-line"   // the last line is in it twice
	MisstateLine Fault = "misstate-book-line" // the last line is of 1.00 more
	Misdate      Fault = "misdate-book"       // the lines are of the day before
	Truncate     Fault = "truncate-book"      // it was cut off in the middle of a line
	Garble       Fault = "garble-book"        // it is in another encoding, or in two
	Mistotal     Fault = "mistotal-book"      // its totals are wrong; only of forms that have any
)

// Faults are those that a form can have.
func (f Form) Faults() []Fault {
	all := []Fault{Down, Late, LoseLine, DoubleLine, MisstateLine, Misdate, Truncate, Garble}
	if f.Totals {
		all = append(all, Mistotal)
	}

	return all
}

// spoil is what the faults that are on make of a day.
func (s *Server) spoil(d day) day {
	if n := len(d.lines); n > 0 {
		last := d.lines[n-1]
		if s.Take(LoseLine) {
			d.lines = d.lines[:n-1]
		}
		if s.Take(DoubleLine) {
			d.lines = append(d.lines, last)
		}
		if s.Take(MisstateLine) && len(d.lines) > 0 {
			d.lines[len(d.lines)-1].Amount += 100
		}
		if s.Take(Misdate) {
			for i := range d.lines {
				before := d.lines[i].At.AddDate(0, 0, -1)
				date, _ := time.Parse("20060102", d.lines[i].Date)
				d.lines[i].At, d.lines[i].Date = before, date.AddDate(0, 0, -1).Format("20060102")
			}
		}
	}
	d.off = s.form.Totals && s.Take(Mistotal)

	return d
}

// damage is what they make of its bytes.
func (s *Server) damage(b []byte, garble bool) []byte {
	if garble && !s.form.Totals { // UTF-16
		b = bytes.Join([][]byte{{0xFF, 0xFE}, wide(b)}, nil)
	}
	if len(b) > 3 && s.Take(Truncate) {
		b = b[:len(b)*2/3]
		for len(b) > 1 && b[len(b)-1] == '\n' {
			b = b[:len(b)-1]
		}
	}

	return b
}

func wide(b []byte) []byte {
	w := make([]byte, 0, 2*len(b))
	for _, c := range b {
		w = append(w, c, 0)
	}

	return w
}
