package cardsystemsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// Entry is one sale. Amounts are fen.
type Entry struct {
	Serial     string            `json:"serial"`
	Account    string            `json:"account"`
	Amount     money.Amount      `json:"amount"`
	Tender     string            `json:"tender"`
	Reversed   bool              `json:"reversed"`
	Count      uint32            `json:"count"` // of the purse once it is written
	Card       string            `json:"card"`
	Written    metercard.Outcome `json:"written"` // as was reported, or as the card showed; empty where nobody has said yet
	Number     string            `json:"number"`  // our own, of the sale
	Energy     int64             `json:"energy,omitempty"`
	Date       string            `json:"date"` // business date, YYYYMMDD
	Time       time.Time         `json:"time"` // when it was booked, by our clock
	Kiosk      string            `json:"kiosk"`
	ReversedBy string            `json:"reversed_by,omitempty"` // serial of the reversal
	Booked     int               `json:"booked"`                // times booked: 1, or the ledger is wrong
	Attempts   int               `json:"attempts"`              // times received
	Reports    int               `json:"reports"`               // times that a report of it was received
}

func (e *Entry) sold() metercard.Sold {
	return metercard.Sold{Number: e.Number, Card: e.Card, Count: e.Count, Amount: e.Amount, Energy: e.Energy}
}

func (e *Entry) isOf(p mis.Payment) bool {
	return e.Account == p.Account && e.Amount == p.Amount && e.Card == p.Card.Serial
}

// Ledger is a copy of everything the system believes. Entries are in the order of
// booking, accounts and cards by number.
type Ledger struct {
	Entries  []Entry   `json:"entries"`
	Accounts []Account `json:"accounts"`
	Cards    []Card    `json:"cards"`
}

// Ledger copies the ledger.
func (s *Server) Ledger() Ledger {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrive()

	return s.ledger()
}

func (s *Server) ledger() Ledger {
	l := Ledger{Entries: make([]Entry, 0, len(s.order)), Accounts: make([]Account, 0, len(s.accounts)), Cards: make([]Card, 0, len(s.cards))}
	for _, e := range s.order {
		l.Entries = append(l.Entries, *e)
	}
	for _, n := range slices.Sorted(maps.Keys(s.accounts)) {
		l.Accounts = append(l.Accounts, s.accounts[n].clone())
	}
	for _, n := range slices.Sorted(maps.Keys(s.cards)) {
		l.Cards = append(l.Cards, *s.cards[n])
	}

	return l
}

func (a *Account) clone() Account {
	c := *a
	c.Ladder, c.ByTime = slices.Clone(a.Ladder), slices.Clone(a.ByTime)

	return c
}

// Entry copies the sale of a serial.
func (s *Server) Entry(serial string) (Entry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrive()
	e, ok := s.entries[serial]
	if !ok {
		return Entry{}, false
	}

	return *e, true
}

// Account copies an account.
func (s *Server) Account(number string) (Account, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.accounts[number]
	if !ok {
		return Account{}, false
	}

	return a.clone(), true
}

// last is the last standing sale of an account, nil without one.
func (s *Server) last(account string) *Entry {
	for _, e := range slices.Backward(s.order) {
		if e.Account == account && !e.Reversed {
			return e
		}
	}

	return nil
}

// count is the purchases of an account.
func (s *Server) count(a *Account) uint32 {
	if e := s.last(a.Number); e != nil {
		return e.Count
	}

	return a.Opened
}

// Audit checks the ledger against itself: every serial is booked once, the standing sales
// of an account count up by one each and by nothing else, and nothing that was written is
// reversed.
func (l Ledger) Audit() error {
	next := map[string]uint32{}
	for _, a := range l.Accounts {
		next[a.Number] = a.Opened + 1
	}

	serials := map[string]bool{}
	for _, e := range l.Entries {
		if serials[e.Serial] || e.Booked != 1 {
			return fmt.Errorf("serial %s is booked more than once", e.Serial)
		}
		serials[e.Serial] = true
		if e.Amount <= 0 || e.Count == 0 || e.Card == "" {
			return fmt.Errorf("serial %s: %d fen as purchase %d", e.Serial, e.Amount, e.Count)
		}
		if e.Reversed && e.Written == metercard.Written {
			return fmt.Errorf("serial %s is written and reversed", e.Serial)
		}
		if e.Count != next[e.Account] {
			return fmt.Errorf("serial %s is purchase %d of %s, want %d", e.Serial, e.Count, e.Account, next[e.Account])
		}
		if !e.Reversed {
			next[e.Account]++
		}
	}

	return nil
}

// Load replaces the ledger by a saved one. No file changes nothing; a ledger that fails
// Audit is refused.
func (s *Server) Load(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot load card-meter ledger: %w", err)
	}
	var l Ledger
	if err := json.Unmarshal(b, &l); err != nil {
		return fmt.Errorf("cannot load card-meter ledger %s: %w", path, err)
	}
	if err := l.Audit(); err != nil {
		return fmt.Errorf("cannot load card-meter ledger %s: %w", path, err)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.accounts)
	clear(s.cards)
	clear(s.entries)
	s.order = nil
	for i := range l.Accounts {
		s.accounts[l.Accounts[i].Number] = &l.Accounts[i]
	}
	for i := range l.Cards {
		s.cards[l.Cards[i].Serial] = &l.Cards[i]
	}
	for i := range l.Entries {
		s.entries[l.Entries[i].Serial] = &l.Entries[i]
		s.order = append(s.order, &l.Entries[i])
	}

	return nil
}

// save writes the ledger as JSON, whole or not at all.
func (s *Server) save() {
	if s.path == "" {
		return
	}
	b, err := json.MarshalIndent(s.ledger(), "", " ")
	if err == nil {
		err = durable.Replace(s.path, b)
	}
	if err != nil {
		s.err = fmt.Errorf("cannot save card-meter ledger: %w", err)
	}
}
