package books

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/stored"
)

// Bounds are what head office believes of a kiosk. A zero field says nothing: then that of
// the fleet holds, and then that of DefaultBounds. Amounts are fen.
type Bounds struct {
	MaxCash money.Amount `json:"max_cash,omitempty"` // of one payment in notes, as its cash.max_total; a note may come beside it
	MaxCard money.Amount `json:"max_card,omitempty"` // by bank card, as its card.max_total
	MaxQR   money.Amount `json:"max_qr,omitempty"`   // by QR code, as its qr.max_total
	DayCash money.Amount `json:"day_cash,omitempty"` // in notes on one business date: what its cassette holds
	Ahead   int64        `json:"ahead,omitempty"`    // records that a serial may be after the last one here
	Proof   int64        `json:"proof,omitempty"`    // minutes online after which an order's records are missed
	Lookups int64        `json:"lookups,omitempty"`  // a minute
	Burst   int64        `json:"burst,omitempty"`    // look-ups at once
	Daily   int64        `json:"daily,omitempty"`    // look-ups in 24 hours
}

// Fleet is the kiosk of the bounds that all others have.
const Fleet = "fleet"

// ErrBounds says that bounds cannot be meant.
var ErrBounds = errors.New("bounds not valid")

const (
	yuan        = 100
	largestNote = 100 * yuan
	maxAhead    = 10_000_000
	maxProof    = 7 * 24 * 60
	maxLookups  = 100_000
)

// DefaultBounds are those of a kiosk as it is delivered: the same as in its kiosk.toml, a
// cassette of 2,000 notes of 100 yuan, and half a year of records without a line.
func DefaultBounds() Bounds {
	return Bounds{
		MaxCash: 5000 * yuan, MaxCard: 20_000 * yuan, MaxQR: 5000 * yuan, DayCash: 2000 * largestNote,
		Ahead: 500_000, Proof: 10, Lookups: 60, Burst: 30, Daily: 5000,
	}
}

// field is one of the bounds as people name it.
type field struct {
	name string
	unit int64 // of what people write
	most int64
	is   func(*Bounds) *int64
}

func amountOfBounds(is func(*Bounds) *money.Amount) func(*Bounds) *int64 {
	return func(b *Bounds) *int64 { return (*int64)(is(b)) }
}

// fields are all. Amounts are written in whole yuan, as in kiosk.toml.
func fields() []field {
	return []field{
		{"max-cash", yuan, 50_000 * yuan, amountOfBounds(func(b *Bounds) *money.Amount { return &b.MaxCash })},
		{"max-card", yuan, 50_000 * yuan, amountOfBounds(func(b *Bounds) *money.Amount { return &b.MaxCard })},
		{"max-qr", yuan, 50_000 * yuan, amountOfBounds(func(b *Bounds) *money.Amount { return &b.MaxQR })},
		{"day-cash", yuan, 10_000_000 * yuan, amountOfBounds(func(b *Bounds) *money.Amount { return &b.DayCash })},
		{"ahead", 1, maxAhead, func(b *Bounds) *int64 { return &b.Ahead }},
		{"proof", 1, maxProof, func(b *Bounds) *int64 { return &b.Proof }},
		{"lookups", 1, maxLookups, func(b *Bounds) *int64 { return &b.Lookups }},
		{"burst", 1, maxLookups, func(b *Bounds) *int64 { return &b.Burst }},
		{"daily", 1, 100 * maxLookups, func(b *Bounds) *int64 { return &b.Daily }},
	}
}

// ParseBounds reads NAME=NUMBER, separated by blanks; amounts are whole yuan. What is not
// named is not set.
func ParseBounds(text string) (Bounds, error) {
	var b Bounds
	for _, word := range strings.Fields(text) {
		name, digits, _ := strings.Cut(word, "=")
		n, err := strconv.ParseInt(digits, 10, 64)
		known := false
		for _, f := range fields() {
			if f.name != name {
				continue
			}
			known = true
			if err != nil || n < 1 || n > f.most/f.unit {
				return b, fmt.Errorf("%w: %s: want 1 to %d", ErrBounds, name, f.most/f.unit)
			}
			*f.is(&b) = n * f.unit
		}
		if !known {
			return b, fmt.Errorf("%w: %.40q is not known", ErrBounds, name)
		}
	}

	return b, nil
}

