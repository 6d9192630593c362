package accounts

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"wattkiosk/payments/ledger"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
)

// Errors of this package, beside those of stored and ledger.
var (
	ErrSealed = errors.New("the date is sealed")
	ErrKey    = errors.New("not a key for a document")
	ErrDate   = errors.New("not a business date")
)

// Kinds of entries, beside those of documents.
const (
	KindPayment = "payment"            // what follows from the facts of one payment
	KindStray   = string(ledger.Stray) // a note of no payment
)

// Office stands for the person in an entry that follows from facts.
const Office = "office"

// Entry is one entry. Its lines are as in ledger.Check.
type Entry struct {
	N     int64         `json:"n"` // from 1, without a gap
	Date  string        `json:"date"`
	Key   string        `json:"key"`   // the serial, the case of a stray note, or the document that it is for
	Kiosk string        `json:"kiosk"` // empty: of none
	Kind  string        `json:"kind"`
	Why   string        `json:"why"` // of a payment: how far it was
	By    string        `json:"by"`
	At    int64         `json:"at"`
	Lines []ledger.Line `json:"lines"`
	Hash  record.Hash   `json:"hash"` // over all of it and the hash of the entry before
}

// After is the entry as the next one after head.
func (e Entry) After(head Head) Entry {
	e.N = head.N + 1
	e.Hash = e.sum(head.Hash)

	return e
}

// entryFormat begins what is hashed. Versions:
//
//	1 (2026-11-30) the first
const entryFormat = "wattkiosk-entry-1"

func (e Entry) sum(before record.Hash) (sum record.Hash) {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%x\n%d %s %d\n%q %q %q\n%q %q\n", entryFormat, before[:], e.N, e.Date, e.At, e.Key, e.Kiosk, e.Kind, e.Why, e.By)
	for _, l := range e.Lines {
		fmt.Fprintf(h, "%s %d\n", l.Account, l.Amount)
	}
	h.Sum(sum[:0])

	return sum
}

// Head is the end of the chain, and up to which date the books are sealed.
type Head struct {
	N         int64       `json:"n"`
	Hash      record.Hash `json:"hash"`
	Sealed    string      `json:"sealed"` // YYYYMMDD; empty for none
	UpdatedAt int64       `json:"updated_at"`
}

// Balance is what the entries of one date made of one account of one kiosk.
type Balance struct {
	Date    string         `json:"date"`
	Kiosk   string         `json:"kiosk"`
	Account ledger.Account `json:"account"`
	ledger.Totals
}

// ID is the key of the row.
func (b Balance) ID() string { return b.Date + " " + b.Kiosk + " " + string(b.Account) }

// Mark says that what is known under a key changed, and was not posted since. Token is
// another one for each change.
type Mark struct {
	Key   string
	Token int64
}

// Filter narrows balances: dates from From to To, both of them and neither if empty, and
// one kiosk or all.
type Filter struct{ From, To, Kiosk string }

// KeyOfPosting is the key under which a posting is told of: its serial, or that of the sale
// that it books.
func KeyOfPosting(p books.Posting) string {
	if sale := p.OfSale(); sale != "" {
		return sale
	}

	return p.Serial
}

// KeyOfCase is the key under which a case is told of: the serial of its payment, or its ID
// if it is of a stray note; empty for one that says nothing of the books.
func KeyOfCase(c books.Case) string {
	switch {
	case c.Class == books.ClassStrayNote:
		return c.ID
	case strings.HasPrefix(c.Serial, posting.BookingMark):
		return ""
	}

	return c.Serial
}
