package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"unsafe"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile"
)

// books are those of the measurement: each payment went by bank card.
var books = []int{reconcile.Kiosk, reconcile.MIS, reconcile.POSP}

const tolerance = 300

// The differences: of a thousand payments one has each.
const (
	missingMIS = 1 + iota
	lessMIS
	twicePOSP
	reversedMIS
	missingPOSP
	otherSerial    // in the MIS, within the tolerance
	otherSerialFar // and outside of it
	openKiosk
	missingKiosk
	laterMIS
	unwritten
	thousand = 1000
)

// maker makes the rows of one book, one after the other, in the order of that book.
type maker struct {
	book, n, step int
	text          []byte
}

// makeUp feeds an engine the rows of a book of n payments.
func makeUp(e *reconcile.Engine, book, n int) error {
	f := e.Feeder()
	if err := newMaker(book, n).each(f.Feed); err != nil {
		return err
	}

	return f.Done()
}

func newMaker(book, n int) *maker {
	step := [...]int{1, 7_368_787, 15_485_863}[book] // primes: each book has its own order
	for gcd(step, n) != 1 {
		step++
	}

	return &maker{book: book, n: n, step: step % n}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}

	return a
}

// each gives every row. Its texts are good until the next.
func (m *maker) each(do func(reconcile.Row) error) error {
	for i, at := 0, 0; i < m.n; i++ {
		r, rows := m.row(at)
		for range rows {
			if err := do(r); err != nil {
				return err
			}
		}
		if at += m.step; at >= m.n {
			at -= m.n
		}
	}

	return nil
}

// row is that of payment i, and how many times it is there.
func (m *maker) row(i int) (r reconcile.Row, rows int) {
	const serial = 20
	m.text = append(m.text[:0], "1000000001"...)
	m.text = padded(m.text, i, 10)
	m.text = padded(m.text, 1_000_000_000+i, 10)
	terminal := i % 5000
	m.text = padded(m.text, 10_000_000+terminal, 8)
	m.text = append(m.text, "000001"...)
	all := unsafe.String(&m.text[0], len(m.text))
	r = reconcile.Row{
		Book: m.book, Serial: all[:serial], Account: all[serial : serial+10], Amount: money.Amount(100 + i%977*100),
		At: 1_764_000_000 + int64(i%80_000), Wants: reconcile.Set(reconcile.Kiosk),
	}
	rows = 1
	odd := i % thousand
	switch m.book {
	case reconcile.Kiosk:
		r.Wants, r.Tender = reconcile.Set(reconcile.MIS, reconcile.POSP), payments.BankCard
		switch odd {
		case openKiosk:
			r.State = reconcile.Open
		case unwritten:
			r.State = reconcile.Unwritten
		case missingKiosk:
			rows = 0
		}
	case reconcile.MIS:
		r.At += 5
		rows = m.mis(&r, odd)
	case reconcile.POSP:
		r.Account = ""
		switch odd {
		case twicePOSP:
			rows = 2
		case missingPOSP:
			rows = 0
		}
	}

	return r, rows
}

func (m *maker) mis(r *reconcile.Row, odd int) int {
	switch odd {
	case missingMIS:
		return 0
	case lessMIS:
		r.Amount -= 50
	case reversedMIS:
		r.State = reconcile.Reversed
	case laterMIS:
		r.Margin = true
	case otherSerial, otherSerialFar:
		m.text[0] = 'X'
		if odd == otherSerialFar {
			r.At += 3 * tolerance
		}
	}

	return 1
}

// padded appends a number of so many digits.
func padded(b []byte, n, width int) []byte {
	at := len(b)
	b = append(b, "00000000000000000000"[:width]...)
	for i := width - 1; n > 0; i-- {
		b[at+i] = byte('0' + n%10)
		n /= 10
	}

	return b
}

func fileOf(dir string, book int) string {
	return filepath.Join(dir, reconcile.BookName(book)+".csv")
}

// write writes the books as CSV files: serial, account, amount, time, state, margin.
func write(dir string, n int) error {
	for _, book := range books {
		f, err := os.Create(fileOf(dir, book))
		if err != nil {
			return err
		}
		out := bufio.NewWriterSize(f, 1<<20)
		var line []byte
		err = newMaker(book, n).each(func(r reconcile.Row) error {
			line = append(append(line[:0], r.Serial...), ',')
			line = append(append(line, r.Account...), ',')
			line = append(strconv.AppendInt(line, int64(r.Amount), 10), ',')
			line = append(strconv.AppendInt(line, r.At, 10), ',', '0'+byte(r.State), ',', '0')
			if r.Margin {
				line[len(line)-1] = '1'
			}
			_, err := out.Write(append(line, '\n'))

			return err
		})
		if err := errors.Join(err, out.Flush(), f.Close()); err != nil {
			return err
		}
	}

	return nil
}

// feedFiles feeds an engine the files, each on its own.
func feedFiles(e *reconcile.Engine, dir string) error {
	errs := make([]error, len(books))
	var all sync.WaitGroup
	for i, book := range books {
		all.Go(func() { errs[i] = feedFile(e, dir, book) })
	}
	all.Wait()

	return errors.Join(errs...)
}

func feedFile(e *reconcile.Engine, dir string, book int) error {
	in, err := os.Open(fileOf(dir, book))
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	f := e.Feeder()
	lines := bufio.NewReaderSize(in, 1<<18)
	for n := 1; ; n++ {
		line, err := lines.ReadSlice('\n')
		if err == io.EOF && len(line) == 0 {
			return f.Done()
		}
		if err != nil {
			return err
		}
		r := reconcile.Row{Book: book, Wants: reconcile.Set(reconcile.Kiosk)}
		if book == reconcile.Kiosk {
			r.Wants, r.Tender = reconcile.Set(reconcile.MIS, reconcile.POSP), payments.BankCard
		}
		if err := parse(line, &r); err != nil {
			return fmt.Errorf("%s, line %d: %w", in.Name(), n, err)
		}
		if err := f.Feed(r); err != nil {
			return fmt.Errorf("%s, line %d: %w", in.Name(), n, err)
		}
	}
}

var errLine = errors.New("is no row")

// parse reads a line. Its texts are those of the line.
func parse(line []byte, r *reconcile.Row) error {
	var cells [6][]byte
	rest := bytes.TrimSuffix(line, []byte("\n"))
	for i := range cells {
		at := bytes.IndexByte(rest, ',')
		if at < 0 {
			at = len(rest)
			if i != len(cells)-1 {
				return errLine
			}
		}
		cells[i] = rest[:at]
		rest = rest[min(at+1, len(rest)):]
	}
	amount, ok1 := number(cells[2])
	at, ok2 := number(cells[3])
	state, ok3 := number(cells[4])
	if !ok1 || !ok2 || !ok3 || len(cells[5]) != 1 || len(cells[0]) == 0 {
		return errLine
	}
	r.Serial = unsafe.String(&cells[0][0], len(cells[0]))
	if len(cells[1]) > 0 {
		r.Account = unsafe.String(&cells[1][0], len(cells[1]))
	}
	r.Amount, r.At = money.Amount(amount), at
	r.State, r.Margin = reconcile.State(state), cells[5][0] == '1'

	return nil
}

func number(b []byte) (n int64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}

	return n, len(b) > 0 && len(b) < 19
}
