package reconciletest

import (
	"slices"

	"wattkiosk/payments"
	"wattkiosk/payments/reconcile"
)

// shape is a kind of payment: who must have it.
type shape struct {
	name   string
	tender payments.Tender
	books  []int // the kiosk first
}

const (
	kiosk      = reconcile.Kiosk
	mis        = reconcile.MIS
	posp       = reconcile.POSP
	acquirer   = reconcile.Acquirer
	cardSystem = reconcile.CardSystem
	bank       = reconcile.Bank
)

var shapes = []shape{
	{"bill by cash", payments.Cash, []int{kiosk, mis}},
	{"bill by card", payments.BankCard, []int{kiosk, mis, posp}},
	{"bill by code", payments.QR, []int{kiosk, mis, acquirer}},
	{"bill by card, posted by the bank", payments.BankCard, []int{kiosk, posp}},
	{"bill by cash through the bank", payments.Cash, []int{kiosk, bank}},
	{"bill by code through the bank", payments.QR, []int{kiosk, acquirer, bank}},
	{"power by cash", payments.Cash, []int{kiosk, cardSystem}},
	{"power by card", payments.BankCard, []int{kiosk, posp, cardSystem}},
	{"power by code", payments.QR, []int{kiosk, acquirer, cardSystem}},
	{"power by cash, posted", payments.Cash, []int{kiosk, mis, cardSystem}},
	{"power by card, posted", payments.BankCard, []int{kiosk, mis, posp, cardSystem}},
	{"power by code, posted", payments.QR, []int{kiosk, mis, acquirer, cardSystem}},
}

func (s *shape) has(book int) bool { return slices.Contains(s.books, book) }

// taker is the book of who has the money.
func (s *shape) taker() int {
	return map[payments.Tender]int{payments.Cash: kiosk, payments.BankCard: posp, payments.QR: acquirer}[s.tender]
}

// entry is what one book has of a payment.
type entry struct {
	rows  int // 0: it is missing there
	less  bool
	later bool // on the next date
	both  bool // one row on each date
	state reconcile.State
}

// difference is something that can be wrong in one book.
type difference struct {
	name  string
	fits  func(s *shape, book int) bool
	do    func(*entry)
	touch string // what it changes: two that change the same cannot be together
	night bool   // it needs midnight
}

func anyBook(*shape, int) bool         { return true }
func theKiosk(_ *shape, book int) bool { return book == kiosk }

func ofPower(s *shape, book int) bool {
	return s.has(cardSystem) && (book == kiosk || book == cardSystem)
}

// differences are all that can be wrong in one book.
var differences = []difference{
	{"missing", anyBook, func(e *entry) { e.rows = 0 }, "all", false},
	{"less", anyBook, func(e *entry) { e.less = true }, "sum", false},
	{"twice", anyBook, func(e *entry) { e.rows = 2 }, "rows", false},
	{"three times", anyBook, func(e *entry) { e.rows = 3 }, "rows", false},
	{"later", anyBook, func(e *entry) { e.later = true }, "date", true},
	{"on both dates", anyBook, func(e *entry) { e.rows, e.both = 2, true }, "rows date", true},
	{"reversed", anyBook, func(e *entry) { e.state = reconcile.Reversed }, "state rows", false},
	{"not booked", theKiosk, func(e *entry) { e.state = reconcile.NotBooked }, "state rows", false},
	{"owed", theKiosk, func(e *entry) { e.state = reconcile.Owed }, "state rows", false},
	{"open", anyBook, func(e *entry) { e.state = reconcile.Open }, "state rows", false},
	{"unwritten", ofPower, func(e *entry) { e.state = reconcile.Unwritten }, "state", false},
}
