// Package ssp drives a note validator that speaks SSP (Innovative Technology:
// NV9, NV10, NV200, BV series), 9600 8N2, without a payout unit.
//
// It owns the frame codec, the channel table, the words for reject codes, and
// [Driver], a bill.Engine without I/O.
//
// Frame: 7F | address with the sequence bit in bit 7 | length | data | CRC low |
// CRC high. Length counts the data. The CRC has the polynomial 8005h, most
// significant bit first, initial value FFFFh, and covers address to data; each 7F
// behind the first is then sent twice. The host sends one command and waits for
// one reply, which begins with a generic code (F0 = OK).
//
// Words: a channel is a denomination as the device numbers it, from 1. An event is
// what a reply to POLL tells. A claim is an event that POLL WITH ACK repeats until
// EVENT ACK. To recall is to fetch the last reply once more. At rest means that no
// note is in the path. To settle a note is to report how it ended.
//
// In SSP a POLL is also the order to stack: the first POLL behind "read, channel n"
// accepts the note. So with a note in escrow the driver sends no POLL but for
// Stack, keeps the note with HOLD, and gives it back with REJECT.
//
// # Once and only once
//
// The credit EE and the power-up events E1 and E2 come in replies to a poll. Two
// mechanisms keep them until Confirm:
//
//   - POLL WITH ACK (56h), which is tried first: the device repeats the reply until
//     EVENT ACK (57h), which the driver sends behind Confirm.
//   - The sequence bit, for devices that refuse 56h: a device that gets a command
//     with the bit of the last one carries nothing out and repeats its last reply,
//     whatever the command is. Behind a reply that made a report the driver sends
//     nothing but the same frame until Confirm; the next new command is the
//     acknowledgement. Returned (EC), which 56h does not repeat, is kept so too.
//
// So that a restarted host can recall a reply without knowing the last bit, every
// POLL has the bit 1, and every command whose reply carries data that are no events
// has the bit 0 (where the turn is another's, GET SERIAL NUMBER or HOLD goes
// between). The first command after a start is HOLD with bit 1: a device whose last
// command was a POLL repeats its reply, any other says whether a note is in escrow.
// No harm can come of it, and SYNC, which forgets the last reply, comes only then.
//
// What remains for the owner's journal:
//
//   - Without POLL WITH ACK, a device that loses power between EE and Confirm tells
//     of the note by E2 only if it still finds it in its stacker's path. If not, a
//     running driver knows (it reported the note); a restarted one reports nothing,
//     and the note is open in the journal, for a person to settle.
//   - Without POLL WITH ACK, a credit that a restarted host recalled needs the channel
//     table before it can be reported, and asking for it ends the device's memory of
//     the reply. A host that restarts again before Confirm hears no more of the note.
//   - E2 becomes PoweredUpInStacker with Value 0. Behind an EE that was reported it
//     is the same note and makes no second event.
//   - A host that restarts between Confirm and the end of EVENT ACK hears of the
//     note again. No note is open in its journal then.
//   - A note in escrow whose channel a restarted host cannot recall, since it was
//     held already, goes back: nothing but a POLL could tell its value, and a POLL
//     would accept it.
//   - A note that was ordered into the cassette and of which the device says no more
//     is never credited: it is Failed with the note's value.
//
// # Encryption
//
// eSSP is refused: a validator without payout works without it, and a device that
// answers "key not set" (FA) to plain commands is reported Failed. The manual
// (GA138) marks 56h and 57h as "encryption required". A device that insists on that
// refuses them here, and the sequence bit does the work; [Driver.Repeats] tells.
//
// The package refuses to decide on a note (except to return one that its owner
// forgot, or whose value the device does not know), to open a port, to read a
// clock, and to handle payout, bar codes and coins.
package ssp
