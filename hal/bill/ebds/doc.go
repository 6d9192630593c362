// Package ebds drives a note validator that speaks EBDS (MEI, now CPI: Cashflow SC
// and SC Advance, AE and VN series), 9600 7E1.
//
// It owns the frame codec, the status bits, the note table, and [Driver], a
// bill.Engine without I/O.
//
// Frame: 02 | length of the whole frame | control | data | 03 | XOR of length to data.
// All bytes have 7 bits, and none is escaped. The control byte holds the message type
// (bits 4 to 6) and the toggle (bit 0). The host sends one message and waits for one
// reply, which has the toggle of the message; a reply with the other refuses it.
//
// Words: a message with a state is one whose reply tells the status bytes (omnibus and
// extended messages). The filler is an auxiliary query, whose reply does not. An event
// is a status bit that says that something happened: stacked, returned, rejected. To
// recall is to fetch the last reply once more. To settle a note is to report how it
// ended. At rest means that no note is in the path.
//
// In extended mode the device tells currency and value of the note, and notes are
// enabled one by one by its note table. In plain mode it tells a number of 1 to 7;
// what that is worth, only the installation can say (Config.Values).
//
// # Once and only once
//
// The host acknowledges an event by the next message with the other toggle; a message
// with the same toggle is a repetition, to which the device repeats its last reply and
// does nothing. So:
//
//   - After a reply that made a report (stacked, returned, a power-up with a note) the
//     driver sends nothing but the same frame until Confirm. The filler then is the
//     acknowledgement.
//   - So that a restarted host can recall that reply without knowing the last toggle,
//     every message with a state has toggle 1 and every filler toggle 0, and they take
//     turns. The first message after a start or a silence is an omnibus message with
//     toggle 1, nothing enabled and no order: a device whose last message had a state
//     repeats that reply, any other tells how it is now. In it only an event counts,
//     for a state in it may be out of date.
//   - The checksum lets two flipped bits of one column pass. So a reply that is not the
//     one last acted on must come twice in a row, letter for letter, before anything
//     follows from it. Sizes must be those of the type, which an echo of a command
//     never has.
//   - The message that orders a note into the cassette enables nothing, nor does any
//     after it until the note's end is confirmed. So a device that neither keeps a report
//     nor repeats a reply takes no second note for which the first could be mistaken by a
//     host that starts later.
//   - A credit must agree with the note in escrow before it. A stacked report with
//     another value, or with an empty one and without a restart, is Lost with the
//     value of the escrow; one that has no place for a value (a standard reply in
//     extended mode) credits that of the escrow; one without any note in the path tells
//     of a note that nobody ordered.
//   - A note that was ordered into the cassette and of which the device says no more is
//     Lost; unless a reply had said once, but not twice, that this note is stacked: then
//     it is credited.
//
// Power-up policy A is asked for: a device that lost its power gives a note back that
// was before the lever (PoweredUpInValidator and Returned), and tells of one after it
// as stacked, without a value (PoweredUpInStacker). If the note was reported as stacked
// already it is the same, and makes no second event.
//
// What remains for the owner's journal:
//
//   - A device that loses its power between Stacked and Confirm and says nothing of the
//     note afterwards: a running driver has reported it; a restarted one knows nothing,
//     and the note is open in the journal, for a person to settle. The same holds for a
//     host that restarts with a device that does not repeat its replies.
//   - A host that restarts between Confirm and the filler hears of the note again. No
//     note is open in its journal then.
//   - A note in escrow whose value is not told any more to a restarted host goes back.
//   - A device that answers no message with toggle 1 is tried with toggle 0 after some
//     25 seconds without a byte, but only where it cannot have a credit to keep: it was
//     at rest and shut when it fell silent. Else it is RESET after that time, ever less
//     often, which acknowledges nothing; after four times as long if a note was ordered,
//     whose report the device may still hold.
//
// # Sources
//
// Frame, checksum, toggle and NAK, message types, status bits, omnibus data, the
// extended note message, inhibits of 8 and 19 bytes, the escrow time-out, soft reset
// (no reply needed, deaf for 1 s, polled for 15 s) and the policies are described in
// the public Rust library decapod-atm/ebds (with sections of the maker's
// specification); frame, bits and the table of up to 50 entries read one by one also in
// a public Qt driver for payment kiosks (EBDSCashAcceptor), whose reset bytes FF FF FF
// are 7F 7F 7F on a line of 7 bits; that a reply without the toggle is to be sent for
// again, and that the other toggle is tried in the end, in the public MPOST ports; that
// the extended note comes with every reply while the note is in escrow, in a public C#
// driver (EbdsProtocol), which also says that a device answers what it does not know
// with its software CRC, at once. None of it was tried on a device.
//
// Own judgement, to be tried on a device first: that a repetition is known by its
// toggle alone, and is answered by the last reply whatever it asks; that a message which
// enables nothing may order a note into the cassette; that the filler
// acknowledges like any other message; that an event is kept until then, and a stacked
// note that was not acknowledged is told again at power-up; that policy A gives back a
// note in escrow as it does one before it; that notes without credit
// are pushed into the cassette (no-push off), where they are Failed; that a jam with a
// note on its way to the cassette is one of the cassette, for the device does not say;
// that escrow ends by itself after 127 s, so that a note does not stay with a dead
// host; and that a mask of 8 bytes serves a table of up to 50 entries, and 19 the rest
// or a device that refuses 8.
//
// Hold needs no message: a note stays in escrow until an order comes, the driver's
// patience (Config.MaxHold, renewed by Hold) ends, or the device's 127 s do. A pause (a
// second note held into the slot) is no event unless it lasts; calibration and an open
// note path are Failed.
//
// The package refuses to decide on a note (except to return one that its owner forgot,
// or whose value is not known), to open a port, to read a clock, and to handle bar
// codes, coupons, bookmarks, recycling and flash download.
package ebds
