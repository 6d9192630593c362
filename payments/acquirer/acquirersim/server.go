package acquirersim

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"sync"
	"time"
)

// What the simulator knows the merchant by, and itself.
const (
	App       = "2021000000000001" // Alipay's app_id and WeChat's appid
	Seller    = "2088000000000001"
	Merchant  = "1900000001"
	KeySerial = "5157F09EFDC096DE15EBE81A47057A7200000001" // of the merchant's key
	OwnKeyID  = "PUB_KEY_ID_0119000000012026112900000001"  // of the acquirer's
	APIv3     = "0123456789abcdef0123456789abcdef"         // decrypts WeChat's notices
)

// Times of the simulator.
const (
	DefaultSlow = 2 * time.Minute // how late a slow answer is
	CodeLife    = time.Minute     // of a payment code
	EntryLife   = time.Minute     // for the password to be entered
	RefundTime  = 10 * time.Minute
	clockLimit  = 5 * time.Minute
)

// Keys are the two keys of a merchant and its acquirer.
type Keys struct {
	Merchant *rsa.PrivateKey // signs requests; the simulator uses its public half only
	Acquirer *rsa.PrivateKey // signs answers and notices
}

// NewKeys makes keys. They take a moment, so share them among tests.
func NewKeys() (Keys, error) {
	m, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return Keys{}, fmt.Errorf("cannot make keys: %w", err)
	}
	a, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return Keys{}, fmt.Errorf("cannot make keys: %w", err)
	}

	return Keys{m, a}, nil
}

// Config of a Server. Nil Now is the wall clock.
type Config struct {
	Keys Keys
	Now  func() time.Time
	Slow time.Duration // how late a slow answer is; 0 is DefaultSlow
	Path string        // the ledger is saved here after each change; empty for never
}

// Server is the simulated acquirer. Any number of goroutines may use it.
type Server struct {
	keys Keys
	now  func() time.Time
	slow time.Duration
	path string

	mu      sync.Mutex
	orders  map[string]*Order
	listed  []*Order
	codes   map[string]*code
	nonces  map[string]bool
	counter int
	faults  map[Fault]int // remaining requests; negative is for ever
	until   map[Fault]time.Time
	errors  int // answers of the fault Error, which take turns
	pending []pending
	changed chan struct{} // closed and replaced when a fault or a notice changes
	err     error
}

// New makes an acquirer without orders. If cfg.Path holds a ledger it is loaded; a
// file that cannot be read is an error from Err, and is left as it is.
func New(cfg Config) *Server {
	s := &Server{
		keys: cfg.Keys, now: cfg.Now, slow: cfg.Slow, path: cfg.Path,
		orders:  map[string]*Order{},
		codes:   map[string]*code{},
		nonces:  map[string]bool{},
		faults:  map[Fault]int{},
		until:   map[Fault]time.Time{},
		changed: make(chan struct{}),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.slow == 0 {
		s.slow = DefaultSlow
	}
	if s.path != "" {
		if err := s.load(); err != nil {
			s.err, s.path = err, ""
		}
	}

	return s
}

// next is a number that was not given out before.
func (s *Server) next() int {
	s.counter++

	return s.counter
}

func (s *Server) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}
