// Package reconcile matches two to six books of one business date (对账): the kiosks'
// journals as head office holds them, the MIS, the POSP, the acquirers, the card-meter
// system, the bank's collection server.
//
// An [Engine] is fed rows in any order, from any number of books, and holds no more of
// them in memory than its bound: rows go into partitions by the hash of their serial, and
// what is beyond a partition's share is spilled to a file. [Engine.Run] then matches
// partition by partition, several at a time, and says what does not agree, as [Break]s. The
// same rows in any order give the same breaks in the same order, and the same [Report].
//
// How rows match:
//
//  1. Exact, by serial. A row says in which books its payment must be (Wants), which holds
//     if it stands: the kiosk knows whether a payment went by card, and whether it was a
//     purchase. A book that wants nothing of the others says so by an empty set.
//  2. By batch: a book that has only totals ([Row.Total]) covers the rows of the others
//     with that batch if sum and number agree. If they do not, the batch is the break, and
//     not each of its rows.
//  3. By keys, with tolerances ([Key]): a payment with which nothing is wrong but that a
//     book lacks it is paired with what stands alone in that book, the closest in time
//     first. What a pair still lacks is a break. Pairs are counted, so that people see how
//     much was matched loosely.
//
// A row of a neighbouring date ([Row.Margin]) is there to be matched with one of this
// date: a pair of them straddles midnight. Alone it is nothing.
//
// Classes, each at most once for one serial:
//
//	one-sided         a book that must have it has not
//	amount            standing rows differ in amount
//	duplicate         one book has it more than once
//	straddle          the books have it on different dates
//	status            it stands in one book, and was reversed, or never booked, in another
//	card-not-written  sold, not taken back, and not on its card
//	open              nobody knows yet how it ended
//
// What a break should come to is [Propose], a table over the break alone; nothing moves
// while a book that was not heard may say otherwise. Close to midnight ([Edges]) that is
// until the books of the neighbouring dates are here.
//
// The package reads no file of the field and knows no protocol: the forms are
// payments/reconcile/form.
package reconcile
