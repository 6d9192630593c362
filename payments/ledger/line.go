package ledger

import (
	"errors"
	"fmt"
	"maps"

	"wattkiosk/payments/money"
)

// ErrBalance is wrapped by the error of lines that are no entry.
var ErrBalance = errors.New("not balanced")

// Line is one side of an entry: a debit above 0, a credit below 0.
type Line struct {
	Account Account      `json:"account"`
	Amount  money.Amount `json:"amount"`
}

// Check reports lines that are no entry: they do not add up to 0, an account stands in
// them twice or is in no chart, or one moves nothing. An entry has two lines or more. The
// error wraps ErrBalance, or money.ErrRange where the sum does not fit.
func Check(lines []Line) error {
	seen := map[Account]bool{}
	for _, l := range lines {
		switch {
		case !l.Account.Known():
			return fmt.Errorf("%w: no account %.40q", ErrBalance, string(l.Account))
		case seen[l.Account]:
			return fmt.Errorf("%w: %s twice", ErrBalance, l.Account)
		case l.Amount == 0:
			return fmt.Errorf("%w: %s by nothing", ErrBalance, l.Account)
		}
		seen[l.Account] = true
	}

	off, err := Off(lines)
	switch {
	case err != nil:
		return err
	case off != 0:
		return fmt.Errorf("%w: debits and credits differ by %s", ErrBalance, off)
	case len(lines) == 0:
		return fmt.Errorf("%w: no lines", ErrBalance)
	}

	return nil
}

// Off is by how much debits exceed credits, 0 where lines balance; money.ErrRange where
// that does not fit.
func Off(lines []Line) (money.Amount, error) {
	var t Totals
	for _, l := range lines {
		if err := t.Add(l.Amount); err != nil {
			return 0, err
		}
	}

	return t.Balance()
}

// Totals are debits and credits, each 0 or more.
type Totals struct {
	Debit  money.Amount `json:"debit"`
	Credit money.Amount `json:"credit"`
}

// Add takes one amount, on the side that it is of. money.ErrRange says that it does not
// fit, and then nothing is added.
func (t *Totals) Add(a money.Amount) error {
	side := &t.Debit
	if a < 0 {
		side = &t.Credit
		back, err := money.Amount(0).Sub(a)
		if err != nil {
			return err
		}
		a = back
	}
	sum, err := side.Add(a)
	if err == nil {
		*side = sum
	}

	return err
}

// Balance is debit less credit.
func (t Totals) Balance() (money.Amount, error) { return t.Debit.Sub(t.Credit) }

// Sum is lines of any entries as one line an account, in the order of the chart; those
// that come to 0 are left out. money.ErrRange says that a sum does not fit.
func Sum(lines []Line) ([]Line, error) {
	at := map[Account]money.Amount{}
	for _, l := range lines {
		sum, err := at[l.Account].Add(l.Amount)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.Account, err)
		}
		at[l.Account] = sum
	}

	var out []Line
	for account, amount := range maps.All(at) {
		if amount != 0 {
			out = append(out, Line{account, amount})
		}
	}

	return ordered(out), nil
}

// Diff is the entry that brings what is posted to what is desired, none if they are the
// same. It balances if they do.
func Diff(posted, desired []Line) ([]Line, error) {
	all := append([]Line(nil), desired...)
	for _, l := range posted {
		back, err := money.Amount(0).Sub(l.Amount)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.Account, err)
		}
		all = append(all, Line{l.Account, back})
	}

	return Sum(all)
}
