package cassette

import (
	"fmt"
	"slices"

	"wattkiosk/payments/cash"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// Tally is notes and their sum. A note of unknown value adds nothing to the sum.
type Tally struct {
	Notes int64        `json:"notes"`
	Total money.Amount `json:"total"`
}

// Book is a journal's cash from its first record, or from the first one that there is.
type Book struct {
	Account
	Collections []collection.Collection // all that were opened, in their order
	Stacked     Tally                   // notes that ever went into a cassette, by the records of notes alone
	Collected   Tally                   // that collections divided
}

// From is the book of a journal whose records begin with number first.
func From(first uint64) Book { return Book{Account: Account{Prior: first > 1}} }

// Take puts an event into the book. On an error it is as it was. An Exchanged that does not
// divide what was inside is an error too.
func (b *Book) Take(serial string, e leg.Event) error {
	divided, divides := e.(collection.Exchanged)
	if divides {
		if err := b.Check(divided); err != nil {
			return err
		}
	}
	inside := b.Account
	next, err := b.Account.Take(serial, e)
	if err != nil {
		return err
	}

	b.Account = next
	b.stack(e)
	if divides {
		b.divide(divided, inside)
	}
	b.keep()

	return nil
}

// stack counts the notes that go in, from their records alone.
func (b *Book) stack(e leg.Event) {
	var v money.Amount
	switch e := e.(type) {
	case cash.NoteStacked:
		v = e.Value
	case cash.StrayNote:
		if !e.InCassette() {
			return
		}
		v = e.Value
	default:
		return
	}
	b.Stacked = Tally{b.Stacked.Notes + 1, b.Stacked.Total + v}
}

// divide counts what a collection says went out. Of what went in before the records begin
// it alone tells.
func (b *Book) divide(e collection.Exchanged, inside Account) {
	out := Tally{collection.Notes(e.Inside) + e.OlderNotes + inside.Unknown, collection.Sum(e.Inside) + e.Older}
	b.Collected = Tally{b.Collected.Notes + out.Notes, b.Collected.Total + out.Total}
	if inside.Prior {
		b.Stacked = b.Collected
	}
}

// keep holds the collection as it is now among all.
func (b *Book) keep() {
	c := b.Collection
	if c.Serial == "" {
		return
	}
	i := slices.IndexFunc(b.Collections, func(k collection.Collection) bool { return k.Serial == c.Serial })
	if i < 0 {
		b.Collections = append(b.Collections, c)
		return
	}
	b.Collections[i] = c
}

// Balance reports where collections and cassette are not the notes that ever went in.
func (b *Book) Balance() error {
	have := Tally{b.Collected.Notes + int64(b.Notes), b.Collected.Total + b.Total}
	if have != b.Stacked {
		return fmt.Errorf("%w: %d notes of %s went in, %d of %s were collected, %d of %s are inside",
			ErrBalance, b.Stacked.Notes, b.Stacked.Total, b.Collected.Notes, b.Collected.Total, b.Notes, b.Total)
	}

	return nil
}
