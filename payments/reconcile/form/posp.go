package form

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile"
)

// Fields of a POSP line, by their place in it; what follows byte 184 is not known here.
//
//	card 19, amount 12 (fen), currency 3, time 10 (MMddHHmmss), trace 6, authorisation 6,
//	date 4 (MMdd), reference 12, agency 11, sender 11, category 4, terminal 8, merchant 15,
//	name 40, original 23
const (
	widthPOSP = 519

	pospCard = 0
	pospSum  = 19
	pospTime = 34
	pospNo   = 44
	pospDay  = 56
	pospRef  = 60
	pospTerm = 98
	pospOrig = 161

	origWidth  = 23
	traceWidth = 6
)

// Span is a part of a line: Width bytes from the one at At, counted from 1. The zero Span is
// none.
type Span struct {
	At    int `json:"at"`
	Width int `json:"width"`
}

func (s Span) in(width int) bool { return s.At >= 1 && s.Width >= 1 && s.At+s.Width-1 <= width }

func (s Span) of(line []byte) string { return strings.TrimSpace(string(line[s.At-1 : s.At-1+s.Width])) }

// Detail is what no public source says of a POSP line, as data: how a line of money that went
// back (退货) is told from a sale, and which sale it is of. Each bank has its own.
type Detail struct {
	Kind     Span     `json:"kind"`     // what a line is
	Paid     []string `json:"paid"`     // … of a sale
	Back     []string `json:"back"`     // … of money that went back
	Original Span     `json:"original"` // in the latter, six digits: the trace of the sale, at the line's terminal
}

// ErrDetail says that a form cannot be that of a POSP line.
var ErrDetail = errors.New("no form of a POSP line")

// Check refuses a form by which no line can be read.
func (d Detail) Check() error {
	switch {
	case !d.Kind.in(widthPOSP):
		return fmt.Errorf("%w: kind is no part of %d bytes", ErrDetail, widthPOSP)
	case len(d.Paid) == 0:
		return fmt.Errorf("%w: paid is empty", ErrDetail)
	case slices.ContainsFunc(d.Paid, func(w string) bool { return slices.Contains(d.Back, w) }):
		return fmt.Errorf("%w: paid and back say the same", ErrDetail)
	case len(d.Back) > 0 && (!d.Original.in(widthPOSP) || d.Original.Width != traceWidth):
		return fmt.Errorf("%w: original is no part of %d bytes with %d digits", ErrDetail, widthPOSP, traceWidth)
	}

	return nil
}

// posp reads the detail file of a POSP. Without a form of its bank every line is a sale, and one
// that names an original is refused: it would be booked as money that came in.
func (s *sheet) posp() error {
	return s.fixed(widthPOSP, "bytes", func(line []byte) error {
		if strings.Trim(string(line[pospOrig:pospOrig+origWidth]), " 0") != "" {
			s.fault("original", "names another payment, as a line of money that went back does: the form of such lines has to be given (--posp-form)")
		}

		return s.keep(s.detail(line))
	})
}

// pospBy reads the detail file of a POSP whose bank says what its lines are.
func (s *sheet) pospBy(d Detail) error {
	if err := d.Check(); err != nil {
		return err
	}

	return s.fixed(widthPOSP, "bytes", func(line []byte) error {
		e := s.detail(line)
		switch kind := d.Kind.of(line); {
		case slices.Contains(d.Back, kind):
			e.State = reconcile.Reversed
			s.back("amount", e.Amount)
			e.Trace = s.digits("original", d.Original.of(line), traceWidth)
		case !slices.Contains(d.Paid, kind):
			s.fault("kind", "is none of %s", strings.Join(slices.Concat(d.Paid, d.Back), ", "))
		}

		return s.keep(e)
	})
}

func (s *sheet) detail(line []byte) Entry {
	field := func(at, width int) string { return strings.TrimSpace(string(line[at : at+width])) }
	e := Entry{
		Card: mask(field(pospCard, 19)), Trace: s.digits("trace", field(pospNo, traceWidth), traceWidth), Reference: field(pospRef, 12), Terminal: field(pospTerm, 8),
	}
	if e.Card == "" {
		s.fault("card", "is no card number")
	}
	if len(e.Terminal) != 8 {
		s.fault("terminal", "has not 8 characters")
	}
	sum, err := strconv.ParseUint(field(pospSum, 12), 10, 63)
	if e.Amount = money.Amount(sum); err != nil || e.Amount > money.Max {
		s.fault("amount", "is no amount in fen")
	}
	if year := s.year(); year != "" {
		e.Date = s.day("date", "20060102", year+field(pospDay, 4))
		e.At = s.near(e.Date, year, field(pospTime, 10))
	}

	return e
}

// near is a time without a year, in the year in which it is nearest to a date of year: a
// payment of the last day of one may be of the first minute of the next by the bank's clock.
func (s *sheet) near(date, year, text string) time.Time {
	const half = 183 * 24 * time.Hour
	at, err := time.ParseInLocation("20060102150405", year+text, s.zone)
	if err != nil {
		s.fault("time", "is no time of the form MMddHHmmss")

		return at
	}
	day, err := time.ParseInLocation("20060102", date, s.zone)
	switch {
	case err != nil: // said already
	case at.Sub(day) > half:
		at = at.AddDate(-1, 0, 0)
	case day.Sub(at) > half:
		at = at.AddDate(1, 0, 0)
	}

	return at
}

// year is that of the expected date: a line has none.
func (s *sheet) year() string {
	if len(s.date) != 8 {
		s.fault("date", "the form has no year: the date of the file must be given")

		return ""
	}

	return s.date[:4]
}

// mask keeps the first six and the last four digits; empty for what is no card number.
func mask(pan string) string {
	const first, last, shortest, longest = 6, 4, 13, 19
	if len(pan) < shortest || len(pan) > longest || strings.Trim(pan, "0123456789") != "" {
		return ""
	}

	return pan[:first] + strings.Repeat("*", len(pan)-first-last) + pan[len(pan)-last:]
}
