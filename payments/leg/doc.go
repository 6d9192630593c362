// Package leg says what a part of a transaction is: one place where money or
// value moves and can go wrong by itself. The notes in the cassette are a leg,
// the posting in the MIS is one; so are a bank card's sale and the writing of a meter
// card.
//
// A leg reports facts about itself and decides nothing. What follows from the
// facts of all legs of a transaction stands in one table, payments/compensation.
//
//	Fact      Money (cash)                 Post
//	None      not opened                   not ordered
//	Moving    notes may come in            ordered, the outcome is not known yet
//	Done      closed, money stayed here    booked
//	NotDone   closed, nothing stayed       definitely not booked
//	Unknown   -                            nobody could find out: a person settles it
//
// While a leg is Moving the transaction has no end. A time-out may change who
// asks, never a fact.
package leg
