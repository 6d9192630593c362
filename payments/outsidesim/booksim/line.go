package booksim

import (
	"time"

	"wattkiosk/payments/money"
)

// Line is one payment in a day-book. A form takes of it what it has columns for.
type Line struct {
	Serial    string // of the terminal; the POSP has none
	Account   string
	Terminal  string // 8 characters
	Merchant  string
	Batch     string
	Trace     string
	Card      string // the whole number: only the POSP's form has it
	Amount    money.Amount
	Sold      bool   // power, and no bill
	Tender    string // cash, bankcard, qr; bank is what a bank booked by itself
	Reference string // the system's own
	AuthCode  string
	Date      string // business date, YYYYMMDD
	At        time.Time
	Back      bool // went back: a reversal or a refund
}

// Form is a form of day-books.
type Form struct {
	Kind   string // as it is asked for: 104, posp, acquirer or bank
	Totals bool   // it ends with totals

	write func(d day) []byte
	names func(d day) map[string]day // files of a folder; each with its part of the day
}

// day is what a book is made of.
type day struct {
	date  string // YYYYMMDD
	lines []Line
	off   bool // the totals are wrong
	mixed bool // the encoding changes after the header
}

// standing is the sum of what did not go back.
func (d day) standing() money.Amount {
	sum := money.Amount(0)
	for _, l := range d.lines {
		if !l.Back {
			sum += l.Amount
		}
	}

	return sum
}

// counted is the number of lines as the totals say it.
func (d day) counted() int {
	if d.off {
		return len(d.lines) + 1
	}

	return len(d.lines)
}

// summed is the sum as the totals say it.
func (d day) summed() money.Amount {
	if d.off {
		return d.standing() + 1
	}

	return d.standing()
}

// back is the sum of what went back.
func (d day) back() money.Amount {
	sum := -d.standing()
	for _, l := range d.lines {
		sum += l.Amount
	}

	return sum
}

func dashed(date string) string { return date[:4] + "-" + date[4:6] + "-" + date[6:] }
