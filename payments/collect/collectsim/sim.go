// Package collectsim is a bank's collection server (代收), simulated: what the bank has
// collected for the utility at its own counters, in a ledger of its own, and the day-book
// of it. Nothing at a kiosk goes by it, so its book is empty until somebody records a
// collection: what head office then finds in it, and nowhere else, is one-sided.
//
// It is a double: only tests, other doubles and the lab may import it.
package collectsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/payments/money"
	"wattkiosk/payments/outsidesim/booksim"
)

// Entry is one collection. Amounts are fen.
type Entry struct {
	Serial   string       `json:"serial"`
	Account  string       `json:"account"`
	Amount   money.Amount `json:"amount"`
	Tender   string       `json:"tender"`
	Date     string       `json:"date"` // business date, YYYYMMDD
	Time     time.Time    `json:"time"`
	Reversed bool         `json:"reversed"`
}

// Ledger is everything that the bank has collected, in the order of booking.
type Ledger struct {
	Entries []Entry `json:"entries"`
}

// Server is the collection server. Any number of goroutines may use it.
type Server struct {
	path string

	mu      sync.Mutex
	entries []Entry
	err     error
}

// New makes a server. If there is a ledger at path it is loaded; one that cannot be read is
// an error from Err, and is left as it is. An empty path keeps nothing.
func New(path string) *Server {
	s := &Server{path: path}
	b, err := os.ReadFile(path)
	if path == "" || errors.Is(err, fs.ErrNotExist) {
		return s
	}
	var l Ledger
	if err == nil {
		err = json.Unmarshal(b, &l)
	}
	if err != nil {
		s.path, s.err = "", fmt.Errorf("cannot load the bank's collections: %w", err)
	}
	s.entries = l.Entries

	return s
}

// ErrEntry is a collection that cannot be.
var ErrEntry = errors.New("cannot record the collection")

// Record books a collection. A serial is booked once.
func (s *Server) Record(e Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := slices.ContainsFunc(s.entries, func(o Entry) bool { return o.Serial == e.Serial })
	if e.Serial == "" || len(e.Serial) > 20 || taken || e.Amount <= 0 || e.Amount > money.Max || len(e.Date) != 8 {
		return fmt.Errorf("%w: serial %.24q of %d fen on %.10q", ErrEntry, e.Serial, int64(e.Amount), e.Date)
	}
	s.entries = append(s.entries, e)
	s.save()

	return nil
}

func (s *Server) save() {
	if s.path == "" {
		return
	}
	b, err := json.MarshalIndent(Ledger{s.entries}, "", " ")
	if err == nil {
		err = durable.Replace(s.path, b)
	}
	if err != nil {
		s.err = fmt.Errorf("cannot save the bank's collections: %w", err)
	}
}

// Ledger copies the ledger.
func (s *Server) Ledger() Ledger {
	s.mu.Lock()
	defer s.mu.Unlock()

	return Ledger{append([]Entry{}, s.entries...)}
}

// DayBook is what was collected on a business date, YYYYMMDD.
func (s *Server) DayBook(date string) []booksim.Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []booksim.Line
	for _, e := range s.entries {
		if e.Date == date {
			lines = append(lines, booksim.Line{
				Serial: e.Serial, Account: e.Account, Batch: e.Date, Amount: e.Amount, Tender: e.Tender, Date: e.Date, At: e.Time, Back: e.Reversed,
			})
		}
	}

	return lines
}

// Err is the last failure of the simulator itself: to load or to save its ledger.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.err
}
