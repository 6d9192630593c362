// Package ccnet drives a note validator that speaks CCNET (CashCode), 9600 8N1.
//
// It owns the frame codec, the bill table, the words for reject and failure
// codes, and [Driver], a bill.Engine without I/O.
//
// Frame: 02 | address | length | payload | CRC low | CRC high. Length counts the
// whole frame. A length of 0 means that two length bytes (high, low) follow the
// first two payload bytes. The CRC is CRC-16/KERMIT over everything before it.
// The host sends one command and waits for one reply; it acknowledges every data
// reply with an ACK frame.
//
// Words: the state is the first byte of a reply to POLL. At rest is idling (14)
// or disabled (19). The path is the way of a note from the slot to the cassette
// lever. An order is the owner's decision on the escrowed note. To settle a note
// is to report how it ended.
//
// The rules that money rests on:
//
//   - The first command after a start or a silence is POLL, never RESET: what the
//     device still has to say (80, 81, 82, 11, 12) is heard first.
//   - The reply 81 is one Stacked event for one note, and is not acknowledged
//     before Confirm; the device repeats it until then. While it stands nothing
//     else is acknowledged either, so that no device can mistake the ACK.
//   - The reply 82 is one Returned event, and is not acknowledged before Confirm
//     either, so that a host that dies in between hears of it again.
//   - The reply 12 is one PoweredUpInStacker event, the reply 11 one
//     PoweredUpInValidator event, and RESET waits for Confirm.
//     A 12 that follows an unacknowledged 81 is the same note: no second event.
//   - Orders are level-triggered: STACK and RETURN are sent only on a fresh 80 and
//     again while the device still reports 80, a bounded number of times.
//   - A note that was ordered into the cassette and of which the device says
//     nothing more is never credited: it is Lost.
//
// The package refuses to decide on a note (except to return one that its owner
// forgot, or whose value the device does not know), to open a port, to read a
// clock, and to interpret bill-to-bill or bar-code replies.
//
// One thing no driver can know: if the ACK of a confirmed 81 is lost and the host
// restarts before the next poll, the new driver reports Stacked again. The owner
// recognises it by its journal: no note is open there.
package ccnet
