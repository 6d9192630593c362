// Package books owns head office's books: the journals of kiosks as they sealed them,
// and what follows from them: transactions, notes, alarms, postings and cases.
//
// The rules are written once, in Keeper, over a small set of row operations (Tx) that
// a database supplies (see package store).
//
// Words: a record is ingested when it and its projections are committed in one
// database transaction. An acknowledgement is only ever the head that the books have
// committed: a batch that repeats, or leaves a gap, is answered with the present head,
// so that the kiosk knows where to go on; a batch that breaks the chain is not
// answered at all, and raises the alarm. A posting row is claimed by saving it with
// the version after the one that was read, so that of two head offices one wins.
//
// A payment that the bank books with the MIS itself (公共支付), as its opening says, has no
// posting and never gets one: an order to post it is a conflict. Its closing wants the
// bank's approval in these books, as a posting would; without it there is a case.
//
// A purchase onto a meter card is sold by the card-meter system: its posting is the sale.
// What is sold has a delivery, which says how it reaches its meter and is changed before
// steps for the card are handed out and before the sale is taken back, so that no card
// holds what went back. Whom a sale was handed to is remembered (HandedOut), and nobody else
// is believed what he says of its card. What the card-meter system sold head office may have to book with
// the MIS too (Rules.BookSales; fixed with each sale's order), by a posting of its own, the booking, which never touches
// the customer's money.
//
// What a case owes a customer may be paid out at the counter (Payout): once, by two people,
// in the database transaction that closes the case, and never before its kiosk has done with
// the payment.
//
// An order that a kiosk cannot have meant is held (doubt.go): beyond its Bounds, of another
// incarnation, of a time or tender that there is not, or of another sum than its notes. Two
// people release it, or refuse it, and then it is owed. A journal that is written twice has
// branches (fork.go): both sides are kept and accounted, each payment once, until two people
// choose one (choose.go).
//
// The package refuses a journal that does not follow what it holds, and never changes
// or deletes a record.
package books
