package reconcile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
)

// Bounds of a row.
const (
	maxSerial  = 24
	maxAccount = 16
	maxBatch   = 16
)

// ErrRow is wrapped by what is wrong with a row.
var ErrRow = errors.New("row cannot be matched")

// State is how a payment stands in one book.
type State uint8

// The states.
const (
	Stands    State = iota // booked
	Reversed               // booked, and taken back
	NotBooked              // the book says that it came to nothing, and the money went back
	Open                   // the book does not know yet
	Unwritten              // sold, and not on the meter card
	Owed                   // came to nothing, and the money is still here: a case owes it
)

var stateNames = [...]string{"stands", "reversed", "not-booked", "open", "unwritten", "owed"}

// String returns stands, reversed, not-booked, open, unwritten or owed.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}

	return "invalid"
}

// stands reports whether a payment that is in this state counts in its book.
func (s State) stands() bool { return s == Stands || s == Unwritten }

// Row is one payment, or one total, in one book.
type Row struct {
	Book    int    // Kiosk, MIS, …
	Serial  string // at most 24 bytes; empty for a total
	Account string // at most 16
	Batch   string // at most 16; empty for none
	Amount  money.Amount
	At      int64 // Unix seconds; 0 where the book does not say
	State   State
	Wants   Books           // the books that must have it beside this one, if it stands
	Tender  payments.Tender // how it was paid, where the book says
	Margin  bool            // of a neighbouring date
	Total   bool            // Amount and Count are of a whole batch
	Count   int64           // of a total
}

func (r *Row) check(books Books) error {
	switch {
	case r.Book < 0 || r.Book >= MaxBooks || !books.Has(r.Book):
		return fmt.Errorf("%w: book %d takes no part", ErrRow, r.Book)
	case !known(r.Tender):
		return fmt.Errorf("%w: tender %.12q", ErrRow, r.Tender)
	case len(r.Serial) > maxSerial || len(r.Account) > maxAccount || len(r.Batch) > maxBatch:
		return fmt.Errorf("%w: serial of %d, account of %d, batch of %d bytes", ErrRow, len(r.Serial), len(r.Account), len(r.Batch))
	case r.Amount < 0 || r.Amount > money.Max || r.State > Owed:
		return fmt.Errorf("%w: %s, state %d", ErrRow, r.Amount, r.State)
	case r.Total && (r.Batch == "" || r.Count < 0):
		return fmt.Errorf("%w: a total of batch %q with %d rows", ErrRow, r.Batch, r.Count)
	case !r.Total && r.Serial == "":
		return fmt.Errorf("%w: neither serial nor total", ErrRow)
	}

	return nil
}

// packed is a row as partitions hold it: 80 bytes.
//
//	serial 24, zero padded
//	account 16, zero padded
//	batch 16, zero padded
//	amount 8, at 8
//	book 1, state 1, wants 1, flags 1 (1 = margin, 6 = tender)
//	hash 4: of the serial, beyond what chose the partition
type packed [packedSize]byte

const (
	packedSize = 80
	atAccount  = maxSerial
	atBatch    = atAccount + maxAccount
	atAmount   = atBatch + maxBatch
	atTime     = atAmount + 8
	atBook     = atTime + 8
	atHash     = atBook + 4

	flagMargin  = 1
	shiftTender = 1
)

// tenders by their number in the flags of a row.
var tenders = [...]payments.Tender{payments.NoTender, payments.Cash, payments.BankCard, payments.QR}

func tenderNo(t payments.Tender) int { return slices.Index(tenders[:], t) }

func known(t payments.Tender) bool { return tenderNo(t) >= 0 }

func pack(p *packed, r *Row, hash uint32) {
	clear(p[copy(p[:maxSerial], r.Serial):maxSerial])
	clear(p[atAccount+copy(p[atAccount:atBatch], r.Account) : atBatch])
	clear(p[atBatch+copy(p[atBatch:atAmount], r.Batch) : atAmount])
	binary.LittleEndian.PutUint64(p[atAmount:], uint64(r.Amount))
	binary.LittleEndian.PutUint64(p[atTime:], uint64(r.At))
	copy(p[atBook:], []byte{byte(r.Book), byte(r.State), byte(r.Wants), byte(tenderNo(r.Tender)) << shiftTender})
	if r.Margin {
		p[atBook+3] |= flagMargin
	}
	binary.LittleEndian.PutUint32(p[atHash:], hash)
}

func (p *packed) serial() []byte { return p[:maxSerial] }
func (p *packed) hash() uint32   { return binary.LittleEndian.Uint32(p[atHash:]) }
func (p *packed) book() int      { return int(p[atBook]) }
func (p *packed) state() State   { return State(p[atBook+1]) }
func (p *packed) wants() Books   { return Books(p[atBook+2]) }
func (p *packed) margin() bool   { return p[atBook+3]&flagMargin != 0 }
func (p *packed) tender() payments.Tender {
	return tenders[p[atBook+3]>>shiftTender&3]
}

func (p *packed) amount() money.Amount { return money.Amount(binary.LittleEndian.Uint64(p[atAmount:])) }
func (p *packed) at() int64            { return int64(binary.LittleEndian.Uint64(p[atTime:])) }

// text is a padded field without its padding.
func text(field []byte) string {
	n := len(field)
	for n > 0 && field[n-1] == 0 {
		n--
	}

	return string(field[:n])
}

// hashOf is FNV-1a of 64 bits, folded so that all bits depend on all bytes: the high byte
// chooses the partition.
func hashOf(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 32
	h *= 0x9E3779B97F4A7C15

	return h ^ h>>29
}
