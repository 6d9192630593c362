package pospsim

import (
	"fmt"
	"time"

	"wattkiosk/payments/outsidesim/booksim"
)

// DayBook is what the bank clears of a business date (YYYYMMDD): the sales of that day that
// were neither reversed nor voided, those that it books itself among them. A sale in the
// ledger knows its day and month only. Refunds are not in it: what the form has of them is
// not known.
func (b *Bank) DayBook(date string) []booksim.Line {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arrive()
	numbers := map[string]string{}
	for number, c := range b.cards {
		numbers[c.ID] = number
	}

	var lines []booksim.Line
	for _, e := range b.entries {
		if e.Kind != kindSale || date[4:] != e.Date || e.Voided {
			continue
		}
		at, err := time.Parse("20060102150405", date+e.Time)
		if err != nil {
			b.err = fmt.Errorf("cannot tell when %s was: %w", e.Serial, err)

			continue
		}
		lines = append(lines, booksim.Line{
			Serial: e.Serial, Account: e.Account, Terminal: e.Terminal, Merchant: e.Merchant, Batch: fmt.Sprintf("%06d", e.Batch), Trace: fmt.Sprintf("%06d", e.Trace),
			Card: numbers[e.Card], Amount: e.Amount, Tender: e.Tender, Reference: e.Reference, AuthCode: e.AuthCode, Date: date, At: at, Back: e.Reversed,
		})
	}

	return lines
}
