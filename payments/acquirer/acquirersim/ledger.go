package acquirersim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"wattkiosk/boards/ground/durable"
)

// State is where an order stands.
type State string

// The states. An order that was given back stays Paid: its entry says the rest.
const (
	Unpaid State = "unpaid"
	Paying State = "paying" // the customer is entering the password
	Paid   State = "paid"
	Closed State = "closed"
)

// Order is everything the acquirer knows of one serial. Amounts are fen.
type Order struct {
	Serial    string    `json:"serial"`
	Amount    int64     `json:"amount"`
	Subject   string    `json:"subject"`
	State     State     `json:"state"`
	Collected bool      `json:"collected"` // by the customer's code
	Scanned   bool      `json:"scanned"`   // a telephone has read the shown code
	Show      string    `json:"show,omitempty"`
	Expires   time.Time `json:"expires"`
	Reference string    `json:"reference"`
	Payer     string    `json:"payer,omitempty"`
	PaidAt    time.Time `json:"paid_at"`
	Payments  int       `json:"payments"` // times paid: 0 or 1, or the ledger is wrong
	Refunds   []Refund  `json:"refunds,omitempty"`
	Protocol  string    `json:"protocol"`
	Notify    string    `json:"notify,omitempty"`

	code *code // of the customer, while Paying
}

// Refund is money that went back.
type Refund struct {
	Serial string    `json:"serial"`
	Amount int64     `json:"amount"`
	At     time.Time `json:"at"` // when it arrives
}

// Entry is money that came in: one paid order.
type Entry struct {
	Serial    string    `json:"serial"`
	Amount    int64     `json:"amount"`
	Tender    string    `json:"tender"` // qr
	Reversed  bool      `json:"reversed"`
	Refunded  int64     `json:"refunded"`
	Protocol  string    `json:"protocol"`
	Reference string    `json:"reference"`
	PaidAt    time.Time `json:"paid_at"`
}

// Ledger is a copy of everything the acquirer believes, in the order of the first
// request. Entries hold money; Orders hold the unpaid and closed too.
type Ledger struct {
	Entries []Entry `json:"entries"`
	Orders  []Order `json:"orders"`
}

// Ledger copies the ledger.
func (s *Server) Ledger() Ledger {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.ledger()
}

func (s *Server) ledger() Ledger {
	l := Ledger{Entries: []Entry{}, Orders: make([]Order, 0, len(s.listed))}
	for _, o := range s.listed {
		s.age(o)
		c := o.copy()
		l.Orders = append(l.Orders, c)
		if c.State == Paid {
			l.Entries = append(l.Entries, Entry{
				Serial: c.Serial, Amount: c.Amount, Tender: "qr", Reversed: c.refunded() == c.Amount, Refunded: c.refunded(),
				Protocol: c.Protocol, Reference: c.Reference, PaidAt: c.PaidAt,
			})
		}
	}

	return l
}

// Money is what the acquirer holds for the merchant, in fen: paid less given back.
func (l Ledger) Money() int64 {
	sum := int64(0)
	for _, e := range l.Entries {
		sum += e.Amount - e.Refunded
	}

	return sum
}

// Audit checks the ledger against itself: nothing is paid twice, or given back
// twice or beyond what was paid.
func (l Ledger) Audit() error {
	serials := map[string]bool{}
	for _, o := range l.Orders {
		if serials[o.Serial] || o.Payments > 1 || (o.State == Paid) != (o.Payments == 1) {
			return fmt.Errorf("serial %s is %s, paid %d times", o.Serial, o.State, o.Payments)
		}
		serials[o.Serial] = true
		back := map[string]bool{}
		for _, r := range o.Refunds {
			if back[r.Serial] || r.Amount <= 0 {
				return fmt.Errorf("refund %s of %s: twice, or of %d", r.Serial, o.Serial, r.Amount)
			}
			back[r.Serial] = true
		}
		if o.refunded() > o.Amount || o.State != Paid && len(o.Refunds) > 0 {
			return fmt.Errorf("serial %s: %d of %d given back", o.Serial, o.refunded(), o.Amount)
		}
	}

	return nil
}

func (o *Order) copy() Order {
	c := *o
	c.Refunds = append([]Refund(nil), o.Refunds...)
	c.code = nil

	return c
}

// refunded is what went back or is on its way.
func (o *Order) refunded() int64 {
	sum := int64(0)
	for _, r := range o.Refunds {
		sum += r.Amount
	}

	return sum
}

func (o *Order) refund(serial string) (Refund, bool) {
	for _, r := range o.Refunds {
		if r.Serial == serial {
			return r, true
		}
	}

	return Refund{}, false
}

// Err is the last failure of the simulator itself: to load or to save Config.Path.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()

	return s.err
}

// saved is the file of a ledger.
type saved struct {
	Ledger
	Counter int `json:"counter"`
}

func (s *Server) save() {
	if s.path == "" {
		return
	}
	b, err := json.MarshalIndent(saved{s.ledger(), s.counter}, "", " ")
	if err == nil {
		err = durable.Replace(s.path, b)
	}
	if err != nil {
		s.err = fmt.Errorf("cannot save acquirer's ledger: %w", err)
	}
}

func (s *Server) load() error {
	b, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot load acquirer's ledger: %w", err)
	}
	var f saved
	if err := json.Unmarshal(b, &f); err != nil {
		return fmt.Errorf("cannot load acquirer's ledger %s: %w", s.path, err)
	}
	if err := f.Audit(); err != nil {
		return fmt.Errorf("cannot load acquirer's ledger %s: %w", s.path, err)
	}

	s.counter = f.Counter
	for i := range f.Orders {
		s.keep(&f.Orders[i])
	}

	return nil
}

func (s *Server) keep(o *Order) {
	s.orders[o.Serial] = o
	s.listed = append(s.listed, o)
}
