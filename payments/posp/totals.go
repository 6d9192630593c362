package posp

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"wattkiosk/payments/money"
)

// Totals are what a batch took and gave back: sales on the debit side, voids and
// refunds on the credit side. What was reversed is on neither.
type Totals struct {
	Debit   money.Amount `json:"debit"`
	Debits  int          `json:"debits"`
	Credit  money.Amount `json:"credit"`
	Credits int          `json:"credits"`
}

// Comparison is what the POSP says of totals.
type Comparison uint8

// The comparisons. Zero is none.
const (
	Equal    Comparison = 1
	NotEqual Comparison = 2
	Failed   Comparison = 3
)

// totalsDigits is one half of field 48: debit 12, count 3, credit 12, count 3, reply 1.
// The first half is for cards of the country, the second for all others.
const totalsDigits = 31

// fit reports whether the totals have their digits.
func (t Totals) fit() bool {
	return min(t.Debit, t.Credit) >= 0 && max(t.Debit, t.Credit) <= money.Max && min(t.Debits, t.Credits) >= 0 && max(t.Debits, t.Credits) <= MaxCount
}

// field is one half of field 48.
func (t Totals) field(reply Comparison) string {
	return fmt.Sprintf("%012d%03d%012d%03d%d", t.Debit, t.Debits, t.Credit, t.Credits, reply)
}

var errTotals = errors.New("field 48 is not two totals of 31 digits with a reply each")

// readTotals reads the POSP's totals and what it says of ours. Both halves must be
// equal for the batch to be.
func readTotals(s string) (Totals, Comparison, error) {
	if len(s) != 2*totalsDigits {
		return Totals{}, 0, errTotals
	}
	first := Comparison(s[totalsDigits-1] - '0')
	second := Comparison(s[2*totalsDigits-1] - '0')
	if first < Equal || first > Failed || second > Failed {
		return Totals{}, 0, errTotals
	}

	var n [4]int64
	for i, cut := range [4][2]int{{0, 12}, {12, 15}, {15, 27}, {27, 30}} {
		v, err := strconv.ParseInt(s[cut[0]:cut[1]], 10, 64)
		if err != nil {
			return Totals{}, 0, errTotals
		}
		n[i] = v
	}
	// A second half without totals may have no reply.
	return Totals{money.Amount(n[0]), int(n[1]), money.Amount(n[2]), int(n[3])}, max(first, second), nil
}

// Detail is one sale, void or refund of a batch, as an upload says it.
type Detail struct {
	Op     Op           `json:"op"`
	Trace  uint32       `json:"trace"`
	Masked string       `json:"masked"` // the card number, hidden but for ten digits
	Amount money.Amount `json:"amount"`
}

// details is field 48 of an upload: how many 2, and each: kind of card 2, trace 6, card
// number 20, amount 12. The hidden digits of a card number are zeros: batch and trace
// name the operation.
func details(all []Detail) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%02d", len(all))
	for _, d := range all {
		fmt.Fprintf(&b, "00%06d%020s%012d", d.Trace, strings.ReplaceAll(d.Masked, "*", "0"), d.Amount)
	}
	return b.String()
}
