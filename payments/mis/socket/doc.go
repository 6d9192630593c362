// Package socket carries the operations of package mis over a TCP socket in
// SG186-type messages. It owns the client and what a Dialect is: the frame, the
// return codes and the field tables of one province, as data. It decides nothing
// about money: what an answer means is mis.Judge, what to do next is the caller's.
// The dialects by name are in the folder dialect, each in a folder of its own.
//
// # What is known and what is ours
//
// The reference gives the names of SG186 fields and return codes, and the shape
// of a neighbouring interface (bank to power company: fixed fields padded with
// spaces, amounts as twelve digits, one list per packet). It gives no bytes for
// the MIS socket. Everything below about bytes is therefore [I]: a dialect of
// our own, written as a table, so that a province's own layout is another table.
//
// # Frame of the example dialect [I]
//
//	length   8 decimal digits, of all that follows
//	version  2 characters, "01"
//	code     4 characters, the transaction
//	body     fields in the order of the table
//	crc      8 upper-case hex digits, CRC-32 (IEEE) of all that precedes it
//
// A frame is at most MaxFrame bytes, length digits included.
//
// # Fields [I]
//
// Every field has a fixed width in bytes. Text is GB18030, padded with spaces on
// the right. Amounts are fen, digits padded with zeros on the left (n12). The
// last field of a layout with a repeated group is the count of its rows.
// Decoding is strict: a wrong pad, digit, date, length, count or check refuses
// the frame with an error that names message and field. There is no partial
// result.
//
// # Messages of the example dialect, version 01 [I]; names are SG186's [R] but for those marked *
//
//	            request reply
//	query       1101    2101
//	verify*     1102    2102
//	post        1103    2103
//	ask*        1104    2104
//	reverse     1105    2105
//
// Every reply opens with retcode and retmsg and echoes the key of its request
// (yhbh, jylsh, or czjylsh and yjylsh). A MIS that could not read a request
// answers "bad packet" with blank echoes. hjje is what is owed now, which is
// hjdf + hjwyj - hjys and never below zero; the bills add up to hjdf and hjwyj; the
// posted amount is its part to arrears and its part to advance. A reply that
// breaks one of these is refused.
//
// # History
//
//	01  2026-11: first.
package socket
