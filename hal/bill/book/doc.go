// Package book is what a note-validator driver keeps between its owner and its device,
// whatever the protocol: what the owner wants, his order on the note in escrow, and the
// events that he was told.
//
// Words: a report is an event that the owner confirms, for it says where a note ended
// (bill.Confirm). To tell is to add an event. To settle a note is to tell how it ended.
//
// What it owns, once for all drivers:
//
//   - One Confirm answers one report; a Confirm that meets none is ignored ([Book.Do],
//     [Book.Confirmed]).
//   - Enable and Disable are each answered once in force, even if nothing changed
//     ([Book.TellRest]).
//   - A note has one order, and none that contradicts it ([Order]). A note that its
//     owner forgot, that is in the way of a RESET, or that the device does not stack,
//     goes back ([Book.Decision], [Book.TurnBack]).
//   - A note that was ordered into the cassette and of which the device says no more is
//     never credited ([Unheard]).
//   - A command that is refused is repeated ever less often ([Backoff]).
//
// It refuses to know a device: what its states mean, when it is at rest, when a note is
// in escrow and when a report may be acknowledged, the driver says. It does no I/O and
// reads no clock.
package book
