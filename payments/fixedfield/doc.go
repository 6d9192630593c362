// Package fixedfield writes and reads messages of fixed fields, as the sockets of power
// companies speak them: a frame with its length in digits, a transaction code, fields of
// fixed widths, a group of them that may repeat, and a check. What the fields are is data
// of the interface that uses it.
//
// Every field has a width in bytes. Text is GB18030, padded with spaces on the right;
// amounts are fen with zeros on the left. Decoding is strict: a wrong pad, digit, date,
// length, count or check refuses the message with an error that names message and field.
package fixedfield