// String is what ParseBounds reads.
func (b Bounds) String() string {
	var words []string
	for _, f := range fields() {
		if n := *f.is(&b); n != 0 {
			words = append(words, fmt.Sprintf("%s=%d", f.name, n/f.unit))
		}
	}

	return strings.Join(words, " ")
}

// Limit is one of the bounds, as people write it.
type Limit struct {
	Name string
	Yuan bool // it is an amount, in whole yuan
	Now  int64
	Most int64
}

// Limits are all of the bounds, in the order in which they are shown; Now is 0 where b says
// nothing.
func (b Bounds) Limits() []Limit {
	out := make([]Limit, len(fields()))
	for i, f := range fields() {
		out[i] = Limit{f.name, f.unit == yuan, *f.is(&b) / f.unit, f.most / f.unit}
	}

	return out
}

// Holding are the bounds that hold for a kiosk with these of its own, in a fleet with those.
func Holding(own, fleet Bounds) Bounds { return own.over(fleet).over(DefaultBounds()) }

// over are the bounds that hold where b says nothing.
func (b Bounds) over(less Bounds) Bounds {
	for _, f := range fields() {
		if to := f.is(&b); *to == 0 {
			*to = *f.is(&less)
		}
	}

	return b
}

// most is the largest payment with a tender that is believed; known is false for a tender
// that there is not.
func (b Bounds) most(tender string) (amount money.Amount, known bool) {
	switch payments.Tender(tender) {
	case payments.Cash:
		return b.MaxCash + largestNote, true
	case payments.BankCard:
		return b.MaxCard, true
	case payments.QR:
		return b.MaxQR, true
	}

	return 0, false
}

// BoundsRow is what was set for a kiosk, or the Fleet.
type BoundsRow struct {
	Kiosk     string
	Bounds    Bounds
	Version   int64
	UpdatedAt int64
}

// BoundsIn are the bounds of a kiosk as they hold.
func BoundsIn(ctx context.Context, tx CheckTx, kiosk string) (Bounds, error) {
	rows, err := tx.Bounds(ctx, []string{Fleet, kiosk})
	if err != nil {
		return Bounds{}, fmt.Errorf("cannot read bounds of kiosk %s: %w", kiosk, err)
	}
	own, all := split(rows)

	return Holding(own, all), nil
}

// split takes what was set for a kiosk, and for the Fleet, apart.
func split(rows []BoundsRow) (own, all Bounds) {
	for _, r := range rows {
		if r.Kiosk == Fleet {
			all = r.Bounds
		} else {
			own = r.Bounds
		}
	}

	return own, all
}

// BoundsPlan is what setting bounds starts from.
type BoundsPlan struct {
	Kiosk string `json:"kiosk"`
	From  string `json:"bounds_before"` // as they hold
	To    string `json:"bounds"`        // as they will be set; empty for those of the fleet again
	Then  string `json:"bounds_after"`  // as they will hold
}

// PlanBounds says what setting the bounds of a kiosk, or of the Fleet, would start from.
func PlanBounds(ctx context.Context, tx Tx, kiosk, text string) (BoundsPlan, error) {
	b, err := ParseBounds(text)
	if err != nil {
		return BoundsPlan{}, err
	}
	rows, err := tx.Bounds(ctx, []string{Fleet, kiosk})
	if err != nil {
		return BoundsPlan{}, fmt.Errorf("cannot read bounds of kiosk %s: %w", kiosk, err)
	}
	own, all := split(rows)
	now, then := Holding(own, all), Holding(b, all)
	if kiosk == Fleet {
		then = Holding(Bounds{}, b)
	}

	return BoundsPlan{kiosk, now.String(), b.String(), then.String()}, nil
}

// SetBoundsIn sets the bounds of a kiosk, or of the Fleet, as two people want it.
func SetBoundsIn(ctx context.Context, tx Tx, kiosk, text string, now time.Time) error {
	b, err := ParseBounds(text)
	if err != nil {
		return err
	}
	rows, err := tx.Bounds(ctx, []string{kiosk})
	if err != nil {
		return fmt.Errorf("cannot read bounds of kiosk %s: %w", kiosk, err)
	}
	row := BoundsRow{Kiosk: kiosk, Bounds: b, Version: 1, UpdatedAt: stored.Millis(now)}
	for _, r := range rows {
		row.Version = r.Version + 1
	}
	if err := tx.PutBounds(ctx, row); err != nil {
		return fmt.Errorf("cannot store bounds of kiosk %s: %w", kiosk, err)
	}

	return nil
}
