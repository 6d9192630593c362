package books

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/stored"
)

// Rules are the decisions of a utility that the books depend on.
type Rules struct {
	Zone *time.Location // of business dates and times in the MIS; nil is UTC+8
	// BusinessDate is the date that an order belongs to; nil is the calendar date
	// in Zone.
	BusinessDate func(time.Time) time.Time
	// BookSales says that head office books with the MIS what the card-meter system sells
	// from now on; otherwise that system does so by itself. Sales that were ordered before
	// keep their Route.
	BookSales bool
}

const (
	chinaOffset = 8 * 60 * 60

	// A kiosk's clock is believed for the time of a payment within these bounds.
	clockAhead  = 10 * time.Minute
	clockBehind = 200 * 24 * time.Hour
)

// Keeper keeps the books. It is safe for concurrent use if its backend is.
type Keeper struct {
	b     stored.Backend[Tx]
	rules Rules
}

// New is a Keeper of the books in b.
func New(b stored.Backend[Tx], r Rules) *Keeper {
	if r.Zone == nil {
		r.Zone = time.FixedZone("Asia/Shanghai", chinaOffset)
	}
	if r.BusinessDate == nil {
		r.BusinessDate = func(t time.Time) time.Time { return t }
	}
	return &Keeper{b, r}
}

// Zone is the time zone of business dates.
func (s *Keeper) Zone() *time.Location { return s.rules.Zone }

// BusinessDate is the business date, YYYYMMDD, of an order taken at t.
func (s *Keeper) BusinessDate(t time.Time) string {
	return s.rules.BusinessDate(t.In(s.rules.Zone)).Format("20060102")
}

// Order is a kiosk's order to post: taken at paidAt by the kiosk's clock (Unix
// ms), received at now.
type Order struct {
	Serial, Account, Kiosk, Tender string
	Amount                         money.Amount
	PaidAt                         int64
	Card                           metercard.Facts // of a purchase; zero for a bill
	ClockLost                      bool            // PaidAt is of a clock that was lost
	Odd                            string          // what of it does not fit the records that order it; empty for nothing
	ByBank                         bool            // a record says that the bank books it: it is to have it, and nothing is posted
}

// ErrOrder says that an order cannot be meant.
var ErrOrder = errors.New("order not valid")

// Check says whether an order can be meant.
func (o Order) Check() error {
	switch {
	case !ownSerial(o.Kiosk, o.Serial):
		return fmt.Errorf("%w: serial %.32q is not of kiosk %s", ErrOrder, o.Serial, o.Kiosk)
	case o.Amount <= 0 || o.Amount > money.Max:
		return fmt.Errorf("%w: amount %s", ErrOrder, o.Amount)
	case o.Account == "" || len(o.Account) > maxField:
		return fmt.Errorf("%w: account of %d bytes", ErrOrder, len(o.Account))
	case o.Tender == "" || len(o.Tender) > maxField:
		return fmt.Errorf("%w: tender of %d bytes", ErrOrder, len(o.Tender))
	case o.Card == metercard.Facts{}:
		return nil
	}
	if err := o.Card.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrOrder, err)
	}
	return nil
}

const (
	maxField     = 64
	serialDigits = 20
)

// ownSerial reports whether serial is 20 digits that begin with the kiosk's
// number, so that no kiosk can use up another's serials.
func ownSerial(kiosk, serial string) bool {
	if len(serial) != serialDigits || !strings.HasPrefix(serial, kiosk) {
		return false
	}
	for _, c := range serial {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func (s *Keeper) payment(o Order, now time.Time) mis.Payment {
	paid := time.UnixMilli(believed(o.PaidAt, o.ClockLost, stored.Millis(now)))
	return mis.Payment{
		Serial: o.Serial, Account: o.Account, Amount: o.Amount, Tender: o.Tender, Kiosk: o.Kiosk, Card: o.Card,
		BusinessDate: s.BusinessDate(now), Time: paid.In(s.rules.Zone).Format("20060102150405"),
	}
}

// believed is a time of a kiosk's clock, or now where that clock cannot be right.
func believed(at int64, clockLost bool, now int64) int64 {
	if clockLost || at > now+clockAhead.Milliseconds() || at < now-clockBehind.Milliseconds() {
		return now
	}
	return at
}

// update runs fn; a verdict is an error that is returned though what fn wrote
// is kept.
func (s *Keeper) update(ctx context.Context, fn func(Tx) (verdict, err error)) error {
	var verdict error
	err := s.b.Update(ctx, func(tx Tx) (err error) {
		verdict, err = fn(tx)
		return err
	})
	if err != nil {
		return err
	}
	return verdict
}
