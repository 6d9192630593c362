package form

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"wattkiosk/payments/money"
)

// columns of a line of 104 characters, each padded with spaces on its left:
//
//	terminal 8, serial 20, batch 10, pay class 2, account date 10 (yyyy-MM-dd),
//	amount 15 (0.00), pay mode 6, settle mode 2, cheque 12, customer 12, unit 7
var columns = [...]struct {
	name  string
	width int
}{
	{"terminal", 8},
	{"serial", 20},
	{"batch", 10},
	{"pay class", 2},
	{"account date", 10},
	{"amount", 15},
	{"pay mode", 6},
	{"settle mode", 2},
	{"cheque", 12},
	{"customer", 12},
	{"unit", 7},
}

const width104 = 104

// Line104 is one payment as it is written. Reversed payments are left out of the form.
type Line104 struct {
	Terminal, Serial, Batch string
	Class                   string // 01 bill, 02 power sold
	Date                    string // yyyy-MM-dd
	Amount                  money.Amount
	Mode                    string // 010301 charge, 010302 power sold
	Settle                  string // 01 cash, 05 POS, 21 WeChat, 22 Alipay
	Cheque, Customer, Unit  string
}

// ErrWide says that a value does not fit its column.
var ErrWide = errors.New("does not fit its column")

// Write104 writes lines, each with CR and LF. A value that a program of sheets would carry out
// (Formula) fits no column: an apostrophe would be part of a number that others match by.
func Write104(w io.Writer, lines func(yield func(Line104) bool)) error {
	out := bufio.NewWriter(w)
	var failed error
	for l := range lines {
		values := [...]string{l.Terminal, l.Serial, l.Batch, l.Class, l.Date, l.Amount.String(), l.Mode, l.Settle, l.Cheque, l.Customer, l.Unit}
		var b strings.Builder
		for i, c := range columns {
			if len(values[i]) > c.width || strings.IndexFunc(values[i], unprintable) >= 0 || Formula(values[i]) {
				failed = fmt.Errorf("%s of %.24q: %w", c.name, l.Serial, ErrWide)

				break
			}
			b.WriteString(strings.Repeat(" ", c.width-len(values[i])))
			b.WriteString(values[i])
		}
		if failed != nil {
			return failed
		}
		b.WriteString("\r\n")
		if _, err := out.WriteString(b.String()); err != nil {
			return err
		}
	}

	return out.Flush()
}

// unprintable is what a column of ASCII characters cannot hold.
func unprintable(r rune) bool { return r < ' ' || r > '~' }

// ledger reads the 104-column form.
func (s *sheet) ledger() error { return s.fixed(width104, "characters", s.line104) }

func (s *sheet) line104(line []byte) error {
	if strings.IndexFunc(string(line), unprintable) >= 0 {
		s.fault("", "has characters that are not ASCII")

		return nil
	}

	var v [len(columns)]string
	at := 0
	for i, c := range columns {
		v[i] = strings.TrimLeft(string(line[at:at+c.width]), " ")
		if strings.Contains(v[i], " ") {
			s.fault(c.name, "has a space within, or is padded on its right")
		}
		at += c.width
	}

	return s.keep(Entry{
		Terminal: s.digits("terminal", v[0], 8), Serial: s.serial(v[1]), Batch: v[2],
		Date: s.day("account date", "2006-01-02", v[4]), Amount: s.money("amount", v[5]), Account: s.digits("customer", v[9], 12),
	})
}

func (s *sheet) serial(text string) string {
	if text == "" || len(text) > 20 {
		s.fault("serial", "is missing or has more than 20 characters")
	}

	return text
}
