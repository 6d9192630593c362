package form

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile"
)

// Kind names a form.
type Kind string

// The forms.
const (
	Ledger104  Kind = "104"
	BankCSV    Kind = "bank"
	POSPDetail Kind = "posp"
	Acquirer   Kind = "acquirer"
	Statement  Kind = "statement"
)

// Bounds of a file.
const (
	MaxFaults = 50
	MaxLine   = 4096 // bytes
	maxLines  = 500_000_000
)

// Entry is one payment in a file.
type Entry struct {
	Line      int64 // in the file, from 1
	Serial    string
	Account   string
	Batch     string
	Terminal  string
	Trace     string // POSP: with Terminal it names the payment, which has no serial there
	Reference string // the other side's own number
	Card      string // POSP: masked
	Amount    money.Amount
	Date      string // business date, YYYYMMDD
	At        time.Time
	State     reconcile.State // Stands or Reversed
}

// Summary is what a file holds.
type Summary struct {
	Kind   Kind
	Count  int64
	Sum    money.Amount // of the entries that stand
	Backs  int64        // of Count, lines of money that went back in a line of its own
	Back   money.Amount // their sum
	SHA256 string       // of its bytes
	From   string       // of a statement: the first and the last day that it has a line of, YYYYMMDD
	To     string
}

// Fault is one thing that is wrong with a file.
type Fault struct {
	Line  int64  `json:"line"`            // from 1; 0 is the file as a whole
	Field string `json:"field,omitempty"` // as the form calls it
	Text  string `json:"text"`            // what is wrong with it, without its content
}

// Faults are all that is wrong with a file, as far as they were kept.
type Faults struct {
	File string
	List []Fault
	More int64 // that were not kept
}

// Error names the first fault and the number of the others.
func (f *Faults) Error() string {
	first := f.List[0]
	where := f.File
	if first.Line > 0 {
		where += ", line " + strconv.FormatInt(first.Line, 10)
	}
	if first.Field != "" {
		where += ", " + first.Field
	}
	more := ""
	if n := int64(len(f.List)) - 1 + f.More; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}

	return where + ": " + first.Text + more
}

// sheet is a file that is being read.
type sheet struct {
	date    string
	zone    *time.Location
	each    func(Entry) error
	faults  Faults
	summary Summary
	digest  hash.Hash
	lines   *bufio.Reader
	line    int64
}

// Options say what is expected of a file.
type Options struct {
	Name string         // for faults
	Date string         // business date, YYYYMMDD; entries of another date are faults. Empty is any
	Zone *time.Location // of the times in it; nil is UTC
	// Quiet says that a file without a byte is the book of a day without payments, in the
	// forms that have neither header nor totals. Else it counts as one that was lost.
	Quiet bool
	Bill  *Bill // of an acquirer whose form is data; nil: it is Alipay's or WeChat Pay's
	// Detail says what the lines of a POSP are; nil: they are sales, and one that names an
	// original is a fault.
	Detail *Detail
}

