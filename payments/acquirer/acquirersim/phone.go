package acquirersim

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/money"
)

// Errors of the customer's telephone.
var (
	ErrNotPayable = errors.New("this code cannot be paid")
	ErrNotAsked   = errors.New("no password is asked for with this code")
)

// passer is who pays a shown code.
const passer = "13800005620"

// Limits are what a payment code is good for. 0 is without limit.
type Limits struct {
	Limit    int64 // fen that one payment may be: above it is refused
	Funds    int64 // fen that the payer has
	Password bool  // each payment asks for the password
}

// code is one payment code on a customer's telephone.
type code struct {
	limits  Limits
	payer   string
	expires time.Time
	used    bool
}

// Pay has a customer's telephone read a shown code and pay it.
func (s *Server) Pay(show string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.listed {
		if o.Show != show || show == "" {
			continue
		}
		s.age(o)
		if o.State != Unpaid {
			return fmt.Errorf("%w: the order is %s", ErrNotPayable, o.State)
		}
		o.Payer, o.Scanned = passer, true
		s.paid(o)

		return nil
	}

	return fmt.Errorf("%w: nobody knows it", ErrNotPayable)
}

// BookLate has a payment of a shown code booked whose order was closed before: whatever
// was answered about it since, the customer has paid. A notice says so.
func (s *Server) BookLate(show string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.listed {
		if o.Show != show || show == "" {
			continue
		}
		s.age(o)
		if o.State != Closed {
			return fmt.Errorf("%w: the order is %s", ErrNotPayable, o.State)
		}
		o.Payer, o.Scanned = passer, true
		s.paid(o)

		return nil
	}

	return fmt.Errorf("%w: nobody knows it", ErrNotPayable)
}

// Scan has a telephone read a shown code without paying it yet.
func (s *Server) Scan(show string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.listed {
		if o.Show == show && show != "" {
			o.Scanned = true

			return nil
		}
	}

	return fmt.Errorf("%w: nobody knows it", ErrNotPayable)
}

// PayCode makes a code on a customer's telephone for a kiosk to scan. It is good
// for one payment within CodeLife.
func (s *Server) PayCode(l Limits) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.next()
	text := fmt.Sprintf("28%016d", n)
	s.codes[text] = &code{limits: l, payer: fmt.Sprintf("139%08d", n%1e8), expires: s.now().Add(CodeLife)}

	return text
}

// Enter enters the password that a payment with a code asks for, or gives the
// payment up.
func (s *Server) Enter(payCode string, right bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.codes[payCode]
	for _, o := range s.listed {
		s.age(o)
		if c == nil || o.code != c || o.State != Paying {
			continue
		}
		if !right {
			o.State, o.code = Closed, nil
			s.save()

			return nil
		}
		s.paid(o)

		return nil
	}

	return ErrNotAsked
}

// fen reads a decimal amount of yuan with two decimals.
func fen(s string) (int64, bool) {
	n, dot := int64(0), -1
	for i, c := range s {
		switch {
		case c == '.' && dot < 0 && i > 0:
			dot = i
		case c >= '0' && c <= '9' && len(s) <= 13:
			n = n*10 + int64(c-'0')
		default:
			return 0, false
		}
	}

	return n, dot >= 0 && len(s)-dot == 3 && n > 0 && n <= int64(money.Max)
}

// decimal writes fen as yuan.
func decimal(n int64) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }
