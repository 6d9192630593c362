package reconcile

import "math/bits"

// The books, by their numbers. A number says what a book is for: the kiosks' own; who has
// the money of what was not paid in cash (POSP, Acquirer); the ledgers that it is posted
// to (MIS, Bank: the bank's collection server) and where power is sold (CardSystem).
const (
	Kiosk = iota
	MIS
	POSP
	Acquirer
	CardSystem
	Bank

	MaxBooks
)

var bookNames = [MaxBooks]string{"kiosk", "mis", "posp", "acquirer", "cardsystem", "bank"}

// BookName is the name of a book: kiosk, mis, posp, acquirer, cardsystem or bank.
func BookName(book int) string { return bookNames[book] }

// BookOf is the number of the book of a name; false where there is none.
func BookOf(name string) (int, bool) {
	for i, n := range bookNames {
		if n == name {
			return i, true
		}
	}

	return 0, false
}

// Books is a set of books by their numbers.
type Books uint8

// Set is the set of some books.
func Set(books ...int) Books {
	var s Books
	for _, b := range books {
		s |= 1 << b
	}

	return s
}

const allBooks Books = 1<<MaxBooks - 1

// Has reports whether a book is in the set.
func (s Books) Has(book int) bool { return s&(1<<book) != 0 }

// Len is the number of books in the set.
func (s Books) Len() int { return bits.OnesCount8(uint8(s)) }
