package booksim

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/outsidesim"
)

// Bounds of one request.
const (
	longestRequest = 64
	patience       = 10 * time.Second
)

// Server hands out the books of one system. Any number of goroutines may use it.
type Server struct {
	*outsidesim.Board[Fault]

	form  Form
	lines func(date string) []Line
}

// New makes a server of a form. lines are those of a business date, YYYYMMDD, in the order
// of booking; it is asked each time, and may be asked from any goroutine. The clock of its
// faults is now.
func New(f Form, now func() time.Time, lines func(date string) []Line) *Server {
	return &Server{Board: outsidesim.NewBoard(now, f.Faults()...), form: f, lines: lines}
}

// errNone says that there is no book of the date yet.
var errNone = errors.New("no book yet")

// Book is the book of a date.
func (s *Server) Book(date string) ([]byte, error) {
	d, err := s.day(date)
	if err != nil {
		return nil, err
	}
	d = s.spoil(d)
	garble := s.Take(Garble)
	d.mixed = garble && s.form.Totals

	return s.damage(s.form.write(d), garble), nil
}

func (s *Server) day(date string) (day, error) {
	if t, err := time.Parse("20060102", date); err != nil || t.Format("20060102") != date {
		return day{}, fmt.Errorf("%.20q is no date", date)
	}
	if s.Take(Late) {
		return day{}, errNone
	}

	return day{date: date, lines: slices.Clone(s.lines(date))}, nil
}

// Deliver lays the book of a date into a folder, under the names that the field has for its
// files. Each is there whole or not at all. The faults of bytes do not apply.
func (s *Server) Deliver(dir, date string) error {
	d, err := s.day(date)
	if err != nil {
		return err
	}
	for name, part := range s.form.names(s.spoil(d)) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path+".tmp", s.form.write(part), 0o600); err != nil {
			return fmt.Errorf("cannot deliver a book: %w", err)
		}
		if err := os.Rename(path+".tmp", path); err != nil {
			return fmt.Errorf("cannot deliver a book: %w", err)
		}
	}

	return nil
}

// Answer is what goes back for one line of request: BOOK KIND YYYYMMDD.
func (s *Server) Answer(request string) []byte {
	words := strings.Fields(request)
	if len(words) != 3 || words[0] != "BOOK" {
		return []byte("ERROR want BOOK KIND YYYYMMDD\n")
	}
	if words[1] != s.form.Kind {
		return fmt.Appendf(nil, "ERROR this is %s\n", s.form.Kind)
	}
	b, err := s.Book(words[2])
	if errors.Is(err, errNone) {
		return []byte("NONE\n")
	}
	if err != nil {
		return fmt.Appendf(nil, "ERROR %v\n", err)
	}

	return append(fmt.Appendf(nil, "OK %d %x\n", len(b), sha256.Sum256(b)), b...)
}

// ListenAndServe serves addr until ctx ends, one request a connection. While Down is on,
// nothing listens. It calls ready, if not nil, with the address each time it begins to.
func (s *Server) ListenAndServe(ctx context.Context, addr string, ready func(net.Addr)) error {
	h := outsidesim.Host{Converse: s.converse, Down: func() (bool, <-chan struct{}) { return s.Watch(Down) }}
	if err := h.ListenAndServe(ctx, addr, ready); err != nil {
		return fmt.Errorf("day-books: %w", err)
	}

	return nil
}

func (s *Server) converse(_ context.Context, conn net.Conn) {
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil || s.Take(Down) {
		return
	}
	request, err := bufio.NewReaderSize(conn, longestRequest).ReadSlice('\n')
	if err != nil { // end, silence, or too long
		return
	}
	_, _ = conn.Write(s.Answer(string(request))) // who asked asks again
}
