// Package cctalk drives a note validator that speaks ccTalk (Money Controls, later
// Crane: Ardac; also Alberici, ICT, ITL, JCM), 9600 8N1, without encryption.
//
// It owns the frame codec with both checksums, the event buffer, the bill table, the
// words for events and faults, and [Driver], a bill.Engine without I/O.
//
// Frame: to | length | from | header | data | sum, where the sum of all bytes is 0;
// or to | length | CRC low | header | data | CRC high, with CRC-16 (1021h, initial
// value 0) over to, length, header and data. The host has the address 1, the first
// bill validator 40. The host sends one command and waits for one reply, whose header
// is 0 (with data, or without: ACK), 5 (NAK) or 6 (BUSY). No byte opens a frame, and
// a reply does not say to which command it belongs. The line is one wire: some
// adapters let the host hear its own bytes, which are told from a reply by their
// first byte. Which checksum a device has is found by trying.
//
// Words: an event is a pair of bytes, a bill type (from 1) with "in escrow" or
// "stacked", or 0 with a code. The counter counts them, 1 to 255 and round; 0 says
// that the device restarted. The buffer is the counter and the last five events. The
// position is the counter of the newest event that the driver needs no more. To
// settle a note is to report how it ended.
//
// # Once and only once
//
// ccTalk has no acknowledgement: an event stays in the buffer until five newer ones
// have pushed it out. So the counter is the model:
//
//   - A buffer continues the last one if the counter went on by at most five and the
//     older events are the same. Only the events that are new in it count.
//   - Counter 0, or a buffer that can only stem from a restart, is a restart. So are
//     inhibits that read 0 though others were set: a device that restarted before its
//     first event shows no change of its counter.
//   - Anything else is a gap: more happened than the buffer keeps. That is Failed, a
//     note on its way to the cassette is Lost, and nothing out of such a buffer is
//     credited.
//   - Events are dealt with in their order, and none after a report that waits for
//     Confirm.
//   - No note is sent into the cassette before the slot is closed (master inhibit), and
//     it stays closed until the note's end is confirmed. So nothing pushes that end out
//     of the buffer, and no second note is in the path for which the first could be
//     mistaken by a host that starts later, even if a power cut took the buffer.
//   - "Stacked" counts for a note that came by way of escrow; of any other it says that
//     nobody ordered it.
//
// So that a restarted host knows where it stood, the position is kept in the device:
// as a mark, a number from 1 to 15 (the counter modulo 15, plus 1) in the inhibits of
// four bill types that the device does not use. It is in force before the slot is
// opened again after a note, and before the next note is shown to the owner; and it
// never passes a note whose end is not confirmed. Inhibits are volatile as the buffer is: after a restart
// of the device the mark is 0 and the buffer empty.
//
// At its start the driver closes the slot, reads the buffer and the mark, and deals
// again with every event that is newer than the position:
//
//   - "in escrow", the last: the note is asked for by the route that holds it (255),
//     which does no harm. If it is there, it is Escrowed; if not, it may have been
//     ordered into the cassette, and its end is still to come.
//   - "in escrow" and "stacked": Stacked, with the value. The earlier driver had not
//     heard of it, or its owner had not confirmed it, or the mark was not yet written;
//     in that last case no note is open in the owner's journal.
//   - "returned": Returned.
//
// No credit can double: a driver shows no note before the end of the one before it is
// confirmed, so that the owner has at most one note open, and the events newer than
// the position tell of no other that it has settled, but for the last. No credit is
// lost while the device has power and at most five events passed. What stays open in
// the owner's journal, for a person to settle:
//
//   - A note whose "stacked" no driver had heard when the device lost its power, unless
//     the device tells of it by event 21 ("unknown type stacked"), which becomes
//     PoweredUpInStacker. A running driver reports it Lost.
//   - A note whose end is after a gap.
//   - A note that was ordered into the cassette and of which the device says no more
//     for 30 s, or for 5 s after a fault. It is Lost.
//
// A device that uses more than twelve of the sixteen types, or does not give the mark
// back, keeps no position ([Driver.Keeps]). Then the last note in the buffer alone is
// dealt with again, so that a restarted host may hear once more of a note that it
// settled; none is open in its journal then. Earlier notes in the buffer are not
// touched, for one that was not confirmed cannot be told from one that was.
//
// # Noise
//
// The sum has 8 bits, and two flips in the same bit of two bytes cancel. Therefore:
// what is new in the buffer counts when two replies in a row are the same, and so does
// each bill identity and scaling factor; a reply must have the length that belongs to
// its command; inhibits and master inhibit are read back after each change, and both
// and the mode are doubted whenever a command had to be repeated; an answer to a route
// is a hint, and what became of the note the events tell.
//
// # Sources
//
// The project's notes (frame, addresses, 154, 159, the counter). Worked frames with
// both checksums: a public article that quotes the specification. Names of the
// headers: the specification's list as several public drivers have it; the manual of
// Alberici's BillyOne lists those that one device has. Event codes 0 to 21: the manual
// of Aardvark's Paylink and four public drivers, alike. Fault codes: three public
// drivers, alike. Routes, their answers and the mode bits: two public drivers. Bill
// identity (CCVVVVI), scaling, and that a validator which hears no poll for five
// seconds closes itself: a public article on a ccTalk library. Of the specification
// itself (Generic Specification 4.7, parts 1 to 4) only excerpts could be read.
//
// Own judgement, to be tried on a device: the mark; what 21 and 1 mean after a
// restart; a self-check that says when the device is fit to work, BUSY while it
// initialises; that it does no harm to a note in escrow to change inhibits of other
// types, nor to one after it to close the slot; all times. ccTalk tells nothing of a
// note before escrow: Accepting is reported with Escrowed, and Disabled three seconds
// after the slot was closed, when a note that it had taken before would have shown.
//
// # Why ccTalk and not MDB
//
// MDB sends nine bits a byte. No serial port does, so each adapter has a protocol of
// its own, and a driver would be one for an adapter. ccTalk is the same bytes on any
// port, its specification is public, and its counter lets an event be read twice; an
// MDB reply to POLL is gone when it was sent.
//
// The package refuses to decide on a note (except to return one that its owner forgot,
// or whose value the device does not know), to open a port, to read a clock, and to
// handle encryption, recycling, bar codes and coins.
package cctalk
