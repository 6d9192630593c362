// Package condition is what is wrong with the kiosk, and what that stops: one
// table.
//
// A [Code] is a stable name: it stands in the journal's alarm records, in the state
// that head office sees, and behind the words on the screen. Its row says what it
// stops, how bad it is, and whether head office is told by an alarm record. Nothing
// else decides that: a full cassette stops cash and nothing more because its row
// says so.
//
// A [Board] holds what is wrong now. The same condition may have several sources
// (two doors, three ways in which a journal can be unusable); it ends when the last
// of them has. A Board is a plain value of one goroutine: it knows no clock, no
// device and no journal.
package condition
