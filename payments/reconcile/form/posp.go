package form

import (
	"strconv"
	"strings"
	"time"

	"wattkiosk/payments/money"
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
)

// posp reads the detail file of a POSP.
func (s *sheet) posp() error { return s.fixed(widthPOSP, "bytes", s.detail) }

func (s *sheet) detail(line []byte) error {
	field := func(at, width int) string { return strings.TrimSpace(string(line[at : at+width])) }
	e := Entry{
		Card: mask(field(pospCard, 19)), Trace: s.digits("trace", field(pospNo, 6), 6), Reference: field(pospRef, 12), Terminal: field(pospTerm, 8),
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
		at, err := time.ParseInLocation("20060102150405", year+field(pospTime, 10), s.zone)
		if err != nil {
			s.fault("time", "is no time of the form MMddHHmmss")
		}
		e.At = at
	}

	return s.keep(e)
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
