package missim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/money"
	"wattkiosk/payments/outsidesim"
)

// DefaultSlow is how late a slow reply is.
const DefaultSlow = 2 * time.Minute

// Config of a Server. Nil Now is the wall clock; nil Rand a fixed seed.
type Config struct {
	Now   func() time.Time
	Rand  *rand.Rand
	Slow  time.Duration // how late a slow reply is; 0 is DefaultSlow
	Path  string        // the ledger is saved here after each change; empty for never
	Empty bool          // without the accounts of the contract

	Dialect socket.Dialect // the zero Dialect is socket.Example; one that NewCodec refuses is a panic
}

// Server is the simulated MIS. Any number of goroutines may use it.
type Server struct {
	*outsidesim.Board[Fault] // what goes wrong; for Down, a connection that Serve closes counts as a request

	now  func() time.Time
	slow time.Duration
	path string

	codec *socket.Codec

	mu       sync.Mutex
	rand     *rand.Rand
	accounts map[string]*Account
	entries  map[string]*Entry
	order    []*Entry
	pending  []pending // postings on their way, in the order of receipt
	err      error
}

// Entry is one posting. Amounts are fen.
type Entry struct {
	Serial      string       `json:"serial"`
	Account     string       `json:"account"`
	Amount      money.Amount `json:"amount"`
	ToArrears   money.Amount `json:"to_arrears"`
	ToAdvance   money.Amount `json:"to_advance"`
	Reference   string       `json:"reference"`
	Date        string       `json:"date"` // business date, YYYYMMDD
	Time        time.Time    `json:"time"` // when it was booked, by the MIS's clock
	Tender      string       `json:"tender"`
	Kiosk       string       `json:"kiosk"`
	Reversed    bool         `json:"reversed"`
	ReversedBy  string       `json:"reversed_by,omitempty"` // serial of the reversal
	PostedCount int          `json:"posted_count"`          // times booked: 1, or the ledger is wrong
	Attempts    int          `json:"attempts"`              // times received
	Parts       []Bill       `json:"parts,omitempty"`       // what each bill got
}

// New makes a MIS with the accounts of the contract. If cfg.Path holds a ledger
// it is loaded instead; a file that cannot be read is an error from Err, and the
// file is left as it is.
func New(cfg Config) *Server {
	s := &Server{
		now: cfg.Now, rand: cfg.Rand, slow: cfg.Slow, path: cfg.Path,
		accounts: map[string]*Account{},
		entries:  map[string]*Entry{},
		codec:    codecOf(cfg.Dialect),
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
	s.Board = outsidesim.NewBoard(s.now, Faults()...)
	if !cfg.Empty {
		for _, a := range contractAccounts(s.now()) {
			s.add(a)
		}
	}
	if s.path != "" {
		if err := s.Load(s.path); err != nil {
			s.err, s.path = err, ""
		}
	}
	return s
}

func codecOf(d socket.Dialect) *socket.Codec {
	if d.Messages == nil {
		d = socket.Example()
	}
	c, err := socket.NewCodec(d, socket.Unit{})
	if err != nil {
		panic(fmt.Sprintf("missim: %v", err))
	}
	return c
}

// contractAccounts are those every lab has; 1000000009 is unknown on purpose.
func contractAccounts(now time.Time) []Account {
	month := func(back int) string {
		return time.Date(now.Year(), now.Month()-time.Month(back), 1, 0, 0, 0, 0, now.Location()).Format("200601")
	}
	return []Account{
		{
			Number: "1000000001", Name: "张伟民", Address: "示范市人民路18号3栋2单元501室", Class: 3,
			Bills: []Bill{
				{ID: "YS10000001A", Month: month(2), Fee: 6600, Penalty: 250},
				{ID: "YS10000001B", Month: month(1), Fee: 6000},
			},
		},
		{Number: "1000000002", Name: "王秀芳", Address: "示范市解放路7号1单元302室", Class: 3},
		{Number: "1000000003", Name: "刘建国", Address: "示范市建设路25号", Class: 3, MeterCard: true},
		{
			Number: "1000000004", Name: "示范市便民超市", Address: "示范市中山路99号", Class: 2, NoPartial: true,
			Bills: []Bill{{ID: "YS10000004A", Month: month(1), Fee: 8640}},
		},
	}
}

// ErrAccount is returned for an account that the ledger cannot take.
var ErrAccount = errors.New("cannot keep account")

// AddAccount adds an account. Its Bills and Advance are the opening balances.
func (s *Server) AddAccount(a Account) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.accounts[a.Number]; ok || a.Number == "" {
		return fmt.Errorf("%w: number %q is empty or taken", ErrAccount, a.Number)
	}
	if err := checkBills(a.Bills); err != nil || a.Advance < 0 || a.Limit < 0 {
		return errors.Join(fmt.Errorf("%w: balances of %s", ErrAccount, a.Number), err)
	}
	if err := s.writable(a); err != nil {
		return err
	}
	s.add(a)
	s.save()
	return nil
}

func (s *Server) add(a Account) {
	c := a.clone()
	sortBills(c.Bills)
	c.Billed, c.OpeningAdvance = c.owed(), c.Advance
	c.settle()
	s.accounts[c.Number] = &c
}

// SetBills withdraws what is unpaid and issues these bills instead: the reset
// of arrears. Bill ids must not have been used for the account before.
func (s *Server) SetBills(number string, bills []Bill) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.accounts[number]
	if !ok {
		return fmt.Errorf("%w: no account %q", ErrAccount, number)
	}
	if err := checkBills(bills); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrAccount, number, err)
	}
	changed := a.clone()
	changed.Bills = bills
	if err := s.writable(changed); err != nil {
		return err
	}
	a.Billed -= a.owed()
	a.Bills = append([]Bill{}, bills...)
	sortBills(a.Bills)
	a.Billed += a.owed()
	a.settle()
	s.save()
	return nil
}

// writable says whether the account can be told in the dialect: an account that
// cannot would look like a MIS that does not answer.
func (s *Server) writable(a Account) error {
	a.settle()
	r := mis.Request{Op: mis.OpVerify, Account: a.Number}
	_, err := s.codec.EncodeReply(r, mis.Reply{Query: mis.QueryResult{Code: s.code(mis.SaysOK), Account: a.statement()}})
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrAccount, a.Number, err)
	}
	return nil
}

func checkBills(bills []Bill) error {
	seen := map[string]bool{}
	for _, b := range bills {
		if b.ID == "" || seen[b.ID] || len(b.Month) != 6 || b.Fee < 0 || b.Penalty < 0 || b.Fee > money.Max || b.Penalty > money.Max {
			return fmt.Errorf("bill %q: want an id of its own, YYYYMM, and amounts within 0 and %s", b.ID, money.Max)
		}
		seen[b.ID] = true
	}
	return nil
}

// Answer carries out one request on the ledger, without any fault.
func (s *Server) Answer(r mis.Request) mis.Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrive()
	return s.answer(r)
}
