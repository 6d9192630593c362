// Package collection is what happens when two people take the cash out of a kiosk
// (清机): what each of them reports, as events, and what that comes to.
//
//	Opened     both are logged in; the kiosk serves nobody, and no note is in its path
//	Exchanged  the cassette is out and another one is in: what was inside is divided here
//	Counted    what they counted, blind, by denomination; again as often as they like
//	Explained  why that differs from what the records say
//	Signed     by each of the two
//	Closed     the end, with the hash of the journal before it, which the slip carries
//	Abandoned  the other end: the cassette never left its place, or the same one is in it
//	           again (PutBack), and then it counts as taken out unasked: what is inside is not
//	           known for sure until the next collection
//	Slip       a copy of the slip was begun, or what became of it
//	Moved      no part of any: a cassette was taken out, or put in, unasked
//
// The notes of all records before Exchanged were in the cassette that is out, those of all
// records after it are in the one that is in. That is exact because a kiosk serves nobody
// from Opened to Exchanged, and because Exchanged is recorded while the kiosk is at rest. Notes that
// nobody could place by then are told beside it (Doubt): they may be in that cassette.
//
// A [Collection] is folded from these events by the kiosk, by head office and by whoever
// verifies a journal, with the one rule of what may follow what ([Collection.Apply]). A
// power cut leaves it where it is: two people go on with it.
//
// The difference is always reckoned and never stored: counted less expected, above zero a
// surplus (长款), below zero a shortage (短款).
//
// The package is pure: no clock, no device, no journal.
package collection
