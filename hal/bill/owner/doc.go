// Package owner is the owner's side of a note-validator driver, whatever its protocol:
// what the owner wants, the order on the note in escrow, and the events reported so far.
// Each driver holds one [Side].
//
// Words: a report is an event that the owner confirms, because it says where a note
// ended (bill.Confirm). To emit is to add an event. To settle a note is to report how
// it ended.
//
// What it owns, once for all drivers:
//
//   - One Confirm answers one report; a Confirm without a report is ignored ([Side.Do],
//     [Side.Confirmed]).
//   - Enable and Disable are each answered once in force, even if nothing changed
//     ([Side.EmitRest]).
//   - A note has one order, and none that contradicts it ([Order]). A note that its
//     owner forgot, that is in the way of a RESET, or that the device does not stack,
//     goes back ([Side.Decision], [Side.TurnBack]).
//   - A note that was ordered into the cassette and that the device no longer mentions
//     is never credited ([Unheard]).
//   - A command that is refused is repeated ever less often ([Backoff]).
//
// It refuses to know a device: the driver says what a state means, when the device is at
// rest, when a note is in escrow and when a report may be acknowledged. It does no I/O
// and reads no clock.
package owner
