package form

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile"
)

// Bill is the form of an acquirer's bill as data: a comma-separated file, GB18030 or UTF-8, with
// a header of names and a line of totals after its lines. Each line is a payment, or money
// that went back.
type Bill struct {
	Serial    string     `json:"serial"`    // name of the column with our serial
	Reference string     `json:"reference"` // with the acquirer's own number; empty for none
	Amount    string     `json:"amount"`
	Time      string     `json:"time"`
	Layout    string     `json:"layout"` // of a time, as package time has it
	Fen       bool       `json:"fen"`    // amounts are whole fen; else yuan, such as 128.50
	Kind      string     `json:"kind"`   // the column that tells payments from money that went back
	Paid      []string   `json:"paid"`   // what it says of a payment
	Back      []string   `json:"back"`   // … and of money that went back, whose amount may be negative
	Totals    BillTotals `json:"totals"`
}

// BillTotals is the line that closes a bill. Its cells are counted from 1; 0 is not there.
type BillTotals struct {
	Begins string `json:"begins"` // what its first cell is
	Count  int    `json:"count"`  // cell with the number of payments
	Sum    int    `json:"sum"`    // cell with their sum
	Backs  int    `json:"backs"`  // cell with the number of those that went back
	Back   int    `json:"back"`   // cell with their sum
}

// ErrBill says that a form cannot be that of a bill.
var ErrBill = errors.New("no form of a bill")

const maxCells = 64

// Check refuses a form by which no bill can be read, or by which one that was cut off would
// pass for a whole one: it has to have a line of totals with a number and a sum.
func (b Bill) Check() error {
	for _, c := range [][2]string{{"serial", b.Serial}, {"amount", b.Amount}, {"time", b.Time}, {"layout", b.Layout}, {"kind", b.Kind}, {"totals.begins", b.Totals.Begins}} {
		if strings.TrimSpace(c[1]) == "" {
			return fmt.Errorf("%w: %s is empty", ErrBill, c[0])
		}
	}
	switch t := b.Totals; {
	case len(b.Paid) == 0:
		return fmt.Errorf("%w: paid is empty", ErrBill)
	case slices.ContainsFunc(b.Paid, func(w string) bool { return slices.Contains(b.Back, w) }):
		return fmt.Errorf("%w: paid and back say the same", ErrBill)
	case t.Count < 2 || t.Sum < 2 || max(t.Count, t.Sum, t.Backs, t.Back) > maxCells || min(t.Backs, t.Back) < 0:
		return fmt.Errorf("%w: totals have a number and a sum, in cells 2 to %d", ErrBill, maxCells)
	}

	return nil
}

// columns are those that are needed.
func (b Bill) columns() []string {
	all := []string{b.Serial, b.Amount, b.Time, b.Kind}
	if b.Reference != "" {
		all = append(all, b.Reference)
	}

	return all
}

// bill reads the bill of an acquirer whose form is data.
func (s *sheet) bill(b Bill) error {
	if err := b.Check(); err != nil {
		return err
	}
	t := &table{sheet: s}
	at, err := t.header(b.columns())
	if at == nil || err != nil {
		return err
	}
	for closed := false; ; {
		cells, err := t.cells()
		switch {
		case errors.Is(err, io.EOF):
			if !closed {
				s.fault("", "no line with the totals: the file was cut off")
			}

			return nil
		case err != nil:
			return err
		case closed:
			s.fault("", "follows the line with the totals")
		case cells[0] == b.Totals.Begins:
			closed = true
			s.billTotals(b, cells)
		case len(cells) != len(t.names):
			s.fault("", "has %d values, the header %d", len(cells), len(t.names))
		default:
			if err := s.keep(s.billLine(b, func(name string) string { return cells[at[name]] })); err != nil {
				return err
			}
		}
	}
}

func (s *sheet) billLine(b Bill, of func(string) string) Entry {
	e := Entry{Serial: s.serial(of(b.Serial))}
	if b.Reference != "" {
		e.Reference = of(b.Reference)
	}
	e.At = s.clock(b.Time, b.Layout, of(b.Time))
	e.Date = s.of(e.At)
	switch kind := of(b.Kind); {
	case slices.Contains(b.Paid, kind):
		e.Amount = s.sum(b, b.Amount, of(b.Amount))
	case slices.Contains(b.Back, kind):
		e.State = reconcile.Reversed
		e.Amount = s.sum(b, b.Amount, strings.TrimPrefix(of(b.Amount), "-"))
		s.back(b.Amount, e.Amount)
	default:
		s.fault(b.Kind, "is none of %s", strings.Join(slices.Concat(b.Paid, b.Back), ", "))
	}

	return e
}

// back counts a line of money that went back.
func (s *sheet) back(field string, a money.Amount) {
	s.summary.Backs++
	s.summary.Back += a
	if s.summary.Back > money.Max {
		s.fault(field, "the sum of the file is too large")
		s.summary.Back = 0
	}
}

// sum reads an amount as the form has it.
func (s *sheet) sum(b Bill, field, text string) money.Amount {
	if !b.Fen {
		return s.money(field, text)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > int64(money.Max) {
		s.fault(field, "is no amount in fen")

		return 0
	}

	return money.Amount(n)
}

// billTotals compares the closing line with what was read.
func (s *sheet) billTotals(b Bill, cells []string) {
	of := func(cell int) string {
		if cell > len(cells) {
			return ""
		}

		return cells[cell-1]
	}
	number := func(cell int, want int64) {
		if n, err := strconv.ParseInt(of(cell), 10, 64); err != nil || n != want {
			s.fault(b.Totals.Begins, "does not match the %d lines", want)
		}
	}
	amount := func(cell int, want money.Amount) {
		if sum := s.sum(b, b.Totals.Begins, strings.TrimPrefix(of(cell), "-")); sum != want {
			s.fault(b.Totals.Begins, "does not match the sum of the lines, %s", want)
		}
	}
	number(b.Totals.Count, s.summary.Count-s.summary.Backs)
	amount(b.Totals.Sum, s.summary.Sum)
	if b.Totals.Backs > 0 {
		number(b.Totals.Backs, s.summary.Backs)
	}
	if b.Totals.Back > 0 {
		amount(b.Totals.Back, s.summary.Back)
	}
}
