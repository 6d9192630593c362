// Package id003 drives a note validator that speaks ID003 (JCM: DBV, WBA, UBA,
// iVIZION, Vega, EBA), 9600 8E1, in polled mode, without a recycler.
//
// It owns the frame codec, the currency data, the words for reject and failure
// codes, and [Driver], a bill.Engine without I/O.
//
// Frame: FC | length | command or state | data | CRC low | CRC high. Length counts
// the whole frame. The CRC is CRC-16/KERMIT over everything before it. The host
// sends one command and waits for one reply; only VEND VALID is acknowledged, by an
// ACK frame that has no reply.
//
// Words: the state is the first byte of a reply to STATUS REQUEST. At rest is
// idling (11) or disabled (1A). The path is the way of a note from the slot to the
// cassette. An order is the owner's decision on the escrowed note. To settle a note
// is to report how it ended. A setting is one of C0 to C5, which a restart of the
// device forgets. A denomination code is 61h and up, by the device's currency data.
//
// # Once and only once
//
//   - The first commands after a start or a silence are VERSION REQUEST and STATUS
//     REQUEST, never RESET: what the device still has to say (15, 41, 42) is heard
//     first.
//   - The reply 15 (VEND VALID) is one Stacked event for one note, and is not
//     acknowledged before Confirm; the device repeats it until then. While it stands
//     nothing else is sent but what its value needs.
//   - The reply 42 is one PoweredUpInStacker event, the reply 41 one
//     PoweredUpInValidator event, and RESET waits for Confirm. A 42 or a 15 that
//     follows a reported note, before rest or another note, is the same note.
//   - STACK-2 is used, never STACK-1: its VEND VALID means that the note is wholly
//     in the cassette.
//   - Orders are level-triggered: STACK-2 and RETURN are sent only on a fresh 13 or
//     19 and again while the device still reports it, a bounded number of times.
//   - A note that was ordered into the cassette and of which the device says
//     nothing more is never credited: it is Lost. If its VEND VALID comes after all,
//     before another note, it is Stacked.
//
// What remains for the owner's journal:
//
//   - VEND VALID does not name the note (on some devices it does, and is then
//     believed). The driver knows the value from the escrow; one that was restarted
//     in between reports Stacked with Value 0, and the value is the one that the
//     owner wrote down before it ordered Stack.
//   - If the ACK of a confirmed 15 is lost and the host restarts before the next
//     poll, the new driver reports Stacked again. No note is open in the journal then.
//   - There is no state for a note that was given back: Returned is what rest after
//     18 or 13 means, unless the device was silent, restarted or in a fault before it
//     (then the note is Lost); nothing can be withheld, and a host that dies right then
//     finds the device at rest.
//   - A device that goes on to 16 (STACKED) without an ACK is believed about the
//     note that this driver ordered in; a restarted driver does not hear of it.
//
// # The echo
//
// A reply of idling is the same frame as STATUS REQUEST, and the orders STACK-1 and
// STACK-2 are the same as the states 41 and 42. On a line that gives the host its
// own bytes back that would be a device at rest which is not. So the driver asks for
// the version first, whose reply no echo can be; on an echoing line it then skips the
// echo of each command, believes idling with a note about when it is repeated (three
// times), and takes a VEND VALID for a credit even after rest. Three such answers
// without an echo make the line count as one without.
//
// # Sources, and what no device has shown
//
// Frames, codes and the order of the settings are from public drivers of such
// devices and from excerpts of the maker's specification (ID03-001E). Judged here,
// and to be tried on a device first:
//
//   - that it repeats VEND VALID as long as the ACK is withheld. One public note of a
//     session tells of a device that fell silent when it waited a minute, until RESET:
//     such a one is reset when the credit is durable, and not before;
//   - that VERSION REQUEST disturbs no state, VEND VALID and power-up included;
//   - that it takes settings in 1B and at rest, and that bits of C0 for codes without
//     a use may be set;
//   - that power recovery off (C5) makes RESET give back the note of a 41. If it goes
//     into the cassette all the same, it is Stacked, for a person to settle;
//   - that HOLD keeps a note for 10 s more, and is taken again in 19;
//   - that the country code of the yuan is 2D;
//   - that an attempt to cheat (48) which stands for 90 s is ended by RESET.
//
// The package refuses to decide on a note (except to return one that its owner
// forgot, or whose value the device does not know), to open a port, to read a clock,
// and to handle bar codes, recyclers, encryption and interrupt mode.
package id003
