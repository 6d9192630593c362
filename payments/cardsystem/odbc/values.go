package odbc

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
)

func text(s string) Parameter { return Parameter{Text: s} }

func whole[N ~int | ~int64 | ~uint32](n N) Parameter {
	return Parameter{Text: strconv.FormatInt(int64(n), 10), Whole: true}
}

func (s *Settings) amount(a money.Amount) Parameter {
	if s.Amounts == Fen {
		return whole(a)
	}

	return text(a.String())
}

// values are what a request has, by the names of parameters.
func (s *Settings) values(r cardsystem.Request) map[string]Parameter {
	switch r.Op {
	case cardsystem.OpQuote:
		return s.facts(r.Card)
	case cardsystem.OpSell:
		p := r.Payment
		v := s.facts(p.Card)
		maps.Copy(v, map[string]Parameter{
			"serial": text(p.Serial), "account": text(p.Account), "amount": s.amount(p.Amount), "business_date": text(p.BusinessDate),
			"time": text(p.Time), "tender": text(p.Tender), "kiosk": text(p.Kiosk),
		})
		return v
	case cardsystem.OpAsk:
		return map[string]Parameter{"serial": text(r.Serial)}
	case cardsystem.OpReverse:
		return map[string]Parameter{
			"serial": text(r.Reversal.Serial), "original": text(r.Reversal.Original), "business_date": text(r.Reversal.BusinessDate),
		}
	case cardsystem.OpSteps:
		v := s.facts(r.Steps.Card)
		v["serial"], v["round"] = text(r.Steps.Serial), whole(r.Steps.Round)
		v["saved"] = text(saved(r.Steps))
		return v
	case cardsystem.OpReport:
		return map[string]Parameter{
			"serial": text(r.Report.Serial), "outcome": text(string(r.Report.Outcome)), "written_count": whole(r.Report.Count),
		}
	case cardsystem.OpTotals:
		return map[string]Parameter{"date": text(r.Date)}
	}

	return nil
}

func (s *Settings) facts(f metercard.Facts) map[string]Parameter {
	return map[string]Parameter{
		"card": text(f.Serial), "form": text(string(f.Form)), "kind": text(string(f.Kind)), "meter": text(f.Meter), "customer": text(f.Customer),
		"count": whole(f.Count), "purse": s.amount(f.Purse), "loaded": whole(f.Loaded), "left": s.amount(f.Left),
	}
}

func saved(o cardsystem.StepsOrder) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(o.Saved)) {
		parts = append(parts, name+"="+strings.ToUpper(hex.EncodeToString(o.Saved[name])))
	}

	return strings.Join(parts, ";")
}

// errDecimal is a column that is no number that fits; it is never quoted.
var errDecimal = errors.New("not a number that fits")

// amountOf reads a decimal, as exact as it is, into fen.
func (u Unit) amountOf(s string) (money.Amount, error) {
	places := 0
	if u == Yuan {
		places = 2
	}
	n, err := scaled(s, places)
	if err != nil || n > int64(money.Max) || n < -int64(money.Max) {
		return 0, errDecimal
	}

	return money.Amount(n), nil
}

// scaled reads a decimal times ten to the power of places. Digits beyond that are zeros.
func scaled(s string, places int) (int64, error) {
	digits, negative := strings.CutPrefix(s, "-")
	units, fraction, point := strings.Cut(digits, ".")
	if point && fraction == "" || units == "" && fraction == "" {
		return 0, errDecimal
	}
	if more := strings.TrimRight(fraction, "0"); len(more) > places {
		return 0, errDecimal
	}
	fraction = (fraction + strings.Repeat("0", places))[:places]

	n := int64(0)
	for _, c := range []byte(units + fraction) {
		if c < '0' || c > '9' || n > (math.MaxInt64-9)/10 {
			return 0, errDecimal
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, nil
}

// row reads one row by the names of its columns, and keeps its first error.
type row struct {
	unit   Unit
	values map[string]string
	err    error
}

func (s *Settings) row(t Table, at int) *row {
	r := &row{unit: s.Amounts, values: map[string]string{}}
	for i, name := range t.Columns {
		if _, twice := r.values[name]; twice || i >= len(t.Rows[at]) {
			r.fail(name, errors.New("twice, or without a value"))
			return r
		}
		if v := t.Rows[at][i]; v != nil {
			r.values[name] = *v
		} else {
			r.values[name] = "" // NULL says nothing, as an empty text does
		}
	}

	return r
}

func (r *row) fail(name string, err error) {
	if r.err == nil {
		r.err = fmt.Errorf("column %.32s: %w", name, err)
	}
}

// text is a column that may be missing. CHAR columns come with their padding.
func (r *row) text(name string) string { return strings.TrimRight(r.values[name], " ") }

// number is a whole number; missing and NULL are zero.
func (r *row) number(name string, most int64) int64 {
	s := r.text(name)
	if s == "" {
		return 0
	}
	n, err := scaled(s, 0)
	if err != nil || n < 0 || n > most {
		r.fail(name, errDecimal)
		return 0
	}

	return n
}

func (r *row) amount(name string) money.Amount {
	s := r.text(name)
	if s == "" {
		return 0
	}
	a, err := r.unit.amountOf(s)
	if err != nil {
		r.fail(name, err)
	}

	return a
}

func (r *row) flag(name string) bool {
	switch r.text(name) {
	case "1", "t", "true", "TRUE", "Y":
		return true
	case "", "0", "f", "false", "FALSE", "N":
		return false
	}
	r.fail(name, errors.New("neither true nor false"))
	return false
}
