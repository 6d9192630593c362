// Package ledger is double entry over what the legs of a transaction report: which
// accounts there are, what they should hold for one transaction by its facts, and the
// balanced entry that brings them there from what they hold.
//
// Nothing is posted as an event. Desired says what should stand in the books for one
// transaction, as far as its facts are known now; Diff is the entry from what was posted
// for it before. So posting is idempotent, a truth that comes late moves the difference
// and no more, and the order in which truths come changes no balance.
//
// A line is a debit above 0 or a credit below 0; the lines of an entry add up to 0. Each
// entry is of one kiosk, so that the books of every kiosk balance by themselves.
//
// Where the money of a payment is (debit):
//
//	notes credited, or found      cash-in-kiosk
//	taken by the bank             bank-receivable
//	taken by an acquirer          acquirer-receivable
//	a note nobody can place, or
//	a sale nobody can tell of     suspense
//
// Whose it is (credit), by the cell of the compensation table:
//
//	tendering, posting, writing   customers
//	booked: posted, unwritten     payable-mis; payable-cardsystem of a purchase
//	undoing, owed, any doubt      refunds-due
//	disputed                      suspense
//	cancelled, undone             -
//
// What a system has booked and we do not hold is a debit of suspense, and so is every sum
// that the table says can not be: books that were restored may say such things. Where a
// case was settled, what was owed or in suspense goes by how (Settlement).
//
// Notes that leave the kiosk, and what is found when they are counted, are movements
// (Moved, Count.Lines), each one entry under a key of its own.
//
// The package is pure. It knows no dates, no rows and no hashes: those are
// uplink/office/accounts.
package ledger
