package cardsystemsim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/socket"
	"wattkiosk/payments/cardsystem/socket/s2"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/outsidesim"
)

// DefaultSlow is how late a slow answer is.
const DefaultSlow = 2 * time.Minute

// Encryptor makes the next round of steps for a sale: the system's encryption service. It
// is called without a lock, from any goroutine.
type Encryptor func(cardsystem.StepsOrder, metercard.Sold) cardsystem.StepsResult

// Config of a Server. Nil Now is the wall clock; nil Rand a fixed seed.
type Config struct {
	Now       func() time.Time
	Rand      *rand.Rand
	Slow      time.Duration  // how late a slow answer is; 0 is DefaultSlow
	Path      string         // the ledger is saved here after each change; empty for never
	Empty     bool           // without the accounts of the lab
	Dialect   socket.Dialect // nil is s2 without a key
	Encryptor Encryptor
}

// Server is the simulated card-meter system. Any number of goroutines may use it.
type Server struct {
	*outsidesim.Board[Fault]

	now     func() time.Time
	slow    time.Duration
	path    string
	dialect socket.Dialect
	encrypt Encryptor

	mu       sync.Mutex
	rand     *rand.Rand
	accounts map[string]*Account
	cards    map[string]*Card
	entries  map[string]*Entry
	order    []*Entry
	late     []late
	err      error
}

// New makes a card-meter system with the accounts of the lab. If cfg.Path holds a ledger
// it is loaded instead; a file that cannot be read is an error from Err, and the file is
// left as it is.
func New(cfg Config) *Server {
	s := &Server{
		now: cfg.Now, rand: cfg.Rand, slow: cfg.Slow, path: cfg.Path, dialect: cfg.Dialect, encrypt: cfg.Encryptor,
		accounts: map[string]*Account{}, cards: map[string]*Card{}, entries: map[string]*Entry{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.rand == nil {
		s.rand = rand.New(rand.NewPCG(1, 1))
	}
	if s.slow == 0 {
		s.slow = DefaultSlow
	}
	if s.dialect == nil {
		s.dialect = plain()
	}
	s.Board = outsidesim.NewBoard(s.now, Faults()...)

	if !cfg.Empty {
		s.seed()
	}
	if s.path != "" {
		if err := s.Load(s.path); err != nil {
			s.err, s.path = err, ""
		}
	}

	return s
}

// plain is s2 without a key, which cannot fail.
func plain() socket.Dialect {
	d, err := s2.New(s2.Config{})
	if err != nil {
		panic(fmt.Sprintf("cardsystemsim: %v", err))
	}

	return d
}

// ErrAccount is returned for an account or a card that the ledger cannot take.
var ErrAccount = errors.New("cannot keep account")

// AddAccount adds an account.
func (s *Server) AddAccount(a Account) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.accounts[a.Number]; taken || a.Number == "" || a.Arrears < 0 || a.Limit < 0 || a.Least < 0 || a.Step < 0 || a.Fixed < 0 {
		return fmt.Errorf("%w: number %.20q is empty or taken, or an amount below zero", ErrAccount, a.Number)
	}
	s.accounts[a.Number] = &a
	s.save()

	return nil
}

// AddCard adds a card of an account.
func (s *Server) AddCard(c Card) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.cards[c.Serial]; taken || c.Serial == "" || s.accounts[c.Account] == nil {
		return fmt.Errorf("%w: card %.20q is empty or taken, or of nobody", ErrAccount, c.Serial)
	}
	s.cards[c.Serial] = &c
	s.save()

	return nil
}

// ChangeAccount changes what the ledger holds of an account, and is the only way to. It
// reports whether there is one.
func (s *Server) ChangeAccount(number string, change func(*Account)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.accounts[number]
	if ok {
		change(a)
		a.Number = number
		s.save()
	}

	return ok
}

// ReplaceCard makes serial the card that takes the place of old (补卡): it is issued with
// the last purchase on it, and the old one is dead.
func (s *Server) ReplaceCard(old, serial string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	was, known := s.cards[old]
	if _, taken := s.cards[serial]; !known || taken || serial == "" {
		return fmt.Errorf("%w: %.20q cannot take the place of card %.20q", ErrAccount, serial, old)
	}
	was.ReplacedBy = serial
	if e := s.last(was.Account); e != nil {
		e.Written = metercard.Written
	}
	s.cards[serial] = &Card{Serial: serial, Account: was.Account, Meter: was.Meter, Customer: was.Customer}
	s.save()

	return nil
}

// SetEncryptor changes who makes the steps; nil is keys that are away.
func (s *Server) SetEncryptor(e Encryptor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.encrypt = e
}

// SetSlow changes how late a slow answer is.
func (s *Server) SetSlow(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slow = d
}

// Dialect is what the server speaks.
func (s *Server) Dialect() socket.Dialect { return s.dialect }

// Err is the last failure of the simulator itself: to load or to save Config.Path, or to
// write an answer. The ledger in memory goes on.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.err
}
