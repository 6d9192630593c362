// Package iso8583 reads and writes the frames that a China UnionPay style POSP and
// its terminals exchange: ISO 8583 messages with packed digits.
//
//	length 2, binary, big-endian: of what follows
//	TPDU 5: 60, destination 2, source 2
//	header 6, packed digits: application type, version, terminal state, handling
//	MTI 2, packed digits
//	bitmap 8
//	fields 2 to 64 in order
//
// A field of digits (n) has two in a byte; where their number is odd, the pad nibble
// 0 stands at the right, except in field 23. A length prefix (LL one byte, LLL two,
// packed) counts digits, or bytes where the field is text or binary. What each field
// is stands in one table, in table.go.
//
// A Message is a value without pointers: decoding into it, reading its fields and
// appending its frame allocate nothing. Decode is strict: what it accepts is encoded
// back to the same bytes.
//
// Card numbers, tracks, PIN blocks and keys are in a Message in the clear. It never
// prints them: each way of printing or marshalling one says of such a field only how
// long it is. Wipe erases it.
//
// The package knows no operation, no response code and no key: see posp and mac.
package iso8583