// Read reads a file of a form and gives each entry to each, in order. The error is a
// *Faults where the file is wrong, and else that of each or of the reader.
func Read(k Kind, r io.Reader, o Options, each func(Entry) error) (Summary, error) {
	readers := map[Kind]func(*sheet) error{
		Ledger104: (*sheet).ledger, BankCSV: (*sheet).bank, POSPDetail: (*sheet).posp, Acquirer: (*sheet).acquirer, Statement: (*sheet).statement,
	}
	read, known := readers[k]
	if !known {
		return Summary{}, fmt.Errorf("no form is called %.20q", k)
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if k == Acquirer && o.Bill != nil {
		read = func(s *sheet) error { return s.bill(*o.Bill) }
	}

	if k == POSPDetail && o.Detail != nil {
		read = func(s *sheet) error { return s.pospBy(*o.Detail) }
	}

	s := &sheet{date: o.Date, zone: o.Zone, each: each, digest: sha256.New(), faults: Faults{File: o.Name}, summary: Summary{Kind: k}}
	s.lines = bufio.NewReaderSize(io.TeeReader(r, s.digest), 2*MaxLine)
	if err := read(s); err != nil {
		return Summary{}, err
	}
	bare := k == Ledger104 || k == POSPDetail
	if s.line == 0 && !(o.Quiet && bare) {
		s.fault("", "the file is empty")
	}
	if len(s.faults.List) > 0 {
		return Summary{}, &s.faults
	}
	s.summary.SHA256 = hex.EncodeToString(s.digest.Sum(nil))

	return s.summary, nil
}

// fault notes what is wrong with the present line.
func (s *sheet) fault(field, format string, args ...any) {
	if len(s.faults.List) >= MaxFaults {
		s.faults.More++

		return
	}
	s.faults.List = append(s.faults.List, Fault{Line: s.line, Field: field, Text: fmt.Sprintf(format, args...)})
}

var errLong = errors.New("line is too long")

// next is the next line without its end. whole says that it had one.
func (s *sheet) next() (line []byte, whole bool, err error) {
	b, err := s.lines.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull) || len(b) > MaxLine+2:
		s.line++
		s.fault("", "%v: more than %d bytes", errLong, MaxLine)

		return nil, false, &s.faults
	case err == io.EOF && len(b) == 0:
		return nil, false, io.EOF
	case err != nil && err != io.EOF:
		return nil, false, fmt.Errorf("%s: cannot read: %w", s.faults.File, err)
	}
	if s.line++; s.line > maxLines {
		s.fault("", "more than %d lines", maxLines)

		return nil, false, &s.faults
	}

	whole = bytes.HasSuffix(b, []byte("\n"))
	b = bytes.TrimSuffix(b, []byte("\n"))

	return bytes.TrimSuffix(b, []byte("\r")), whole, nil
}

// fixed reads lines that all have one width, each with an end.
func (s *sheet) fixed(width int, unit string, read func(line []byte) error) error {
	for {
		line, whole, err := s.next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case !whole:
			s.fault("", "the last line has no end: the file was cut off")
		case len(line) != width:
			s.fault("", "has %d %s, not %d", len(line), unit, width)
		default:
			if err := read(line); err != nil {
				return err
			}
		}
	}
}

// keep gives an entry to the caller, unless the file is wrong already.
func (s *sheet) keep(e Entry) error {
	e.Line = s.line
	s.summary.Count++
	s.plain(e)
	if e.State == reconcile.Stands {
		sum, err := s.summary.Sum.Add(e.Amount)
		if err != nil {
			s.fault("", "the sum of the file is too large")

			return nil
		}
		s.summary.Sum = sum
	}
	if len(s.faults.List) > 0 {
		return nil
	}

	return s.each(e)
}

// plain refuses an entry that a program of sheets would carry out, wherever it is shown later,
// and one with characters that cannot be seen: two numbers that look the same would be two.
func (s *sheet) plain(e Entry) {
	fields := [...]string{"serial", "account", "batch", "terminal", "reference"}
	for i, text := range [...]string{e.Serial, e.Account, e.Batch, e.Terminal, e.Reference} {
		if Formula(text) {
			s.fault(fields[i], "is a formula")
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r != ' ' && !unicode.IsGraphic(r) }) {
			s.fault(fields[i], "has a character that cannot be seen")
		}
	}
}

// money reads yuan and fen, such as 128.50.
func (s *sheet) money(field, text string) money.Amount {
	a, err := money.Parse(text)
	if err != nil || a < 0 {
		s.fault(field, "is no amount")

		return 0
	}

	return a
}

// day reads a date in a layout, as YYYYMMDD, and compares it with the expected one.
func (s *sheet) day(field, layout, text string) string {
	d, err := time.Parse(layout, text)
	if err != nil {
		s.fault(field, "is no date of the form %s", layout)

		return ""
	}
	got := d.Format("20060102")
	if s.date != "" && got != s.date {
		s.fault(field, "is %s, the file is for %s", got, s.date)
	}

	return got
}

// digits checks a number of at most n digits that must be there.
func (s *sheet) digits(field, text string, n int) string {
	if text == "" || len(text) > n || strings.Trim(text, "0123456789") != "" {
		s.fault(field, "is no number of at most %d digits", n)
	}

	return text
}
