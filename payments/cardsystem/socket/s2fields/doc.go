// Package s2fields is a dialect of the card-meter system that says what S2 says (see
// socket/s2) in fields of fixed widths, as interfaces carry it that have no documents: a
// Tuxedo domain, or a plain socket.
//
// The statuses are those of S2, and so are the names of fields and the words for kinds of
// cards, tenders and outcomes (package document). Everything else is our own inference
// [I]: the frame, the widths, the order of fields and the codes of messages. Amounts are
// fen, where S2's documents have yuan.
package s2fields
