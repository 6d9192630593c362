package missim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/payments/money"
)

// Ledger is a copy of everything the MIS believes. Entries are in the order of
// booking, accounts by number.
type Ledger struct {
	Entries  []Entry   `json:"entries"`
	Accounts []Account `json:"accounts"`
}

// Ledger copies the ledger.
func (s *Server) Ledger() Ledger {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrive()
	return s.ledger()
}

func (s *Server) ledger() Ledger {
	l := Ledger{Entries: make([]Entry, 0, len(s.order)), Accounts: make([]Account, 0, len(s.accounts))}
	for _, e := range s.order {
		c := *e
		c.Parts = slices.Clone(e.Parts)
		l.Entries = append(l.Entries, c)
	}
	for _, n := range slices.Sorted(maps.Keys(s.accounts)) {
		l.Accounts = append(l.Accounts, s.accounts[n].clone())
	}
	return l
}

// Entry copies the posting of a serial.
func (s *Server) Entry(serial string) (Entry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrive()
	e, ok := s.entries[serial]
	if !ok {
		return Entry{}, false
	}
	c := *e
	c.Parts = slices.Clone(e.Parts)
	return c, true
}

// Account copies an account.
func (s *Server) Account(number string) (Account, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrive()
	a, ok := s.accounts[number]
	if !ok {
		return Account{}, false
	}
	return a.clone(), true
}

// Audit checks the ledger against itself: every serial is booked once, a
// posting is its two parts, and the standing postings of an account explain what
// became of its bills and its advance.
func (l Ledger) Audit() error {
	serials := map[string]bool{}
	type sums struct{ arrears, advance money.Amount }
	paid := map[string]sums{}
	for _, e := range l.Entries {
		if serials[e.Serial] || e.PostedCount != 1 {
			return fmt.Errorf("serial %s is booked more than once", e.Serial)
		}
		serials[e.Serial] = true
		if e.Amount <= 0 || e.ToArrears < 0 || e.ToAdvance < 0 || e.ToArrears+e.ToAdvance != e.Amount {
			return fmt.Errorf("serial %s: %d is not %d + %d", e.Serial, e.Amount, e.ToArrears, e.ToAdvance)
		}
		if !e.Reversed {
			p := paid[e.Account]
			paid[e.Account] = sums{p.arrears + e.ToArrears, p.advance + e.ToAdvance}
		}
	}
	for _, a := range l.Accounts {
		p := paid[a.Number]
		delete(paid, a.Number)
		if a.Billed-a.owed() != p.arrears {
			return fmt.Errorf("account %s: billed %d, owed %d, but paid %d", a.Number, a.Billed, a.owed(), p.arrears)
		}
		if a.Advance-a.OpeningAdvance != p.advance {
			return fmt.Errorf("account %s: advance %d from %d, but paid %d", a.Number, a.Advance, a.OpeningAdvance, p.advance)
		}
		if want := max(0, a.owed()-a.Advance); a.Arrears != want {
			return fmt.Errorf("account %s: arrears %d, want %d", a.Number, a.Arrears, want)
		}
	}
	for n := range paid {
		return fmt.Errorf("postings to account %q, which is not kept", n)
	}
	return nil
}

// Save writes the ledger as JSON, whole or not at all.
func (s *Server) Save(path string) error { return s.Ledger().write(path) }

func (l Ledger) write(path string) error {
	b, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		return fmt.Errorf("cannot encode MIS ledger: %w", err)
	}
	if err := durable.Replace(path, b); err != nil {
		return fmt.Errorf("cannot save MIS ledger: %w", err)
	}
	return nil
}

// Load replaces the ledger by a saved one. No file changes nothing; a ledger
// that fails Audit is refused.
func (s *Server) Load(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot load MIS ledger: %w", err)
	}
	var l Ledger
	if err := json.Unmarshal(b, &l); err != nil {
		return fmt.Errorf("cannot load MIS ledger %s: %w", path, err)
	}
	if err := l.Audit(); err != nil {
		return fmt.Errorf("cannot load MIS ledger %s: %w", path, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.accounts)
	clear(s.entries)
	s.order = nil
	for i := range l.Accounts {
		s.accounts[l.Accounts[i].Number] = &l.Accounts[i]
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		s.entries[e.Serial] = e
		s.order = append(s.order, e)
	}
	return nil
}

// Err is the last failure of the simulator itself: to load or to save Config.Path,
// or to write an answer. The ledger in memory goes on.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *Server) fail(err error) { s.err = err }

func (s *Server) save() {
	if s.path == "" {
		return
	}
	if err := s.ledger().write(s.path); err != nil {
		s.fail(err)
	}
}
