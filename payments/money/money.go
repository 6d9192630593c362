// Package money holds amounts in fen (1/100 yuan) as integers. It parses and
// formats them, adds and subtracts them with overflow detected, and writes them
// in capital words (大写) as slips and invoices require. It knows no currency but
// the yuan, and never touches a float.
package money

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Amount is a sum of money in fen. Negative amounts are differences; a payment
// is never negative.
type Amount int64

// Max is the largest amount that Parse accepts: 9,999,999,999.99 yuan, the
// twelve digits of an n12 field.
const Max Amount = 999_999_999_999

// ErrRange is returned when a result does not fit.
var ErrRange = errors.New("amount out of range")

// Yuan returns n yuan. It panics if n does not fit, so it is for constants.
func Yuan(n int64) Amount {
	if n > math.MaxInt64/100 || n < math.MinInt64/100 {
		panic("money.Yuan: out of range")
	}
	return Amount(n * 100)
}

// Add returns a+b, or ErrRange if that overflows.
func (a Amount) Add(b Amount) (Amount, error) {
	s := a + b
	if (b > 0 && s < a) || (b < 0 && s > a) {
		return 0, ErrRange
	}
	return s, nil
}

// Sub returns a-b, or ErrRange if that overflows.
func (a Amount) Sub(b Amount) (Amount, error) {
	s := a - b
	if (b > 0 && s > a) || (b < 0 && s < a) {
		return 0, ErrRange
	}
	return s, nil
}

// String formats as yuan with two decimals and no grouping: 128.50, -0.05.
func (a Amount) String() string {
	sign, u := "", uint64(a)
	if a < 0 {
		sign, u = "-", -u
	}
	return fmt.Sprintf("%s%d.%02d", sign, u/100, u%100)
}

// Parse reads what String writes for amounts from 0 to Max; "128", "128.5" and
// "128.50" are the same. Anything else is an error that names the text.
func Parse(s string) (Amount, error) {
	bad := func() (Amount, error) { return 0, fmt.Errorf("amount %.32q: want yuan with at most two decimals", s) }
	whole, frac, dotted := strings.Cut(s, ".")
	if whole == "" || len(whole) > 10 || (dotted && (frac == "" || len(frac) > 2)) {
		return bad()
	}
	for len(frac) < 2 {
		frac += "0"
	}
	for _, c := range whole + frac {
		if c < '0' || c > '9' {
			return bad()
		}
	}
	n, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil {
		return bad()
	}
	return Amount(n), nil
}
