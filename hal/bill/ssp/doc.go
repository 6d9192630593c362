// Package ssp drives a note validator that speaks SSP (Innovative Technology:
// NV9, NV10, NV200, BV series), 9600 8N2, without a payout unit.
//
// It owns the frame codec, the channel table, the words for reject codes, [Driver], a
// bill.Engine without I/O, and [Flasher], which writes the maker's firmware files
// ([File]) into a device while no driver runs.
//
// Frame: 7F | address with the sequence bit in bit 7 | length | data | CRC low |
// CRC high. Length counts the data. The CRC has the polynomial 8005h, most
// significant bit first, initial value FFFFh, and covers address to data; each 7F
// after the first is then sent twice. The host sends one command and waits for
// one reply, which begins with a generic code (F0 = OK).
//
// Words: a channel is a denomination as the device numbers it, from 1. An event is
// what a reply to POLL tells. A claim is an event that POLL WITH ACK repeats until
// EVENT ACK. To recall is to fetch the last reply once more. At rest means that no
// note is in the path. To settle a note is to report how it ended.
//
// In SSP a POLL is also the order to stack: the first POLL after "read, channel n"
// accepts the note. So with a note in escrow the driver sends no POLL but for
// Stack, keeps the note with HOLD, and gives it back with REJECT.
//
// # Once and only once
//
// The credit EE and the power-up events E1 and E2 come in replies to a poll. Two
// mechanisms keep them until Confirm:
//
//   - POLL WITH ACK (56h), which is tried first: the device repeats the reply until
//     EVENT ACK (57h), which the driver sends after Confirm.
//   - The sequence bit, for devices that refuse 56h: a device that gets a command
//     with the bit of the last one carries nothing out and repeats its last reply,
//     whatever the command is. After a reply that made a report the driver sends
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
//   - E2 becomes PoweredUpInStacker with Value 0. After an EE that was reported it
//     is the same note and makes no second event.
//   - A host that restarts between Confirm and the end of EVENT ACK hears of the
//     note again. No note is open in its journal then.
//   - A note in escrow whose channel a restarted host cannot recall, since it was
//     held already, goes back: nothing but a POLL could tell its value, and a POLL
//     would accept it.
//   - A note that was ordered into the cassette and of which the device says no more
//     is never credited: it is Lost.
//
// # Encryption
//
// eSSP is refused: a validator without payout works without it, and a device that
// answers "key not set" (FA) to plain commands is reported Failed. The manual
// (GA138) marks 56h and 57h as "encryption required". A device that insists on that
// refuses them here, and the sequence bit does the work; [Driver.Repeats] tells.
//
// # Firmware
//
// A file is a header of 128 bytes, a RAM block (a program that the device runs to
// flash itself) and the data (firmware and dataset). In frames, at 9600:
//
//	SYNC, 20 (the firmware's name)   F0
//	0B 03                            F0 and the length of a block, low byte first
//	the header                       F0; F9 = not for this device
//
// Then in raw bytes, at the speed that the header names (38400 for NV9 and NV10, and
// where it names none):
//
//	the RAM block                    its XOR
//	nothing for 2.5 s                the RAM block starts
//	byte 6 of the header             32
//	the header                       32
//	each block and its XOR           its XOR
//
// After the last block the device restarts with the new firmware, at 9600. One whose
// flash was cut answers commands with F6 ("to be done again", says the manual of the
// NV9USB) and takes 0B 03: it is in its loader. Sources: the maker's implementation
// guide (GA973) as public programs follow it, the maker's own C code among them.
//
// They leave open, and are to be tried on a device first:
//
//   - The last block: the maker's code sends a whole one, reading past the file where
//     that is shorter, others send the rest with its XOR. The Flasher sends what the
//     file has, which is the same for a file of whole blocks.
//   - What is left of the old firmware when a flash is cut at the RAM block, how the
//     loader answers, and whether it comes back by itself when the host falls silent
//     in mid-block. The Flasher asks at 9600 only, and fails while it is not heard; a
//     power relay helps, and so does a person.
//   - Stop bits of the raw bytes (8N2 here) and how long the RAM block starts (the
//     maker's code waits 2 to 5 s).
//   - Where the header names the model, but for NV9 (09) and NV10 (0A) at byte 5, and
//     the version. The version is compared after the flash.
//   - Whether a device refuses 0B 03 while it has a note (F5 is assumed): the owner
//     makes sure beforehand, see [Driver.Settled].
//
// The package refuses to decide on a note (except to return one that its owner
// forgot, or whose value the device does not know), to open a port, to read a clock in
// the driver, and to handle payout, bar codes and coins.
package ssp
